"""Names as they were given first: capitals make no other endpoint, and no other deployment."""

from __future__ import annotations

from dataclasses import replace

from azext_ml_endpoint.document.model import Endpoint
from azext_ml_endpoint.plan.observed import ObservedEndpoint


def as_spelled(asked: Endpoint, there: ObservedEndpoint | None) -> Endpoint:
    if there is None:
        return asked
    known = {each.name.lower(): each.name for each in there.deployments}
    return replace(
        asked,
        name=there.name,
        deployments=tuple(
            replace(each, name=known.get(each.name.lower(), each.name))
            for each in asked.deployments
        ),
        traffic=asked.traffic
        and {known.get(name.lower(), name): share for name, share in asked.traffic.items()},
    )
