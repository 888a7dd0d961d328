"""What the planner and the executor ask of a driver."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from azext_ml_endpoint.plan.observed import ObservedEndpoint
from azext_ml_endpoint.plan.steps import Asset, Step


class Executes(Protocol):
    """What the executor needs."""

    def execute(self, step: Step) -> None:
        """Returns when the step is true. Raises EndpointError; then nothing of it is left."""

    def cancel(self) -> None:
        """Ends running ``execute`` calls soon, each with Interrupted. Called from any thread."""


class Driver(Executes, Protocol):
    """Makes steps true in one place: Docker on this machine, or Azure."""

    honours: frozenset[str]
    """The aspects of a deployment that this place makes true; the planner ignores the rest."""

    fixed: frozenset[str]
    """The aspects of a deployment that cannot be changed here while the deployment exists."""

    def observe(self, endpoint_name: str) -> ObservedEndpoint | None:
        """What is there, or None where there is no such endpoint."""

    def registered(self, assets: Iterable[Asset]) -> frozenset[str]:
        """The digests of those assets that need no registration (any more)."""
