"""What a rollout asks of a place: of the cloud's service and of the local one alike."""

from __future__ import annotations

from typing import Any, Protocol

from azext_ml_endpoint.document.model import Endpoint
from azext_ml_endpoint.plan.fit import Intent
from azext_ml_endpoint.plan.observed import ObservedEndpoint
from azext_ml_endpoint.plan.planned import Planned
from azext_ml_endpoint.plan.steps import Keep, SetTraffic
from azext_ml_endpoint.rollout.guards import Figures
from azext_ml_endpoint.scoring import Ask


class Service(Protocol):
    """Every method raises EndpointError and its kin only, NotFoundError for no such endpoint."""

    def settle(self) -> None:
        """Returns when nobody writes any more who has looked before now.

        At once where to look and to write are one.
        """

    def observe(self, name: str) -> ObservedEndpoint: ...

    def plan(self, endpoint: Endpoint, intent: Intent) -> Planned:
        """Changes nothing."""

    def apply(self, plan: Planned) -> dict[str, Any]: ...

    def take(self, step: SetTraffic | Keep, there: ObservedEndpoint | None = None) -> None:
        """Makes one step true. Raises Overtaken where what it ``holds`` does not.

        there: what was seen just before, and need not be looked at again.
        """

    def opened(self, name: str, timeout: float) -> Ask:
        """With keys or a token that hold for a while. timeout: seconds for each answer."""

    def figures(self, name: str, deployment: str, since: float, until: float) -> Figures | None:
        """What the place has measured between two times (seconds since 1970), if it measures.

        Raises ServiceError, with status 403 where this account may not read it.
        """
