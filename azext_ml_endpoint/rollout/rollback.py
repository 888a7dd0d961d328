"""The way back: one change of traffic to the last split that was good and can be had again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping

from azext_ml_endpoint.errors import ConflictError
from azext_ml_endpoint.plan import history, render, under_way
from azext_ml_endpoint.plan.history import Provenance
from azext_ml_endpoint.plan.observed import ObservedEndpoint, present
from azext_ml_endpoint.plan.own_tags import Overtaken
from azext_ml_endpoint.plan.steps import Keep, SetTraffic
from azext_ml_endpoint.plan.traffic import nonzero
from azext_ml_endpoint.report import Report
from azext_ml_endpoint.rollout.service import Service
from azext_ml_endpoint.rollout.watch import is_ready, trouble

_TRIES = 5
Split = Mapping[str, int]


def roll_back(service: Service, name: str, provenance: Provenance, report: Report) -> None:
    """Ends a rollout that is under way, and returns to where that began.

    Raises ConflictError where there is nothing to go back to, with all that there is.
    """
    for _ in range(_TRIES):
        with contextlib.suppress(Overtaken):
            _roll_back(service, name, provenance, report)
            return
    _roll_back(service, name, provenance, report)


def _roll_back(service: Service, name: str, provenance: Provenance, report: Report) -> None:
    """Raises Overtaken where a rollout has gone on in between."""
    there = service.observe(name)
    split = target(there)
    seen = under_way.mark(there.kept)
    ended = under_way.ENDED if under_way.read(there.kept) else {}
    if split == nonzero(there.traffic):
        service.take(Keep(reason="asked for", endpoint_name=name, kept=ended, holds=seen), there)
        report.step(f"{name}: the rollout is ended; traffic is {render.shares(split)}, as before")
        return
    kept = {**ended, **history.note(there, split, provenance)}
    service.take(
        SetTraffic(reason="asked for", endpoint_name=name, traffic=split, kept=kept, holds=seen),
        there,
    )
    report.step(f"Traffic is back at {render.shares(split)}; it was {render.shares(there.traffic)}")


def target(there: ObservedEndpoint) -> Split:
    """The split to go back to."""
    reasons: list[str] = []
    for when, split in _candidates(there):
        reason = _why_not(split, there)
        if reason is None:
            return split
        reasons.append(f"{when}: {render.shares(split)} ({reason})")
    raise ConflictError(
        f"Endpoint {there.name} has no split of its traffic to go back to. "
        f"It is {render.shares(there.traffic)}.",
        f"There were: {'; '.join(reasons)}." if reasons else "It is the only one that is known.",
    )


def _candidates(there: ObservedEndpoint) -> Iterator[tuple[str, Split]]:
    """Newest first; the one from before a rollout that is under way goes before all others."""
    if state := under_way.read(there.kept):
        yield state.since, state.origin
    current = nonzero(there.traffic)
    for each in history.entries(there.kept):
        if each.split and each.split != current:
            yield each.when, each.split


def _why_not(split: Split, there: ObservedEndpoint) -> str | None:
    known = present(there)
    for name in nonzero(split):
        if name not in known:
            return f"{name} is gone"
        if not is_ready(known[name]):
            return f"{name}: {trouble(known[name])}"
    return None
