"""What the commands ask of this machine: one method per command, plain data back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azext_ml_endpoint import scoring
from azext_ml_endpoint.document.model import Deployment, Endpoint, Environment
from azext_ml_endpoint.local import keeping, no_code, records, remembered, restore
from azext_ml_endpoint.local import machine as machines
from azext_ml_endpoint.local.asking import Asking, Open
from azext_ml_endpoint.local.debug.debugger import Debugging
from azext_ml_endpoint.local.debug.debugging import DebuggingDriver
from azext_ml_endpoint.local.keeping import Limits, Unused
from azext_ml_endpoint.local.library import Library, Workspace
from azext_ml_endpoint.local.lock import Locks, alone
from azext_ml_endpoint.local.looking import open_runtime
from azext_ml_endpoint.local.machine import Machine
from azext_ml_endpoint.local.readiness import Superseded, still_wanted
from azext_ml_endpoint.local.runtime import Instance
from azext_ml_endpoint.local.simulating import SimulatingDriver
from azext_ml_endpoint.local.warm.warmth import Policy, Served, untold
from azext_ml_endpoint.plan import planner
from azext_ml_endpoint.plan.executor import execute
from azext_ml_endpoint.plan.fit import Intent
from azext_ml_endpoint.plan.history import Provenance
from azext_ml_endpoint.report import Report
from azext_ml_endpoint.service import Service

if TYPE_CHECKING:
    from azext_ml_endpoint.plan.idle import Tenancy


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a command asks of this machine besides.

    timeout: seconds until a deployment must be ready. patient: whether to wait for another command
    that is at work on the endpoint. port: where its gateway is to listen; None where it is, or
    anywhere. workspace: from which registered assets are fetched. limits: of the environments that
    are kept unused. simulate: whether the endpoint is to behave as in Azure; None where it is to
    stay as it is. machine: what of this machine its deployments get. debug: how its deployments are
    debugged, those that this command is about. warmth: which deployments get a spare. served: tells
    of each deployment that requests go to from now on. superseded: ends what is being started.
    """

    timeout: float = 300
    patient: bool = False
    port: int | None = None
    workspace: Callable[[], Workspace] | None = None
    limits: Limits = keeping.DEFAULT
    simulate: bool | None = None
    machine: Machine = machines.ANY
    debug: Debugging | None = None
    warmth: Policy = "never"
    served: Served = untold
    superseded: Superseded = still_wanted


USUAL = Options()


def local_service(name: str, report: Report, home: Path, options: Options = USUAL) -> LocalService:
    """name: ``docker`` or ``process``."""
    from azext_ml_endpoint.local.gateway.gateways import open_front

    runtime = open_runtime(name, report, home, options.machine)
    front = open_front(home, name, report, options.port, needed=bool(options.simulate))
    driver = DebuggingDriver(
        runtime,
        report,
        home,
        timeout=options.timeout,
        front=front,
        patient=options.patient,
        limits=options.limits,
        simulate=options.simulate,
        debug=options.debug,
        spares=options.warmth,
        served=options.served,
        superseded=options.superseded,
    )
    library = Library(home / "assets", report, options.workspace)
    return LocalService(driver, report, library=library)


class LocalService(Service[SimulatingDriver]):
    """What this machine can do besides. Every method raises EndpointError and its kin only."""

    def __init__(
        self,
        driver: SimulatingDriver,
        report: Report,
        connect: Open = scoring.connected,
        library: Library | None = None,
    ) -> None:
        """library: None where nothing can be fetched."""
        super().__init__(lambda: driver, report)
        self._library = library or Library(Path(), report)
        self._asking = Asking(driver, connect)

    def document(self, name: str) -> dict[str, Any]:
        """What is there, in the words of a file: for :mod:`azext_ml_endpoint.document.live`."""
        return restore.document(self._driver.existing(name), self._driver.promoted(name))

    def settle(self) -> None:
        """Here looking and writing are one, under the endpoint's lock."""

    def swap(self, asked: Endpoint, intent: Intent) -> None:
        """Makes what is there what is asked, which has its digests; nothing where it is so.

        Raises NotFoundError where there is no such endpoint.
        """
        with self._driver.changing(asked.name):
            planned = self._drawn_up(asked, replace(intent, create=False))
            planned.require_possible()
            if planned.plan:
                self._carry_out(planned, None)

    def warm(self, asked: Endpoint, intent: Intent) -> None:
        """The next starts of its deployments with other code are quick ones."""
        with self._driver.changing(asked.name):
            wanted = self._driver.look(asked, replace(intent, create=False)).wanted
            for each in wanted.deployments:
                self._driver.warm(wanted.name, each)

    def cool(self, name: str) -> None:
        """Ends what waits for the next code of its deployments."""
        with self._driver.changing(name):
            self._driver.runtime.drop_spares(name)

    def is_disturbed(self, name: str) -> bool:
        """Whether others have been at work on it, and are no more. To be asked often."""
        return Locks(self._driver.locks, name).passed()

    def figures(self, name: str, deployment: str, since: float, until: float) -> None:
        """Nothing on this machine measures."""

    def _restored(self, wanted: Deployment, instance: Instance | None) -> Deployment | None:
        """None where the change makes no difference here."""
        if instance is None:
            return wanted
        restored = restore.own_assets(wanted, instance)
        changed = records.changed(restored, instance)
        counted = self._driver.counted(instance.endpoint)
        stale = self._driver.is_stale(restored, instance)
        matters = stale or bool(counted.intersection(changed))
        if changed and not matters:
            self._report.warning(
                f"{wanted.name}: {', '.join(changed)} changed, "
                "which has no effect on a deployment that runs on this machine."
            )
        if restored == wanted:  # it comes from a file, and can be made whatever has become of it
            return wanted
        return restore.with_texts(restored, instance) if matters else None

    def exported(self, name: str) -> Endpoint:
        """The document that makes what is there, as far as it is remembered.

        Raises UnsupportedError where something has no file any more.
        """
        from azext_ml_endpoint.local import export

        return export.endpoint(self._driver.existing(name), self._driver.promoted(name))

    def tenancy(self, name: str) -> Tenancy:
        """Who receives traffic, and who does not: for :mod:`azext_ml_endpoint.plan.idle`."""
        from azext_ml_endpoint.local import export

        return export.tenancy(self._driver.existing(name), self._driver.promoted(name))

    def delete(self, name: str, deployment: str | None) -> None:
        """Raises NotFoundError where there is no such endpoint or deployment."""
        with self._driver.changing(name):
            if deployment is None:
                there = records.observed(self._driver.remains(name), ())
                execute(planner.plan_delete(there), self._driver)
            else:
                found = self._driver.instance(name, deployment)
                there = self._driver.see(name)
                execute(planner.plan_delete(there, found.deployment), self._driver)
        self._report.step(f"{deployment or name}: deleted")

    def show(self, name: str) -> dict[str, Any]:
        return self._driver.show(name)

    def environments(self) -> list[Unused]:
        """That no deployment uses."""
        return self._driver.runtime.unused()

    def remove_environments(self, digests: Collection[str]) -> None:
        """Raises ConflictError while another command is at work."""
        with alone(self._driver.locks):
            there = {each.digest for each in self._driver.runtime.unused()}
            self._driver.runtime.collect(there.intersection(digests))

    def credentials(self, name: str) -> dict[str, Any]:
        """The keys or the token that open it. Raises NotFoundError, UnsupportedError."""
        return self._driver.credentials(name)

    def regenerate_keys(self, name: str, key_type: str) -> None:
        """key_type: ``primary`` or ``secondary``. Raises NotFoundError, UnsupportedError."""
        self._driver.regenerate(name, key_type)

    def has(self, name: str) -> bool:
        return self._driver.has(name)

    def invoke(
        self,
        name: str,
        deployment: str | None,
        request: scoring.Request,
        *,
        timeout: float,
        read: scoring.Read = scoring.whole,
    ) -> scoring.Answer:
        """As :class:`.asking.Asking`, and so are the next two."""
        return self._asking.invoke(name, deployment, request, timeout=timeout, read=read)

    def opened(self, name: str, timeout: float) -> scoring.Ask:
        return self._asking.opened(name, timeout)

    def connected(
        self, name: str, deployment: str | None, request: scoring.Request, *, timeout: float
    ) -> scoring.Connect:
        return self._asking.connected(name, deployment, request, timeout=timeout)

    def logs(
        self,
        name: str,
        deployment: str,
        *,
        tail: int,
        follow: bool,
        container: str = "inference-server",
    ) -> Iterator[str]:
        return self._driver.logs(name, deployment, tail=tail, follow=follow, container=container)

    def _change(
        self, asked: Endpoint, only: frozenset[str], provenance: Provenance | None
    ) -> dict[str, Any]:
        """Raises UnsupportedError where a deployment cannot be made again without its file."""
        self._driver.existing(asked.name)
        there = {each.deployment: each for each in self._driver.promoted(asked.name)}
        restored = [self._restored(each, there.get(each.name)) for each in asked.deployments]
        changed = replace(asked, deployments=tuple(each for each in restored if each))
        changed = self._makeable(no_code.completed(self._library.bring(changed)))
        same = _names(asked) - _names(changed)
        others = [each for each in there.values() if each.deployment not in _names(asked) | only]
        changed, stale = self._with_stale(changed, others)
        return super()._change(changed, (only - same) | stale, provenance)

    def _with_stale(
        self, changed: Endpoint, others: Iterable[Instance]
    ) -> tuple[Endpoint, frozenset[str]]:
        """With those that run otherwise than they are to. others: which nobody has named.

        Raises UnsupportedError as :meth:`_change`.
        """
        found = [
            restore.with_texts(remembered.recalled(each), each)
            for each in others
            if self._driver.is_stale(remembered.recalled(each), each)
        ]
        stale = frozenset(each.name for each in found)
        return replace(changed, deployments=(*changed.deployments, *found)), stale

    def _identified(self, endpoint: Endpoint) -> Endpoint:
        completed = no_code.completed(self._library.bring(endpoint))
        return self._makeable(super()._identified(completed))

    def _makeable(self, endpoint: Endpoint) -> Endpoint:
        """The same. Raises UnsupportedError, EnvironmentBuildError."""
        for each in endpoint.deployments:
            if isinstance(each.environment, Environment):
                self._driver.runtime.require_makeable(each.environment)
        return endpoint


def _names(endpoint: Endpoint) -> frozenset[str]:
    return frozenset(each.name for each in endpoint.deployments)
