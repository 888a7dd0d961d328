"""Where instances are asked and score, by what their documents say."""

from __future__ import annotations

from dataclasses import dataclass

from azext_ml_endpoint.document.model import InferenceConfig, Route
from azext_ml_endpoint.local.runtime import SERVER_PORT, Instance


@dataclass(frozen=True, kw_only=True)
class Routes:
    """Where to ask and where to score, as port inside the container and path."""

    liveness: Route
    readiness: Route
    scoring: Route


def routes(config: InferenceConfig | None) -> Routes:
    """A container's own routes, or those of the inference server."""
    if config:
        return Routes(
            liveness=config.liveness_route,
            readiness=config.readiness_route,
            scoring=config.scoring_route,
        )
    health = Route(port=SERVER_PORT, path="/")
    score = Route(port=SERVER_PORT, path="/score")
    return Routes(liveness=health, readiness=health, scoring=score)


def uri(instance: Instance, route: Route) -> str | None:
    """The route on this machine, or None while the instance does not listen."""
    port = instance.ports.get(route.port)
    return f"http://127.0.0.1:{port}{route.path}" if port else None
