"""Makes plans true in Azure.

A command looks at everything once, side by side. What it saw travels in the plan, and
:mod:`.execution` goes on from it.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from azext_ml_endpoint.cloud.arm.operations import Operations
from azext_ml_endpoint.cloud.arm.turns import Turns
from azext_ml_endpoint.cloud.assets.collected import Collected
from azext_ml_endpoint.cloud.assets.datastores import Datastores
from azext_ml_endpoint.cloud.assets.deployment_templates import NO_TEMPLATES, DeploymentTemplates
from azext_ml_endpoint.cloud.assets.registration import Assets, Resolved
from azext_ml_endpoint.cloud.bodies import Bodies, read
from azext_ml_endpoint.cloud.contract import Arm, Blobs
from azext_ml_endpoint.cloud.execution import Execution
from azext_ml_endpoint.cloud.failure_logs import FailureLogs
from azext_ml_endpoint.cloud.hosts import PUBLIC_STORAGE
from azext_ml_endpoint.cloud.live import missing
from azext_ml_endpoint.cloud.sending import Sender
from azext_ml_endpoint.cloud.wire import deployment as deployments
from azext_ml_endpoint.cloud.wire import endpoint as endpoints
from azext_ml_endpoint.cloud.workspace import Workspace
from azext_ml_endpoint.cloud.writes import Known
from azext_ml_endpoint.content.sizes import upload_size
from azext_ml_endpoint.document.model import Deployment, Endpoint
from azext_ml_endpoint.plan import fit, planner
from azext_ml_endpoint.plan.aspects import aspects
from azext_ml_endpoint.plan.fit import Intent
from azext_ml_endpoint.plan.ground import Ground, Sight
from azext_ml_endpoint.plan.observed import ObservedEndpoint
from azext_ml_endpoint.plan.steps import registration_key
from azext_ml_endpoint.report import Report


class CloudDriver:
    """A :class:`azext_ml_endpoint.plan.driver.Driver` for the endpoints of a workspace.

    timeout: seconds that an operation may take. follow: whether a step is done when its operation
    has ended, or as soon as Azure has accepted it. pause, patient: as in :class:`.arm.turns.Turns`.
    credential: the account's own, for storage of which the workspace gives no secrets out.
    """

    honours = frozenset(aspects(Deployment(name=""))) - {"inference_config"}
    """The routes of a container are part of its environment's identity here."""
    fixed = frozenset({"instance_type"})
    keeps_others_out = False

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
        self._arm, self._blobs, self._report = arm, blobs, report
        self._workspace, self._templates = workspace, templates
        self._cancelled = threading.Event()
        waiting: dict[str, Any] = {
            "timeout": timeout,
            "pause": pause or self._cancelled.wait,
            "clock": clock,
        }
        self._operations = Operations(arm, report, **waiting)
        self._turns = Turns(arm, self._operations, report, patient=patient, **waiting)
        datastores = Datastores(arm, credential, storage_suffix)
        self._assets = Assets(arm, blobs, datastores, workspace, report)
        self._collected = Collected(arm, workspace)
        self._failure_logs = FailureLogs(arm, blobs, datastores)
        self._sender = Sender(
            arm,
            self._turns,
            self._operations,
            workspace,
            report,
            cancelled=self._cancelled,
            follow=follow,
            clock=clock,
        )

    def look(self, asked: Endpoint, intent: Intent) -> Sight:
        """Operations that earlier commands have left running are followed to their end first."""
        self._blobs.prepare()
        bodies = self._turns.settled(asked.name)
        if intent.create is False and bodies.endpoint is None:
            missing(asked.name, self._workspace)
        wanted = fit.adapt(asked, self._observed(bodies), intent)
        wanted = deployments.all_with_secrets(wanted, bodies.deployments)
        wanted = self._collected.settled(wanted, bodies.deployments)
        live = map(deployments.used_ids, bodies.deployments.values())
        resolved = self._assets.resolve(wanted, frozenset().union(*live))
        return Sight(
            asked=asked,
            wanted=resolved.endpoint,
            there=self._observed(bodies, resolved),
            ground=self._ground(bodies, resolved),
            seen=self._known(bodies, resolved),
        )

    def see(self, name: str) -> ObservedEndpoint:
        bodies = read(self._arm, name)
        there = self._observed(bodies)
        if there is None:
            missing(name, self._workspace)
        return replace(there, seen=self._known(bodies))

    @contextlib.contextmanager
    def changing(self, name: str) -> Iterator[None]:
        """ARM locks nothing. Whoever comes second is told so when it writes."""
        del name
        yield

    def begin(self, seen: Known) -> Execution:
        return Execution(
            self._sender,
            self._assets,
            self._failure_logs,
            self._report,
            known=seen,
            cancel=self.cancel,
        )

    def cancel(self) -> None:
        self._report.step("Stopping once Azure has answered; Ctrl-C again stops at once.")
        self._cancelled.set()
        self._operations.cancel()
        self._blobs.cancel()
        self._arm.cancel()

    def _ground(self, bodies: Bodies, resolved: Resolved) -> Ground:
        new = [
            each
            for each in planner.assets(resolved.endpoint)
            if each.digest not in resolved.registered
        ]
        there = bodies.deployments
        templates = {
            each.name: self._templates.of(deployments.ruled(each, there.get(each.name)))
            for each in resolved.endpoint.deployments
        }
        return Ground(
            registered=resolved.registered,
            honours=self.honours,
            fixed=self.fixed,
            uploads={registration_key(each): upload_size(each) for each in new},
            templates={name: said for name, said in templates.items() if said is not None},
        )

    def _known(self, bodies: Bodies, resolved: Resolved | None = None) -> Known:
        location = (resolved and resolved.endpoint.location) or ""
        ids = resolved.ids if resolved else {}
        return Known(workspace=self._workspace, location=location, bodies=bodies, ids=ids)

    def _observed(
        self, bodies: Bodies, resolved: Resolved | None = None
    ) -> ObservedEndpoint | None:
        """resolved: what is wanted, with what its assets are known by."""
        if bodies.endpoint is None:
            return None
        wanted, aliases = (resolved.endpoint, resolved.aliases) if resolved else (None, {})
        asked = {each.name: each for each in wanted.deployments} if wanted else {}
        seen = tuple(
            deployments.observed(body, asked.get(name), aliases)
            for name, body in bodies.deployments.items()
        )
        return endpoints.observed(bodies.endpoint, seen, self._workspace, wanted)
