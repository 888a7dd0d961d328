"""What holds of every plan, in whatever order its steps begin and end: see :mod:`.properties`."""

from __future__ import annotations

from collections import Counter
from typing import get_args

from hypothesis import HealthCheck, assume, given, settings

from azext_ml_endpoint.plan import steps
from tests.unit.plan.cases import Case, some_case
from tests.unit.plan.properties import prove

WORLDS = 2000
KINDS = set(get_args(steps.Step)) - {steps.DeleteEndpoint}
"""Of the steps that come of a file."""


def test_every_property_holds_in_two_thousand_different_worlds() -> None:
    seen: set[str] = set()
    taken: Counter[type] = Counter()
    outcomes: Counter[str] = Counter()

    @settings(
        max_examples=WORLDS,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.filter_too_much],
    )
    @given(some_case())
    def in_any_world(case: Case) -> None:
        assume(repr(case) not in seen)
        plan = prove(case)
        seen.add(repr(case))
        taken.update(map(type, plan.plan if plan else ()))
        outcomes["refused" if plan is None else "changed" if plan.plan else "unchanged"] += 1

    in_any_world()
    assert len(seen) == WORLDS
    assert set(taken) == KINDS
    assert min(*taken.values(), *outcomes.values()) >= 20, (taken, outcomes)
