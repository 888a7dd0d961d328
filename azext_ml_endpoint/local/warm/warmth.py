"""Who gets a spare, and when: what it costs is memory, and what it saves is the next start."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, TypeAlias

from azext_ml_endpoint.document.model import Deployment
from azext_ml_endpoint.errors import EndpointError
from azext_ml_endpoint.local import records
from azext_ml_endpoint.local.runtime import Instance, InstanceSpec, Runtime
from azext_ml_endpoint.report import Report

Policy: TypeAlias = Literal["never", "edited", "always"]
"""Which deployments get one: those whose code was edited, as it is going to be again, or all."""

Served: TypeAlias = Callable[[str], bool]
"""A deployment that requests go to from now on, and whether somebody has been told of it."""


def untold(_: str) -> bool:
    return False


class Warmth:
    """Of one command's deployments. A spare that cannot be is a warning."""

    def __init__(self, runtime: Runtime, report: Report, policy: Policy) -> None:
        self._runtime = runtime
        self._report = report
        self._policy = policy
        self._told: set[tuple[str, str]] = set()

    def after(self, spec: InstanceSpec, wanted: Deployment, old: Iterable[Instance]) -> None:
        """A change of a deployment, which was ``old`` and has used its spare up."""
        edited = any(records.changed(wanted, each) == ["code"] for each in old)
        if self._policy == "always" or (self._policy == "edited" and edited):
            self.put(spec)

    def put(self, spec: InstanceSpec) -> None:
        if self._policy == "never" or spec.debugger:
            return
        try:
            self._tell(spec.deployment, self._runtime.put_spare(spec))
        except EndpointError as error:
            self._report.warning(f"{spec.deployment}: its next start will be a cold one. {error}")

    def _tell(self, deployment: str, why: str) -> None:
        """Once, and those who have asked for warm starts."""
        if why and self._policy == "always" and (deployment, why) not in self._told:
            self._told.add((deployment, why))
            self._report.step(f"{deployment}: {why}")
