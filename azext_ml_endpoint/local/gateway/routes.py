"""What a gateway is to know of its endpoint."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict

from azext_ml_endpoint.local.gateway.proxy import Routes, Target
from azext_ml_endpoint.local.readiness import routes
from azext_ml_endpoint.local.records import routes_of
from azext_ml_endpoint.local.runtime import EndpointRecord, Instance


def of(record: EndpointRecord, instances: Iterable[Instance], token: str) -> Routes:
    """The endpoint scores where the deployment with most traffic does."""
    shares = record.properties.get("traffic") or {}
    targets = tuple(_target(each, shares.get(each.deployment, 0)) for each in instances)
    main = max(targets, key=lambda each: each.weight, default=None)
    path = main.path if main else routes(None).scoring.path
    return Routes(targets=targets, path=path, token=token)


def text(wanted: Routes) -> str:
    return json.dumps(asdict(wanted))


def _target(instance: Instance, weight: int) -> Target:
    route = routes_of(instance).scoring  # also of one that does not run
    return Target(
        deployment=instance.deployment,
        instance=instance.id,
        port=instance.ports.get(route.port),
        weight=weight,
        path=route.path,
    )
