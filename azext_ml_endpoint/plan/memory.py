"""What a document said last: so that a key that is taken out of it can be told from one that was
never in it.

The first goes back to what the service has where nothing is said; the second stays as it is, since
somebody else may have set it. kubectl keeps its last-applied configuration for the same reason.
Here it is keys, and values only where they are numbers: nothing of it is secret, and it has a
limit. Where nothing is remembered, because another tool or an earlier version made what is there,
nothing goes.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from azext_ml_endpoint import foreign_json
from azext_ml_endpoint.document.model import Deployment, Endpoint
from azext_ml_endpoint.plan.aspects import aspects, flat
from azext_ml_endpoint.plan.aspects import of_endpoint as aspects_of_endpoint
from azext_ml_endpoint.plan.observed import ObservedDeployment, ObservedEndpoint, present
from azext_ml_endpoint.plan.own_tags import PREFIX

Said: TypeAlias = Mapping[str, Any]
"""Keys, such as ``request_settings.request_timeout_ms``, and values that are numbers."""

TAG = f"{PREFIX}said"
"""The own tag in which an endpoint has what its document said."""
_EARLIER_TAG = f"{PREFIX}tags"
"""Where an earlier version kept the names of the tags alone."""
_ALL_OR_NOTHING = ("environment_variables", "properties", "instance_type")
"""Variables are compared as a whole; the service removes no property, and changes no machine."""
_OF_ENDPOINTS = ("auth_mode", "properties", "simulate")
"""Likewise: a way to sign in has no default that it could go back to while others use it. What is
simulated is an option's, and no document's."""
_FILLED_IN = ("liveness_probe", "readiness_probe")
"""The probes that a deployment has in any case."""
_PROBE = {
    "initial_delay": 10,
    "period": 10,
    "timeout": 2,
    "success_threshold": 1,
    "failure_threshold": 30,
}
USUAL: Said = {
    "request_settings.request_timeout_ms": 5000,
    "request_settings.max_concurrent_requests_per_instance": 1,
    **{f"{probe}.{key}": value for probe in _FILLED_IN for key, value in _PROBE.items()},
    "app_insights_enabled": False,
    "egress_public_network_access": "enabled",
}
"""What the service shows of a deployment where nothing was sent, but where a deployment template
rules. Source: recordings of 2022 to 2026."""
USUAL_OF_ENDPOINTS: Said = {"public_network_access": "enabled"}
"""Likewise."""
_COUNT = "scale_settings.instance_count"
"""Who takes it out of the document leaves it to an autoscaler: it stays as it is."""


def of_deployment(found: Mapping[str, Any]) -> dict[str, Any]:
    """found: as :func:`.aspects.aspects` gives it. What there is to go back from."""
    said = _numbers({key: found[key] for key in found if key not in _ALL_OR_NOTHING})
    said.pop(_COUNT, None)
    if (found.get("scale_settings") or {}).get("scale_type") == "manual":
        del said["scale_settings.scale_type"]
    return said


def of_endpoint(found: Mapping[str, Any]) -> dict[str, Any]:
    """found: as :func:`.aspects.of_endpoint` gives it."""
    return _numbers({key: found[key] for key in found if key not in _OF_ENDPOINTS})


def recalled(wanted: Endpoint, there: ObservedEndpoint) -> Endpoint:
    """With what it says no longer."""
    known = present(there)
    before = of_endpoint(there.aspects) if wanted.edited else _read_tags(there.kept)
    gone = frozenset(before) - frozenset(of_endpoint(aspects_of_endpoint(wanted)))
    return replace(
        wanted,
        dropped=gone - _as_usual(there.aspects, USUAL_OF_ENDPOINTS),
        deployments=tuple(
            recalled_deployment(each, known[each.name]) if each.name in known else each
            for each in wanted.deployments
        ),
    )


def recalled_deployment(wanted: Deployment, there: ObservedDeployment) -> Deployment:
    """As :func:`recalled`."""
    found = of_deployment(there.aspects)
    before = found if wanted.edited else there.said
    usual = USUAL if there.aspects.get("environment") else {}
    gone = frozenset(before) - frozenset(_numbers(aspects(wanted)))
    return replace(wanted, dropped=gone - _as_usual(there.aspects, usual))


def _as_usual(found: Mapping[str, Any], usual: Said) -> frozenset[str]:
    """The keys that go back to nothing else: their values are those that come by themselves."""
    said = flat(found)
    return frozenset(key for key, value in usual.items() if said.get(key) == value)


def next_of_deployment(wanted: Deployment, before: Said) -> dict[str, Any]:
    """What is to be remembered once ``wanted`` is true. An edit is no document: it adds nothing."""
    return _next(of_deployment(aspects(wanted)), before, edited=wanted.edited)


def next_of_endpoint(
    wanted: Endpoint, there: ObservedEndpoint | None, most: int
) -> dict[str, str | None]:
    """The changes of the own tags of an endpoint. most: characters in the value of a tag."""
    kept = there.kept if there else {}
    now = of_endpoint(aspects_of_endpoint(wanted))
    said = _next(now, _read_tags(kept), edited=wanted.edited)
    if there and said.keys() & {"description"}:
        said["description"] = _move(there, wanted)
    changes: dict[str, str | None] = {TAG: text(said, most)}
    return changes | ({_EARLIER_TAG: None} if _EARLIER_TAG in kept else {})


def is_ignored(wanted: Endpoint, there: ObservedEndpoint) -> bool:
    """Whether the very same change of the description was sent, and nothing came of it.

    Terraform's provider says that it cannot be changed; nobody here has seen what the service does.
    """
    return bool(_read_tags(there.kept).get("description") == _move(there, wanted))


def _move(there: ObservedEndpoint, wanted: Endpoint) -> int:
    """A sum of what the description was and is to be."""
    return zlib.crc32(json.dumps([there.aspects.get("description"), wanted.description]).encode())


def text(said: Said, most: int) -> str | None:
    """None for nothing, and for what would be longer than ``most`` characters."""
    written = json.dumps(dict(sorted(said.items())), separators=(",", ":"), ensure_ascii=False)
    return written if said and len(written) <= most else None


def read(written: str | None) -> dict[str, Any]:
    """Nothing where somebody has edited it: then nothing goes."""
    try:
        said = foreign_json.loads(written or "{}")
    except ValueError:
        return {}
    if isinstance(said, list):
        return {f"tags.{name}": None for name in said}
    return said if isinstance(said, dict) else {}


def _next(now: Said, before: Said, *, edited: bool) -> dict[str, Any]:
    return {key: now[key] for key in now if not edited or key in before}


def _read_tags(kept: Mapping[str, str]) -> dict[str, Any]:
    return read(kept.get(TAG) or kept.get(_EARLIER_TAG))


def _numbers(found: Mapping[str, Any]) -> dict[str, Any]:
    return {path: _number(value) for path, value in flat(found).items()}


def _number(value: Any) -> float | None:
    return value if isinstance(value, (bool, int, float)) else None
