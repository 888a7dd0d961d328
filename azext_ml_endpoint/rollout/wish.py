"""What a rollout is asked to do, as frozen data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from azext_ml_endpoint.document.model import Endpoint
from azext_ml_endpoint.plan.history import Provenance
from azext_ml_endpoint.rollout.guards import Limits
from azext_ml_endpoint.rollout.probe import Probe

Gate = Callable[[str], str | None]
"""Tests of a deployment, by its name: what failed, or None."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """endpoint: as its file says it; only the deployment ``to`` matters.

    steps: percent of the traffic, rising; where the last one is watched too, it is done.
    bake: seconds at every step. run: a word for this process, as in
    :class:`azext_ml_endpoint.plan.under_way.UnderWay`.
    answer_timeout: seconds that the probe waits for an answer.
    """

    endpoint: Endpoint
    to: str
    provenance: Provenance
    run: str
    steps: tuple[int, ...] = (10, 50, 100)
    bake: float = 300.0
    limits: Limits = field(default_factory=Limits)
    probe: Probe | None = None
    gate: Gate | None = None
    answer_timeout: float = 60.0
