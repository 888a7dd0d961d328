"""What the pipeline and the executor ask of a driver."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Protocol

from azext_ml_endpoint.document.model import Endpoint
from azext_ml_endpoint.plan.fit import Intent
from azext_ml_endpoint.plan.ground import Sight
from azext_ml_endpoint.plan.observed import ObservedEndpoint
from azext_ml_endpoint.plan.steps import Step


class Executes(Protocol):
    """What the executor needs."""

    def execute(self, step: Step) -> None:
        """Returns when the step is true. Raises EndpointError; then nothing of it is left."""

    def cancel(self) -> None:
        """Ends running ``execute`` calls soon, each with Interrupted. Called from any thread."""


class Run(Executes, Protocol):
    """The steps of one plan on their way."""

    def show(self, name: str) -> dict[str, Any]:
        """The endpoint as it has become, in the shape that `show` prints."""


class Driver(Protocol):
    """Makes plans true in one place: on this machine, or in Azure."""

    keeps_others_out: bool
    """Whether nobody else changes the endpoint within :meth:`changing`."""

    def look(self, asked: Endpoint, intent: Intent) -> Sight:
        """What a plan is made of. Writes nothing.

        Raises NotFoundError where there is no endpoint and ``intent`` wants one.
        """

    def see(self, name: str) -> ObservedEndpoint:
        """What is there. Raises NotFoundError."""

    def changing(self, name: str) -> AbstractContextManager[None]:
        """Around every change of the endpoint."""

    def begin(self, seen: Any) -> Run:
        """seen: of what is there, or of the sight that a plan was made of."""
