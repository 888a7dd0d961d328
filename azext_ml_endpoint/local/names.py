"""Names as they were given first: capitals make no other endpoint, and no other deployment."""

from __future__ import annotations

from dataclasses import replace

from azext_ml_endpoint.document.model import Endpoint
from azext_ml_endpoint.plan.observed import ObservedEndpoint
from azext_ml_endpoint.plan.traffic import renamed


def as_spelled(asked: Endpoint, there: ObservedEndpoint | None) -> Endpoint:
    if there is None:
        return asked
    known = {each.name.lower(): each.name for each in there.deployments}
    splits = [*(asked.traffic or ()), *(asked.mirror_traffic or ())]
    said = [*(each.name for each in asked.deployments), *splits]
    names = {name: known.get(name.lower(), name) for name in said}
    return replace(
        asked,
        name=there.name,
        deployments=tuple(replace(each, name=names[each.name]) for each in asked.deployments),
        traffic=renamed(asked.traffic, names),
        mirror_traffic=renamed(asked.mirror_traffic, names),
    )
