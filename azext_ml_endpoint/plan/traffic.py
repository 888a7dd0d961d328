"""How an endpoint's traffic is split: percent by the names of deployments."""

from __future__ import annotations

from collections.abc import Mapping


def renamed(
    traffic: Mapping[str, int] | None, names: Mapping[str, str]
) -> Mapping[str, int] | None:
    """names: old -> new."""
    return traffic and {names.get(name, name): share for name, share in traffic.items()}


def nonzero(traffic: Mapping[str, int]) -> dict[str, int]:
    """Without shares of 0, which mean the same as none."""
    return {name: share for name, share in traffic.items() if share}
