"""Makes steps true in Azure.

A command looks at everything once, side by side, and remembers what it saw and what it made: the
bodies in :class:`.bodies.Bodies` are what later steps change and what is shown in the end.
"""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from azext_ml_endpoint.cloud import build_log, logs
from azext_ml_endpoint.cloud.arm import providers
from azext_ml_endpoint.cloud.arm.operations import Operations, duration
from azext_ml_endpoint.cloud.arm.paths import deployment_path, endpoint_path
from azext_ml_endpoint.cloud.arm.turns import Turns
from azext_ml_endpoint.cloud.assets.datastores import Datastores
from azext_ml_endpoint.cloud.assets.deployment_templates import NO_TEMPLATES, DeploymentTemplates
from azext_ml_endpoint.cloud.assets.registration import Assets, Resolved
from azext_ml_endpoint.cloud.bodies import Bodies, read, whole
from azext_ml_endpoint.cloud.contract import Answer, Arm, Blobs, Json
from azext_ml_endpoint.cloud.hosts import PUBLIC_STORAGE
from azext_ml_endpoint.cloud.template import Known
from azext_ml_endpoint.cloud.wire import deployment as deployments
from azext_ml_endpoint.cloud.wire import dump
from azext_ml_endpoint.cloud.wire import endpoint as endpoints
from azext_ml_endpoint.cloud.workspace import Workspace
from azext_ml_endpoint.document.model import Deployment, Endpoint
from azext_ml_endpoint.errors import (
    EndpointError,
    Interrupted,
    MissingResourceError,
    ServiceError,
)
from azext_ml_endpoint.plan import own_tags
from azext_ml_endpoint.plan.aspects import aspects
from azext_ml_endpoint.plan.observed import ObservedEndpoint, ProvisioningState
from azext_ml_endpoint.plan.own_tags import NO_CHANGES, Changes
from azext_ml_endpoint.plan.steps import (
    Asset,
    CreateDeployment,
    CreateEndpoint,
    DeleteDeployment,
    DeleteEndpoint,
    Keep,
    RegisterCode,
    RegisterEnvironment,
    RegisterModel,
    ScaleDeployment,
    SetTraffic,
    Step,
    UpdateDeployment,
    UpdateEndpoint,
    never,
)
from azext_ml_endpoint.plan.traffic import nonzero
from azext_ml_endpoint.report import Report

Fit: TypeAlias = Callable[[Endpoint, ObservedEndpoint | None], Endpoint]

_LOG_LINES = 30
_CONTAINERS = ("storage-initializer", "inference-server")
_UNRECOVERABLE = re.compile("unrecoverable state", re.IGNORECASE)
"""What Azure says of a deployment whose very first start failed: it can only be deleted."""
_NOTHING = Resolved(endpoint=Endpoint(name=""), ids={}, aliases={}, registered=frozenset())


class CloudDriver:
    """A :class:`azext_ml_endpoint.plan.driver.Driver` for one endpoint of a workspace.

    timeout: seconds that an operation may take. follow: whether a step is done when its operation
    has ended, or as soon as Azure has accepted it. pause, patient: as in :class:`.arm.turns.Turns`.
    credential: the account's own, for storage of which the workspace gives no secrets out.
    """

    honours = frozenset(aspects(Deployment(name=""))) - {"inference_config"}
    """The routes of a container are part of its environment's identity here."""
    fixed = frozenset({"instance_type"})

    def __init__(
        self,
        arm: Arm,
        blobs: Blobs,
        workspace: Workspace,
        report: Report,
        *,
        timeout: float | None = None,
        follow: bool = True,
        credential: Any = None,
        templates: DeploymentTemplates = NO_TEMPLATES,
        storage_suffix: str = PUBLIC_STORAGE,
        patient: bool = True,
        pause: Callable[[float], bool] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cancelled = threading.Event()
        pause = pause or self._cancelled.wait
        waiting: dict[str, Any] = {"timeout": timeout, "pause": pause, "clock": clock}
        self.operations = Operations(arm, report, **waiting)
        self._turns = Turns(arm, self.operations, report, patient=patient, **waiting)
        self._datastores = Datastores(arm, credential, storage_suffix)
        self._assets = Assets(arm, blobs, self._datastores, workspace, report)
        self._templates = templates
        self._arm, self._blobs, self._report = arm, blobs, report
        self._workspace = workspace
        self._clock = clock
        self._follows = follow
        self._state: ProvisioningState = "Succeeded" if follow else "Updating"
        self._bodies = Bodies()
        self._resolved = _NOTHING
        self._ids: dict[str, str] = {}

    # What is there

    def look(
        self, wanted: Endpoint, fitted: Fit = lambda wanted, _: wanted
    ) -> tuple[Endpoint, ObservedEndpoint | None]:
        """What is wanted, with its references resolved, beside what is there.

        fitted: makes of what is wanted what it means for what is there.
        Operations that earlier commands have left running are followed to their end first.
        """
        self._blobs.prepare()
        self._bodies = self._turns.settled(wanted.name)
        wanted = fitted(wanted, self._observed(None))
        wanted = _with_secrets(wanted, self._bodies.deployments)
        live = map(deployments.used_ids, self._bodies.deployments.values())
        self._resolved = self._assets.resolve(wanted, frozenset().union(*live))
        self._ids = dict(self._resolved.ids)
        wanted = self._resolved.endpoint
        return wanted, self._observed(wanted)

    def observe(self, endpoint_name: str) -> ObservedEndpoint | None:
        self._bodies = read(self._arm, endpoint_name)
        return self._observed(None)

    def templates(self, wanted: Endpoint) -> dict[str, Mapping[str, Any]]:
        """What deployment templates say, by the names of the deployments that they complete."""
        found = {each.name: self._templates.of(each) for each in wanted.deployments}
        return {name: said for name, said in found.items() if said is not None}

    def registered(self, assets: Iterable[Asset]) -> frozenset[str]:
        return frozenset(each.digest for each in assets) & self._resolved.registered

    def show(self, name: str) -> dict[str, Any]:
        """The endpoint as this command knows it. Raises KeyError before it has looked."""
        there = self._bodies.endpoint
        if there is None:
            raise KeyError(name)
        return dump.endpoint(there, self._bodies.deployments.values())

    def known(self) -> Known:
        """What is there and what has been registered, for a template that goes on from here."""
        there = self._bodies.endpoint
        location = (there or self._arm.get("").body)["location"]
        return Known(
            workspace=self._workspace,
            location=location,
            endpoint=there,
            deployments=dict(self._bodies.deployments),
            ids=dict(self._ids),
        )

    # What changes

    def execute(self, step: Step) -> None:
        match step:
            case RegisterModel() | RegisterCode() | RegisterEnvironment():
                self._ids[step.key] = self._assets.register(step)
            case CreateEndpoint():
                self._create_endpoint(step)
            case UpdateEndpoint():
                self._update_endpoint(step)
            case SetTraffic(endpoint_name=name, traffic=shares):
                self._set_traffic(name, shares, step.kept, step.holds)
            case Keep(endpoint_name=name):
                self._keep(name, step.kept, step.holds)
            case CreateDeployment():
                self._deploy(step.endpoint_name, step.deployment, step.like)
            case UpdateDeployment():
                self._deploy(step.endpoint_name, step.deployment)
            case ScaleDeployment():
                self._scale(step.endpoint_name, step.deployment)
            case DeleteDeployment(endpoint_name=name, deployment_name=deployment):
                self._delete_deployment(name, deployment)
            case DeleteEndpoint(endpoint_name=name):
                self._delete_endpoint(name)
            case _:
                never(step)

    def cancel(self) -> None:
        self._report.step("Stopping once Azure has answered; Ctrl-C again stops at once.")
        self._cancelled.set()
        self.operations.cancel()
        self._blobs.cancel()
        self._arm.cancel()

    # The endpoint

    def _create_endpoint(self, step: CreateEndpoint) -> None:
        location = step.endpoint.location or self._arm.get("").body["location"]
        body = endpoints.created(step.endpoint, self._workspace, location, step.kept)
        self._put_endpoint(
            _Target(step.endpoint.name),
            # another command may have made it while this one waited its turn
            lambda now: endpoints.changed(now, step.endpoint, step.kept) if now else body,
        )

    def _update_endpoint(self, step: UpdateEndpoint) -> None:
        wanted, target = step.endpoint, _Target(step.endpoint.name)
        if endpoints.only_tags_differ(self._bodies.endpoint or {}, wanted):
            self._patch_tags(target, lambda now: endpoints.tags(now, wanted, step.kept))
        else:
            self._put_endpoint(target, lambda now: endpoints.changed(now, wanted, step.kept))
            self._require_taken(wanted)

    def _require_taken(self, wanted: Endpoint) -> None:
        """Warns of what Azure accepts and does not do."""
        there = (self._bodies.endpoint or {}).get("properties", {})
        if wanted.description and there.get("description") != wanted.description:
            self._report.warning(
                f"endpoint {wanted.name}: Azure has not taken the new description."
            )

    def _set_traffic(
        self,
        name: str,
        shares: Mapping[str, int],
        kept: Changes = NO_CHANGES,
        holds: Changes = NO_CHANGES,
    ) -> None:
        def changed(now: Json) -> Json:
            own_tags.require(now.get("tags") or {}, holds, name)
            return endpoints.with_traffic(now, shares, kept)

        self._put_endpoint(_Target(name, aspect="traffic"), changed)

    def _keep(self, name: str, kept: Changes, holds: Changes) -> None:
        def tags(now: Json) -> dict[str, str]:
            own_tags.require(now.get("tags") or {}, holds, name)
            return endpoints.keeping(now, kept)

        self._patch_tags(_Target(name, aspect="notes"), tags)

    def _patch_tags(self, target: _Target, tags: Callable[[Json], dict[str, str]]) -> None:
        sent = self._send_anew(target, lambda now: {"tags": tags(now)}, self._arm.patch)
        self._bodies.note_endpoint(sent, self._state)

    def _put_endpoint(self, target: _Target, changed: Callable[[Json], Json]) -> None:
        made = self._send_anew(target, changed, self._arm.put)
        if self._follows and not made["properties"].get("scoringUri"):
            made = self._arm.get(target.path).body  # it was not known before
        self._bodies.note_endpoint(made, self._state)

    def _send_anew(
        self,
        target: _Target,
        changed: Callable[[Json], Json],
        send: Callable[[str, Json], Answer],
    ) -> Json:
        """The body is made anew for every try: another command may have changed the endpoint.

        Answers what the endpoint has become.
        """
        sent: list[Json] = []

        def attempt() -> Answer:
            if sent and (now := self._arm.find(target.path)):
                self._bodies.note_endpoint(now)
            sent.append(changed(self._bodies.endpoint or {}))
            return send(target.path, sent[-1])

        answer = self._change(target, attempt)
        return whole(answer, sent[-1], self._bodies.endpoint)

    def _delete_endpoint(self, name: str) -> None:
        self._delete(_Target(name))
        self._bodies.forget()

    # Its deployments

    def _deploy(self, endpoint_name: str, wanted: Deployment, like: str | None = None) -> None:
        target, endpoint = _Target(endpoint_name, wanted.name), self._bodies.endpoint or {}
        there = self._bodies.deployments.get(wanted.name)
        kind, location = endpoints.kind(endpoint), endpoint["location"]
        model = there or self._bodies.deployments.get(like or "")
        body = deployments.body(wanted, kind, location, self._ids, model)
        try:
            self._change_deployment(target, lambda: self._arm.put(target.path, body), body)
        except ServiceError as refusal:
            if there is None or not _UNRECOVERABLE.search(refusal.message):
                raise
            self._report.step(f"{target}: it never served; it is made anew")
            self._delete_deployment(endpoint_name, wanted.name)
            self._change_deployment(target, lambda: self._arm.put(target.path, body), body)

    def _scale(self, endpoint_name: str, wanted: Deployment) -> None:
        target, body = _Target(endpoint_name, wanted.name), deployments.scaled(wanted)
        self._change_deployment(target, lambda: self._arm.patch(target.path, body), body)

    def _change_deployment(self, target: _Target, send: Callable[[], Answer], asked: Json) -> None:
        name = target.deployment or ""
        there = self._bodies.deployments.get(name)
        try:
            answer = self._change(target, send)
        except ServiceError as failure:
            if failure.status is None:  # it was accepted: the containers may know more
                failure.detail = self._with_logs(failure, target)
            raise
        self._bodies.note_deployment(name, whole(answer, asked, there), self._state)

    def _delete_deployment(self, endpoint_name: str, name: str) -> None:
        """Azure deletes none that receives traffic, not even the last one."""
        shares = nonzero(endpoints.traffic(self._bodies.endpoint or {}, [name]))
        if shares.pop(name, 0):
            self._set_traffic(endpoint_name, shares)
        self._delete(_Target(endpoint_name, name))
        self._bodies.forget_deployment(name)

    def _with_logs(self, failure: ServiceError, target: _Target) -> str:
        """The end of the log of the image's build, where the failure names one: no container ran
        then. Else that of the logs of both containers, as far as they can be read."""
        if built := build_log.end(failure.message, self._datastores, self._blobs, _LOG_LINES):
            return built
        parts = [failure.detail] if failure.detail else []
        for container in _CONTAINERS:
            with contextlib.suppress(EndpointError):
                if lines := logs.last(self._arm, target.path, container, _LOG_LINES):
                    parts.append(logs.shown(container, lines))
        return "\n\n".join(parts)

    # All of them

    def _delete(self, target: _Target) -> None:
        with contextlib.suppress(MissingResourceError):
            self._change(target, lambda: self._arm.delete(target.path))

    def _change(self, target: _Target, send: Callable[[], Answer]) -> Answer:
        """Returns when the operation has ended, or has been accepted where nobody waits for it."""
        if self._cancelled.is_set():
            raise Interrupted(f"Interrupted before Azure was asked to change {target}.")
        try:
            return self._carry_out(target, send)
        except ServiceError as failure:
            providers.complete(failure, self._arm, self._workspace)
            raise

    def _carry_out(self, target: _Target, send: Callable[[], Answer]) -> Answer:
        resource = f"{self._workspace.id}/{target.path}"
        answer = self._turns.take(target.endpoint, str(target), send, resource)
        if self._follows:
            began = self._clock()
            self.operations.follow(answer, what=str(target), resource=resource)
            self._report.step(f"{target}: done in {duration(self._clock() - began)}")
        return answer

    def _observed(self, wanted: Endpoint | None) -> ObservedEndpoint | None:
        there = self._bodies.endpoint
        if there is None:
            return None
        asked = {each.name: each for each in wanted.deployments} if wanted else {}
        seen = tuple(
            deployments.observed(body, asked.get(name), self._resolved.aliases)
            for name, body in self._bodies.deployments.items()
        )
        return endpoints.observed(there, seen, self._workspace, wanted)


@dataclass(frozen=True)
class _Target:
    """What a request changes: an endpoint, or an aspect of it, or one of its deployments."""

    endpoint: str
    deployment: str | None = None
    aspect: str | None = None

    @property
    def path(self) -> str:
        if self.deployment is None:
            return endpoint_path(self.endpoint)
        return deployment_path(self.endpoint, self.deployment)

    def __str__(self) -> str:
        if self.deployment is not None:
            return f"deployment {self.deployment}"
        return f"{self.aspect} of {self.endpoint}" if self.aspect else f"endpoint {self.endpoint}"


def _with_secrets(wanted: Endpoint, there: Mapping[str, Json]) -> Endpoint:
    return replace(
        wanted,
        deployments=tuple(
            deployments.with_secrets(each, there[each.name]) if each.name in there else each
            for each in wanted.deployments
        ),
    )
