"""What it means for an endpoint of this machine to simulate Azure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from azext_ml_endpoint.document.model import Deployment
from azext_ml_endpoint.local.runtime import Allowance, EndpointRecord

KEY = "simulate"
"""Where an endpoint's properties say it."""
ALLOWANCE = "allowance"
"""Where a deployment's record has what it was allowed."""
HONOURED = frozenset({"request_settings", "liveness_probe", "readiness_probe"})
"""The aspects of deployments that count besides."""
_WORDS = ("instances", "workers", "cpus", "memory")
WORKERS = "WORKER_COUNT"
_GIB = 1024**3
_SIZE = re.compile(
    r"(?:Standard_)?(?P<family>DS|D|E|F|FX|L)(?P<number>\d+)(?P<rest>[a-z]*_v\d)", re.I
)
_GIB_PER_CORE: Mapping[str, int] = {"d": 4, "e": 8, "f": 2, "fx": 21, "l": 8}
"""By the family of a size: the series' pages in "Sizes for virtual machines in Azure"."""
_LAST_E = 48
"""The larger ones have less, and so have those with an l, for low memory."""
_DS_V2: Mapping[int, tuple[int, float]] = {
    1: (1, 3.5),
    2: (2, 7),
    3: (4, 14),
    4: (8, 28),
    5: (16, 56),
    11: (2, 14),
    12: (4, 28),
    13: (8, 56),
    14: (16, 112),
}
"""Cores and GiB of the series whose numbers count nothing."""


def is_simulated(record: EndpointRecord) -> bool:
    return record.properties.get(KEY) is True


def auth_mode(record: EndpointRecord) -> str:
    return str(record.properties.get("auth_mode") or "key")


def allowance(wanted: Deployment, *, limited: bool) -> Allowance:
    """Of all instances together, which are one here, as workers of one server.

    limited: whether processors and memory can be limited.
    """
    count = instances(wanted)
    cpus, memory = size(wanted.instance_type) if limited else (None, None)
    own_workers = WORKERS in wanted.environment_variables  # whoever sets them is heard
    several = count if count > 1 else None
    return Allowance(
        instances=several if own_workers else None,
        workers=None if own_workers else several,
        cpus=cpus and cpus * count,
        memory=memory and memory * count,
    )


def instances(wanted: Deployment) -> int:
    """How many there are at first, where an autoscaler counts them."""
    scale = wanted.scale_settings
    return (scale and (scale.instance_count or scale.min_instances)) or 1


def size(instance_type: str | None) -> tuple[int | None, int | None]:
    """Cores and bytes; None for what is not known."""
    found = _SIZE.fullmatch(instance_type or "")
    if not found:
        return None, None
    family, number = found["family"].lower(), int(found["number"])
    if family == "ds" or (family == "d" and found["rest"].lower() == "_v2"):
        cores, gib = _DS_V2.get(number, (0, 0))
        return (cores, int(gib * _GIB)) if cores else (None, None)
    if "l" in found["rest"].lower() or (family == "e" and number > _LAST_E):
        return None, None
    return number, number * _GIB_PER_CORE[family] * _GIB


def said(found: Allowance) -> dict[str, int]:
    """As it is remembered, without what is not limited."""
    return {name: value for name, value in asdict(found).items() if value}


def stale(record: Mapping[str, Any], found: Allowance | None) -> str | None:
    """Why what runs has to be made again. record: its own; found: what it is to be allowed."""
    before, now = _recalled(record.get(ALLOWANCE)), said(found) if found else {}
    if before == now:
        return None
    differing = [each for each in _WORDS if before.get(each) != now.get(each)]
    words = [f"{each} {_word(each, before)} → {_word(each, now)}" for each in differing]
    return f"simulated {', '.join(words)}"


def _recalled(said: object) -> dict[str, int]:
    """What nobody has written is nothing: then it is made again."""
    known = said if isinstance(said, dict) else {}
    return {name: value for name in _WORDS if isinstance(value := known.get(name), int)}


def _word(name: str, said: Mapping[str, Any]) -> str:
    if name not in said:
        return "any"
    return f"{said[name] / _GIB:g} GiB" if name == "memory" else str(said[name])
