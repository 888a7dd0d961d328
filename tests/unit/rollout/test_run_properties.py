"""Whatever happens and however often it is cut off, no request goes where it would be lost.

The place itself refuses traffic that does not add up, or goes to what is not there or does not
run; see :mod:`tests.fakes.memory_place`.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from azext_ml_endpoint.document.model import Check
from azext_ml_endpoint.errors import GuardError
from azext_ml_endpoint.plan import history, under_way
from azext_ml_endpoint.plan.history import Provenance
from azext_ml_endpoint.rollout import machine
from azext_ml_endpoint.rollout.run import roll_out
from azext_ml_endpoint.rollout.wish import Wish
from azext_ml_endpoint.scoring import Answer
from tests.fakes.builders import code, deployment, endpoint
from tests.fakes.memory_place import Killed, MemoryPlace
from tests.fakes.recording_report import RecordingReport

NAMES = ("blue", "red", "white")
GREEN = deployment("green", code=code("code-2"))


@dataclass(frozen=True)
class Case:
    """turns: the call from which green is bad, or None. kills: calls, of each command in turn."""

    origin: dict[str, int]
    steps: tuple[int, ...]
    turns: int | None
    stops_running: bool
    kills: tuple[int, ...]


@st.composite
def origins(draw: st.DrawFn) -> dict[str, int]:
    """Splits that add up; green may have been at it before, with nothing now."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    cuts = sorted(
        draw(st.lists(st.integers(0, 100), min_size=len(names) - 1, max_size=len(names) - 1))
    )
    ends = [*cuts, 100]
    return {name: end - begin for name, begin, end in zip(names, [0, *cuts], ends, strict=True)}


cases = st.builds(
    Case,
    origin=origins(),
    steps=st.lists(st.integers(1, 100), min_size=1, max_size=4, unique=True).map(
        lambda steps: tuple(sorted(steps))
    ),
    turns=st.none() | st.integers(1, 60),
    stops_running=st.booleans(),
    kills=st.lists(st.integers(1, 40), max_size=4).map(tuple),
)


def rolled_out(case: Case) -> tuple[MemoryPlace, bool]:
    """The same command again and again until it ends by itself; whether green was sound."""
    place = MemoryPlace(traffic={name: part for name, part in case.origin.items() if part})
    place.deployments = {name: deployment(name) for name in case.origin}
    total = 0

    def respond(name: str) -> Answer:
        bad = name == "green" and case.turns is not None and total >= case.turns
        return Answer(status=500 if bad else 200, body=b"[1]")

    place.respond = respond
    for number, kill in enumerate([*case.kills, None]):

        def at_call(call: int, first: int = place.calls, kill: int | None = kill) -> None:
            nonlocal total
            total += 1
            is_bad = case.turns is not None and total >= case.turns
            if case.stops_running and is_bad and place.traffic.get("green"):
                place.troubles["green"] = "it exited with code 137"
            if kill is not None and call - first == kill:
                raise Killed

        place.at_call = at_call
        try:
            go(place, case, run=f"host/{number}")
        except Killed:
            continue
        except GuardError:
            return place, False
        return place, True
    raise AssertionError("nobody cuts the last one off")


def go(place: MemoryPlace, case: Case, run: str) -> None:
    wish = Wish(
        endpoint=endpoint(GREEN),
        to="green",
        provenance=Provenance(who="ada@example.com", when="2026-01-31T09:30:00Z"),
        run=run,
        steps=case.steps,
        bake=10.0,
        probe=Check(name="probe"),
    )
    roll_out(
        place,
        wish,
        RecordingReport(),
        is_alive=lambda _: False,
        clock=place.clock,
        pause=place.pause,
    )


@settings(max_examples=250, deadline=None)
@given(cases)
def test_it_ends_where_it_was_to_go_or_where_it_began(case: Case) -> None:
    place, sound = rolled_out(case)
    origin = {name: part for name, part in case.origin.items() if part}
    assert place.traffic == (machine.split(origin, "green", case.steps[-1]) if sound else origin)
    assert under_way.read(place.kept) is None
    assert len(history.entries(place.kept)) <= history.MOST


@settings(max_examples=100, deadline=None)
@given(cases)
def test_the_others_keep_their_proportions_at_every_step(case: Case) -> None:
    place, _ = rolled_out(case)
    origin = {name: part for name, part in case.origin.items() if part}
    for split in place.splits:
        assert split == machine.split(origin, "green", split.get("green", 0))
