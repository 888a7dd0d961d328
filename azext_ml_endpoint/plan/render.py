"""Words for what plans speak of."""

from __future__ import annotations

from collections.abc import Mapping

from azext_ml_endpoint.document.model import Environment


def label(environment: Environment) -> str:
    """A name for an environment that may have none."""
    return environment.name or environment.digest[:12]


def split(traffic: Mapping[str, int], mirror: Mapping[str, int]) -> str:
    """As :func:`shares`, with what is mirrored, if anything is."""
    return f"{shares(traffic)}, mirrored to {shares(mirror)}" if mirror else shares(traffic)


def shares(traffic: Mapping[str, int]) -> str:
    """``blue 90 %, green 10 %``, or ``nothing``."""
    return ", ".join(f"{name} {share} %" for name, share in traffic.items()) or "nothing"
