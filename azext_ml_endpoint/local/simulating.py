"""The driver of this machine, where an endpoint may be asked to behave as in Azure."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from azext_ml_endpoint.document.model import Deployment, Endpoint
from azext_ml_endpoint.errors import UnsupportedError
from azext_ml_endpoint.local import simulation
from azext_ml_endpoint.local.collect import collector
from azext_ml_endpoint.local.driver import LocalDriver
from azext_ml_endpoint.local.probing import Probing
from azext_ml_endpoint.local.runtime import Allowance, Instance, InstanceSpec, Runtime
from azext_ml_endpoint.plan.fit import Intent
from azext_ml_endpoint.plan.ground import Sight
from azext_ml_endpoint.report import Report


class SimulatingDriver(LocalDriver):
    """simulate: what was asked for; None leaves it as it is. All else is the driver's."""

    proving: type[Probing] = Probing

    def __init__(
        self,
        runtime: Runtime,
        report: Report,
        home: Path,
        *,
        simulate: bool | None = None,
        **options: Any,
    ) -> None:
        super().__init__(runtime, report, home, **options)
        probe = options.get("probe")
        self._readiness = (
            self.proving(runtime, report, probe) if probe else self.proving.real(runtime, report)
        )
        self._simulate = simulate

    def look(self, asked: Endpoint, intent: Intent) -> Sight:
        sight = super().look(replace(asked, simulate=self._simulate), intent)
        before = bool(sight.there and sight.there.aspects.get(simulation.KEY))
        simulated = before if self._simulate is None else self._simulate
        honours = self.honours | (simulation.HONOURED if simulated else frozenset())
        stale = self._stale(sight.wanted, simulated) if sight.there else {}
        return replace(sight, ground=replace(sight.ground, honours=honours, stale=stale))

    def simulates(self, name: str) -> bool:
        """What is asked for, or else what is."""
        if self._simulate is not None:
            return self._simulate
        record = self._record(name)
        return record is not None and simulation.is_simulated(record)

    def counted(self, name: str) -> frozenset[str]:
        """The aspects of its deployments that make a difference."""
        return self.honours | (simulation.HONOURED if self.simulates(name) else frozenset())

    def is_stale(self, wanted: Deployment, instance: Instance) -> bool:
        return self._why_stale(wanted, instance, self.simulates(instance.endpoint)) is not None

    def credentials(self, name: str) -> dict[str, Any]:
        """Which open it: the front knows them first. Raises NotFoundError, UnsupportedError."""
        self._require_simulated(name)
        self.address(name)
        return self._front.credentials(name).shown(simulation.auth_mode(self.existing(name)))

    def regenerate(self, name: str, key_type: str) -> None:
        """Raises NotFoundError, UnsupportedError."""
        self._require_simulated(name)
        mode = simulation.auth_mode(self.existing(name))
        if mode != "key":
            raise UnsupportedError(
                f"Local endpoint {name} has auth_mode {mode}: it has no keys.",
                f"Its token: az ml endpoint get-credentials --local -n {name}",
            )
        self._front.regenerate(name, key_type)
        self.address(name)

    def _require_simulated(self, name: str) -> None:
        if not simulation.is_simulated(self.existing(name)):
            raise UnsupportedError(
                f"Local endpoint {name} is open: it asks for no key.",
                f"Let it behave as in Azure: az ml endpoint update --local -n {name} --simulate",
            )

    def _stale(self, wanted: Endpoint, simulated: bool) -> dict[str, str]:
        """Names of deployments, and why they are to be made again."""
        there = {each.deployment: each for each in self.promoted(wanted.name)}
        found = {
            each.name: self._why_stale(each, there[each.name], simulated)
            for each in wanted.deployments
            if each.name in there
        }
        return {name: why for name, why in found.items() if why}

    def _why_stale(self, wanted: Deployment, instance: Instance, simulated: bool) -> str | None:
        allowance = self._allowance(wanted) if simulated else None
        return simulation.stale(instance.record, allowance) or self.runtime.differs(instance)

    def _spec(self, endpoint_name: str, wanted: Deployment) -> InstanceSpec:
        spec, record = super()._spec(endpoint_name, wanted), self._record(endpoint_name)
        whose = collector.Whose(self._home, endpoint_name, self.runtime.name == "docker")
        spec = replace(spec, collector=collector.of(wanted, whose))
        if record is None or not simulation.is_simulated(record):
            return spec
        allowance = self._allowance(wanted)
        known = {simulation.ALLOWANCE: simulation.said(allowance)}
        return replace(spec, allowance=allowance, record={**spec.record, **known})

    def _delete_endpoint(self, name: str) -> None:
        super()._delete_endpoint(name)
        collector.forget(self._home, name)

    def _allowance(self, wanted: Deployment) -> Allowance:
        return simulation.allowance(wanted, limited=self.runtime.name == "docker")
