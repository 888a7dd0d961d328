"""A plan on its way in Azure: step by step, what is known of the endpoint becomes what is there."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from azext_ml_endpoint.cloud import writes
from azext_ml_endpoint.cloud.assets.registration import Assets
from azext_ml_endpoint.cloud.bodies import Bodies, whole
from azext_ml_endpoint.cloud.contract import Response
from azext_ml_endpoint.cloud.failure_logs import FailureLogs
from azext_ml_endpoint.cloud.sending import Sender
from azext_ml_endpoint.cloud.wire import dump
from azext_ml_endpoint.cloud.wire import endpoint as endpoints
from azext_ml_endpoint.cloud.writes import Known, Write
from azext_ml_endpoint.document.model import Endpoint
from azext_ml_endpoint.errors import MissingResourceError, ServiceError
from azext_ml_endpoint.plan.steps import (
    CreateDeployment,
    CreateEndpoint,
    DeleteDeployment,
    DeleteEndpoint,
    Keep,
    RegisterCode,
    RegisterData,
    RegisterEnvironment,
    RegisterModel,
    Registration,
    ScaleDeployment,
    SetTraffic,
    Step,
    UpdateDeployment,
    UpdateEndpoint,
    never,
)
from azext_ml_endpoint.plan.traffic import nonzero
from azext_ml_endpoint.report import Report

_UNRECOVERABLE = re.compile("unrecoverable state", re.IGNORECASE)
"""What Azure says of a deployment whose very first start failed: it can only be deleted."""


class Execution:
    """A :class:`azext_ml_endpoint.plan.driver.Run`.

    known: before the first step. cancel: ends what runs soon.
    """

    def __init__(
        self,
        sender: Sender,
        assets: Assets,
        failure_logs: FailureLogs,
        report: Report,
        *,
        known: Known,
        cancel: Callable[[], None],
    ) -> None:
        self._sender = sender
        self._assets = assets
        self._failure_logs = failure_logs
        self._report = report
        self.cancel = cancel
        self.known = known
        self._lock = threading.Lock()

    def execute(self, step: Step) -> None:
        match step:
            case RegisterModel() | RegisterCode() | RegisterEnvironment() | RegisterData():
                self._register(step)
            case CreateEndpoint():
                self.locate()
                self._change_endpoint(step)
            case UpdateEndpoint() | SetTraffic() | Keep():
                self._change_endpoint(step)
            case CreateDeployment() | UpdateDeployment():
                self._deploy(step)
            case ScaleDeployment():
                self._change_deployment(writes.compose(step, self.known))
            case DeleteDeployment():
                self._delete_deployment(step)
            case DeleteEndpoint():
                self._delete(step)
                self._note(lambda _: Bodies())
            case _:
                never(step)

    def show(self, name: str) -> dict[str, Any]:
        """The endpoint as this command knows it. Raises KeyError where there is none."""
        there = self.known.bodies
        if there.endpoint is None:
            raise KeyError(name)
        return dump.endpoint(there.endpoint, there.deployments.values())

    def locate(self) -> None:
        """So that it is known where an endpoint is made, in the place of one that is there too."""
        there = self.known.bodies.endpoint or {}
        location = self.known.location or there.get("location") or self._sender.location()
        with self._lock:
            self.known = replace(self.known, location=location)

    def _register(self, step: Registration) -> None:
        made = self._assets.register(step)
        with self._lock:
            self.known = replace(self.known, ids={**self.known.ids, step.key: made})

    def _note(self, changed: Callable[[Bodies], Bodies]) -> None:
        with self._lock:
            self.known = replace(self.known, bodies=changed(self.known.bodies))

    # The endpoint

    def _change_endpoint(self, step: CreateEndpoint | UpdateEndpoint | SetTraffic | Keep) -> None:
        """It is composed anew for every try: another command may have changed the endpoint."""
        target, sent = writes.target(step), list[Write]()

        def attempt() -> Response:
            if sent and (now := self._sender.find(target)):
                self._note(lambda bodies: bodies.with_endpoint(now))
            sent.append(writes.compose(step, self.known))
            return self._sender.send(sent[-1])

        answer = self._sender.carry_out(target, attempt)
        made = whole(answer, sent[-1].body, self.known.bodies.endpoint)
        if self._sender.follows and not made["properties"].get("scoringUri"):
            made = self._sender.get(target)  # it was not known before
        self._note(lambda bodies: bodies.with_endpoint(made, self._sender.state))
        if isinstance(step, UpdateEndpoint):
            self._require_taken(step.endpoint)

    def _require_taken(self, wanted: Endpoint) -> None:
        """Warns of what Azure accepts and does not do."""
        there = (self.known.bodies.endpoint or {}).get("properties", {})
        if wanted.description and there.get("description") != wanted.description:
            self._report.warning(
                f"endpoint {wanted.name}: Azure has not taken the new description."
            )

    # Its deployments

    def _deploy(self, step: CreateDeployment | UpdateDeployment) -> None:
        name, there = step.deployment.name, self.known.bodies.deployments
        write = writes.compose(step, self.known)
        try:
            self._change_deployment(write)
        except ServiceError as refusal:
            if name not in there or not _UNRECOVERABLE.search(refusal.message):
                raise
            self._report.step(f"{write.target}: it never served; it is made anew")
            gone = DeleteDeployment(
                reason="it never served", endpoint_name=step.endpoint_name, deployment_name=name
            )
            self._delete_deployment(gone)
            self._change_deployment(write)

    def _change_deployment(self, write: Write) -> None:
        name = str(write.target.deployment)
        there = self.known.bodies.deployments.get(name)
        try:
            answer = self._sender.carry_out(write.target, lambda: self._sender.send(write))
        except ServiceError as failure:
            if failure.status is None:  # it was accepted: the containers may know more
                failure.detail = self._failure_logs.read(failure, write.target.path)
            raise
        made = whole(answer, write.body, there)
        self._note(lambda bodies: bodies.with_deployment(name, made, self._sender.state))

    def _delete_deployment(self, step: DeleteDeployment) -> None:
        """Azure deletes none that receives traffic, not even the last one."""
        name, endpoint = step.deployment_name, self.known.bodies.endpoint or {}
        shares = nonzero(endpoints.traffic(endpoint, [name]))
        mirror = nonzero(endpoints.traffic(endpoint, [name], "mirrorTraffic"))
        if shares.pop(name, 0) + mirror.pop(name, 0):
            self._change_endpoint(
                SetTraffic(
                    reason=step.reason,
                    endpoint_name=step.endpoint_name,
                    traffic=shares,
                    mirror=mirror,
                )
            )
        self._delete(step)
        self._note(lambda bodies: bodies.without_deployment(name))

    def _delete(self, step: DeleteDeployment | DeleteEndpoint) -> None:
        write = writes.compose(step, self.known)
        with contextlib.suppress(MissingResourceError):
            self._sender.carry_out(write.target, lambda: self._sender.send(write))
