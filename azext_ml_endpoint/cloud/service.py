"""What the commands ask of Azure: one method per command, plain data back."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from azext_ml_endpoint import refusals, scoring
from azext_ml_endpoint.cloud import access, logs, metrics, template, waiting
from azext_ml_endpoint.cloud.arm.operations import Operations
from azext_ml_endpoint.cloud.arm.paths import deployment_path, endpoint_path
from azext_ml_endpoint.cloud.assets.deployment_templates import NO_TEMPLATES, DeploymentTemplates
from azext_ml_endpoint.cloud.contract import Arm
from azext_ml_endpoint.cloud.live import Live
from azext_ml_endpoint.document.model import Endpoint
from azext_ml_endpoint.errors import (
    MissingResourceError,
    NotFoundError,
    ScoringError,
    ServiceError,
)
from azext_ml_endpoint.plan import planner
from azext_ml_endpoint.plan.executor import execute
from azext_ml_endpoint.plan.idle import Tenancy
from azext_ml_endpoint.plan.observed import present
from azext_ml_endpoint.plan.planned import Planned
from azext_ml_endpoint.plan.proof import Gate, unproven
from azext_ml_endpoint.report import Report
from azext_ml_endpoint.rollout.guards import Figures
from azext_ml_endpoint.service import Agree, Service, disagree

if TYPE_CHECKING:
    from azext_ml_endpoint.cloud.driver import CloudDriver
    from azext_ml_endpoint.cloud.workspace import Workspace

_HOW_TO_WAIT = "To wait for it: az ml endpoint wait -n {name} --created"
_SETTLING_SECONDS = 5.0
"""ARM compares nothing when it writes. Between a look at an endpoint and the write that follows
from it are two requests, which take a second or two."""
Open = Callable[[], contextlib.AbstractContextManager[scoring.Score]]
_log = logging.getLogger("cli.azext_ml_endpoint")  # below "cli" is what --verbose shows


class CloudService(Service["CloudDriver"]):  # pylint: disable=too-many-public-methods
    """What Azure can do besides. Every method raises EndpointError and its kin only."""

    def __init__(
        self,
        arm: Arm,
        open_driver: Callable[[], CloudDriver],
        workspace: Workspace,
        report: Report,
        *,
        sign_in: Callable[[], access.Token],
        scoring_parent: str = "ml.azure.com",
        wait: bool = True,
        connect: Open = scoring.connected,
        pause: Callable[[float], object] = time.sleep,
        agree: Agree = disagree,
        templates: DeploymentTemplates = NO_TEMPLATES,
    ) -> None:
        super().__init__(open_driver, report, agree)
        self._arm = arm
        self._sign_in = sign_in
        self._scoring_parent = scoring_parent
        self._waits = wait
        self._connect = connect
        self._pause = pause
        self._live = Live(arm, workspace, templates)
        self._workspace = workspace

    def settle(self) -> None:
        """Returns when nobody writes any more who has looked before now."""
        self._pause(_SETTLING_SECONDS)

    def figures(self, name: str, deployment: str, since: float, until: float) -> Figures | None:
        """What Azure Monitor has measured. Raises ServiceError, 403 for who may not read it."""
        return metrics.figures(self._arm, name, deployment, since, until)

    def document(self, name: str) -> dict[str, Any]:
        """What is there, in the shape of its file, to be edited."""
        return self._live.shown(name)

    def exported(self, name: str) -> Endpoint:
        """The document that makes what is there. Warns of what it cannot say."""
        endpoint, unsaid = self._live.described(name)
        for what in unsaid:
            self._report.warning(
                f"{what}: not in the file, and stays as it is while the endpoint exists."
            )
        return endpoint

    def tenancy(self, name: str) -> Tenancy:
        """Who receives traffic, and who does not: for :mod:`azext_ml_endpoint.plan.idle`."""
        return self._live.tenancy(name)

    def delete(self, name: str, deployment: str | None) -> None:
        """Raises NotFoundError where there is no such endpoint or deployment."""
        there = self._driver.see(name)
        if deployment and deployment not in present(there):
            raise self._live.missing_deployment(name, deployment)
        execute(planner.plan_delete(there, deployment), self._driver.begin(there.seen))
        self._report.step(f"{deployment or name}: {'deleted' if self._waits else 'being deleted'}")

    def show(self, name: str) -> dict[str, Any]:
        return self._live.shown_whole(name)

    def list_endpoints(self) -> list[dict[str, Any]]:
        return self._live.all()

    def invoke(
        self,
        name: str,
        deployment: str | None,
        request: scoring.Request,
        *,
        timeout: float,
        read: scoring.Read = scoring.whole,
    ) -> scoring.Answer:
        """Raises ScoringError for an answer whose status is 300 or more."""
        connect = self.connected(name, deployment, request, timeout=timeout)
        with connect() as call, _timed("get the answer"):
            answer = call(read)
        if answer.status >= 300:
            raise refusals.refusal(answer, name, deployment)
        return answer

    def opened(self, name: str, timeout: float) -> scoring.Ask:
        """For many requests: with keys, or a token that holds for a while.

        timeout: seconds for each answer.
        """
        uri, key = self._reached(name)

        def ask(deployment: str | None, request: scoring.Request) -> scoring.Answer:
            with self._connect() as score:
                return score(uri, _addressed(request, key, deployment), timeout=timeout)

        return ask

    def connected(
        self, name: str, deployment: str | None, request: scoring.Request, *, timeout: float
    ) -> scoring.Connect:
        """For one request, however often. Where it brings its own key or token, that goes.

        timeout: seconds for each answer.
        """
        uri, key = self._reached(name, keyed=not request.authorized)
        addressed = _addressed(request, key, deployment)

        @contextlib.contextmanager
        def connect() -> Iterator[scoring.Call]:
            with self._connect() as score:
                yield lambda read: score(uri, addressed, timeout=timeout, read=read)

        return connect

    def _reached(self, name: str, *, keyed: bool = True) -> tuple[str, dict[str, str]]:
        """Its scoring URI, and the header that opens it. keyed: whether that is needed."""
        with _timed("look the endpoint up"):
            endpoint = self._live.endpoint(name)
            uri = endpoint["properties"].get("scoringUri")
        if not uri:
            raise ScoringError(
                f"Endpoint {name} has no scoring URI yet.",
                _HOW_TO_WAIT.format(name=name),
            )
        access.require_trusted(endpoint, self._scoring_parent, self._report)
        if not keyed:
            return uri, {}
        with _timed("get its key or token"):
            return uri, access.bearer(access.credentials(self._arm, endpoint, self._sign_in))

    def logs(
        self, name: str, deployment: str, *, container: str, tail: int, follow: bool
    ) -> Iterator[str]:
        path = deployment_path(name, deployment)
        try:
            if follow:
                yield from logs.follow(
                    self._arm, path, container, tail, report=self._report, pause=self._pause
                )
            else:
                yield from logs.last(self._arm, path, container, tail)
        except MissingResourceError:
            raise self._live.missing_deployment(name, deployment) from None

    def credentials(self, name: str) -> dict[str, Any]:
        """As the service says them, in camelCase: keys, or a token."""
        return access.credentials(self._arm, self._live.endpoint(name), self._sign_in)

    def regenerate_keys(self, name: str, key_type: str) -> None:
        """key_type: ``primary`` or ``secondary``."""
        endpoint = self._live.endpoint(name)
        access.require_keys(endpoint)
        with access.perhaps_regenerated(name):
            started = self._arm.post(
                f"{endpoint_path(name)}/regenerateKeys", {"keyType": key_type.capitalize()}
            )
        operations = Operations(self._arm, self._report)
        operations.follow(started, what=f"keys of {name}", resource=endpoint["id"])
        self._report.step(f"{name}: its {key_type} key is a new one")

    def wait(
        self,
        name: str,
        deployment: str | None,
        condition: waiting.Condition,
        *,
        interval: float,
        timeout: float,
    ) -> None:
        """interval, timeout: seconds. Raises StartError when the time is over."""

        def look() -> dict[str, Any] | None:
            with contextlib.suppress(NotFoundError):
                if deployment is not None:
                    return self._live.shown_deployment(name, deployment)
                return self._live.shown(name)
            return None

        def is_so() -> bool:
            met = condition.is_met(look())
            return met and not (condition.succeeded and self._goes_on_alone(name))

        what = f"Deployment {deployment} of {name}" if deployment else f"Endpoint {name}"
        waiting.wait(is_so, what=what, interval=interval, timeout=timeout, pause=self._pause)

    def _goes_on_alone(self, name: str) -> bool:
        """Whether a command with --no-wait has left more to be done than has begun."""
        with contextlib.suppress(ServiceError):  # not everybody may see what is submitted
            return template.under_way(self._arm, self._workspace, name)
        return False

    def _carry_out(self, plan: Planned, gate: Gate | None) -> dict[str, Any]:
        """Where nobody waits nothing is tested, and Azure alone does what must be done in turn."""
        if self._waits:
            return super()._carry_out(plan, gate)
        if gate and (names := unproven(plan.plan, plan.there)):
            self._report.warning(f"--no-wait: {' and '.join(names)} will not be tested.")
        if template.is_needed(plan.plan):
            return self._hand_over(plan)
        shown = super()._carry_out(plan, None)
        if plan.plan:
            self._report.step(f"Azure goes on alone. {_HOW_TO_WAIT.format(name=plan.name)}")
        return shown

    def _hand_over(self, plan: Planned) -> dict[str, Any]:
        """Registers what the plan needs; all else Azure does alone. Shows nothing."""
        run = self._driver.begin(plan.seen)
        execute(template.registrations(plan.plan), run)
        run.locate()
        submitted = template.submit(self._arm, plan.plan, run.known)
        self._report.step(template.how_to_follow(submitted, self._workspace.resource_group))
        self._report.step(_HOW_TO_WAIT.format(name=plan.name))
        return {}


def _addressed(
    request: scoring.Request, key: dict[str, str], deployment: str | None
) -> scoring.Request:
    to = {scoring.DEPLOYMENT: deployment} if deployment else {}
    return replace(request, headers={**key, **request.headers, **to})


@contextlib.contextmanager
def _timed(what: str) -> Iterator[None]:
    """For --verbose: how long each part took."""
    began = time.monotonic()
    yield
    _log.info("Time to %s: %.0f ms", what, (time.monotonic() - began) * 1000)
