"""What a rollout is asked to do, as frozen data."""

from __future__ import annotations

from dataclasses import dataclass, field

from azext_ml_endpoint.document.model import Check, Endpoint
from azext_ml_endpoint.plan.history import Provenance
from azext_ml_endpoint.plan.proof import Gate
from azext_ml_endpoint.rollout.guards import Limits

STEPS = (10, 50, 100)
BAKE = 300.0


@dataclass(frozen=True, kw_only=True)
class Wish:
    """endpoint: as its file says it; only the deployment ``to`` matters.

    steps: percent of the traffic, rising; where the last one is watched too, it is done.
    bake: seconds at every step. run: a word for this process, as in
    :class:`azext_ml_endpoint.plan.under_way.UnderWay`.
    probe: is sent again and again, with a body of its own. gate: the tests of the file.
    answer_timeout: seconds that the probe waits for an answer.
    """

    endpoint: Endpoint
    to: str
    provenance: Provenance
    run: str
    steps: tuple[int, ...] = STEPS
    bake: float = BAKE
    limits: Limits = field(default_factory=Limits)
    probe: Check | None = None
    gate: Gate | None = None
    answer_timeout: float = 60.0
