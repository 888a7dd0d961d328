"""What a gateway is to know of its endpoint."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from azext_ml_endpoint.document.model import Deployment, RequestSettings
from azext_ml_endpoint.local import remembered, simulation
from azext_ml_endpoint.local.addresses import routes
from azext_ml_endpoint.local.collect import collection
from azext_ml_endpoint.local.debug import debugger
from azext_ml_endpoint.local.gateway.limits import Limits, Opener
from azext_ml_endpoint.local.gateway.place import Place
from azext_ml_endpoint.local.gateway.routing import Routes, Target
from azext_ml_endpoint.local.records import routes_of
from azext_ml_endpoint.local.runtime import EndpointRecord, Instance

_TIMEOUT_MS, _CONCURRENT, _QUEUE_MS = 5000, 1, 500
"""Azure's own values of request_settings: "YAML schema of managed online deployments"."""


def of(
    record: EndpointRecord,
    instances: Iterable[Instance],
    token: str,
    openers: Sequence[Opener] = (),
    collected: Path = Path(),
) -> Routes:
    """The endpoint scores where the deployment with most traffic does.

    openers: what opens it where it simulates Azure. collected: the folder of what it collects.
    """
    shares = record.properties.get("traffic") or {}
    simulated = simulation.is_simulated(record)
    targets = tuple(
        _target(each, shares.get(each.deployment, 0), simulated, collected) for each in instances
    )
    main = max(targets, key=lambda each: each.weight, default=None)
    return Routes(
        targets=targets,
        path=main.path if main else routes(None).scoring.path,
        token=token,
        mirror=dict(record.properties.get("mirror_traffic") or {}),
        openers=tuple(openers) if simulated else None,
    )


def text(wanted: Routes) -> str:
    return json.dumps(asdict(wanted))


def limits(deployment: Deployment) -> Limits:
    """What the document says, and where it is silent what Azure does."""
    said = deployment.request_settings or RequestSettings()
    concurrent = _or(said.max_concurrent_requests_per_instance, _CONCURRENT)
    return Limits(
        timeout=_or(said.request_timeout_ms, _TIMEOUT_MS) / 1000,
        running=concurrent * simulation.instances(deployment),
        queue=_or(said.max_queue_wait_ms, _QUEUE_MS) / 1000,
    )


def _or(said: int | None, usual: int) -> int:
    return usual if said is None else said


def _target(instance: Instance, weight: int, simulated: bool, collected: Path) -> Target:
    route = routes_of(instance).scoring  # also of one that does not run
    said = remembered.recalled(instance)
    return Target(
        deployment=instance.deployment,
        instance=instance.id,
        place=_place(instance, route.port),
        weight=weight,
        path=route.path,
        limits=_limits(instance) if simulated else None,
        collects=collection.passing(
            said.data_collector, collected, instance.endpoint, instance.deployment
        ),
    )


def _place(instance: Instance, inner: int) -> Place | None:
    """A container whose process cannot be seen, as from within another one, has its port alone:
    nobody would know when it ends.
    """
    port, near = instance.ports.get(inner), instance.near
    if port is None:
        return None
    known = Place(port, near.host, inner, near.pid, instance.id) if near else Place(port)
    return Place(port) if known.is_lost else known


def _limits(instance: Instance) -> Limits:
    """One that is debugged may take its time."""
    found = limits(remembered.recalled(instance))
    is_debugged = debugger.port_of(instance.record) is not None
    return replace(found, timeout=debugger.GENEROUS) if is_debugged else found
