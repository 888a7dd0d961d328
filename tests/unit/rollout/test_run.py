"""The loop, on a place in memory whose clock moves only when somebody waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from azext_ml_endpoint.document.model import Check
from azext_ml_endpoint.errors import (
    ConflictError,
    GuardError,
    Interrupted,
    NotFoundError,
    ServiceError,
)
from azext_ml_endpoint.plan import history, under_way
from azext_ml_endpoint.plan.history import Provenance
from azext_ml_endpoint.rollout.guards import Figures, Limits
from azext_ml_endpoint.rollout.run import roll_out
from azext_ml_endpoint.rollout.watch import LOOK_SECONDS, PROBE_SECONDS
from azext_ml_endpoint.rollout.wish import Wish
from azext_ml_endpoint.scoring import Answer
from tests.fakes.builders import code, deployment, endpoint
from tests.fakes.memory_place import Killed, MemoryPlace
from tests.fakes.recording_report import RecordingReport

GREEN = endpoint(deployment("blue"), deployment("green", code=code("code-2")))
ADA = Provenance(who="ada@example.com", when="2026-01-31T09:30:00Z", file_hash="ab" * 32)
PROBE = Check(name="probe", body=b"{}")
WISH = Wish(
    endpoint=GREEN, to="green", provenance=ADA, run="host/1/1", steps=(10, 100), probe=PROBE
)


def go(
    place: MemoryPlace,
    wish: Wish = WISH,
    report: RecordingReport | None = None,
    is_alive: Callable[[str], bool] = lambda _: False,
    **changes: Any,
) -> RecordingReport:
    report = report or RecordingReport()
    roll_out(
        place,
        replace(wish, **changes),
        report,
        is_alive=is_alive,
        clock=place.clock,
        pause=place.pause,
    )
    return report


def broken(place: MemoryPlace, **changes: Any) -> str:
    with pytest.raises(GuardError) as caught:
        go(place, **changes)
    assert place.traffic == {"blue": 100}
    assert under_way.read(place.kept) is None
    return caught.value.message


def bad_green(name: str) -> Answer:
    return Answer(status=500 if name == "green" else 200, body=b'{"message": "out of tune"}')


def cut_at(number: int) -> Callable[[int], None]:
    def cut(call: int) -> None:
        if call == number:
            raise Killed

    return cut


def test_green_is_made_first_then_gets_the_traffic_step_by_step() -> None:
    place = MemoryPlace()
    go(place)
    assert place.splits == [{"blue": 90, "green": 10}, {"green": 100}]
    assert place.deployments["green"].code == code("code-2")
    assert place.traffic == {"green": 100}


def test_only_the_end_is_in_the_history_after_the_split_that_was_found() -> None:
    place = MemoryPlace()
    go(place)
    newest, found = history.entries(place.kept)
    assert (newest.split, newest.what, newest.who) == (
        {"green": 100},
        "rollout green",
        "ada@example.com",
    )
    assert (found.split, found.who) == ({"blue": 100}, "")
    assert under_way.read(place.kept) is None


def test_every_step_is_watched_as_long_as_it_takes() -> None:
    place = MemoryPlace()
    began = place.now
    go(place, bake=60.0)
    assert place.now - began == 120.0
    assert max(place.pauses) == PROBE_SECONDS


def test_a_step_without_bake_is_looked_at_once() -> None:
    place = MemoryPlace()
    report = go(place, bake=0.0)
    assert place.pauses == []
    assert [each for each in report.steps if "[probe]" in each] == [
        f"green at {share} %: 0 of 2 requests failed (0 %), p95 latency 0 ms [probe]"
        if share == 100
        else f"green at {share} %: 0 of 1 request failed (0 %), p95 latency 0 ms [probe]"
        for share in (10, 100)
    ]


def test_a_bad_answer_stops_it_before_there_is_any_traffic() -> None:
    place = MemoryPlace(respond=bad_green)
    assert "3 of 3 requests failed (100 %)" in broken(place)
    assert place.splits == []


def test_a_deployment_that_turns_bad_under_traffic_loses_it_at_once() -> None:
    place = MemoryPlace()
    place.respond = lambda name: bad_green(name) if place.traffic.get("green") else good(name)
    said = broken(place, steps=(10, 50, 100), bake=600.0)
    assert "--max-error-rate is 0 %: expected status 200, got 500: out of tune" in said
    assert place.splits == [{"blue": 90, "green": 10}, {"blue": 100}]
    assert place.pauses == []
    assert history.entries(place.kept)[0].what == "rollout green reverted"


def good(_: str) -> Answer:
    return Answer(status=200, body=b"[1]")


def test_errors_of_the_others_are_not_held_against_it() -> None:
    place = MemoryPlace()
    place.respond = lambda name: Answer(status=500 if name == "blue" else 200, body=b"")
    go(place)
    assert place.traffic == {"green": 100}


def test_what_is_too_slow_is_stopped_but_the_first_answer_may_take_its_time() -> None:
    place = MemoryPlace()
    asked: list[str] = []

    def slow(name: str) -> Answer:
        asked.append(name)
        place.now += 2.0 if len(asked) == 1 or place.traffic.get("green") == 100 else 0.1
        return good(name)

    place.respond = slow
    said = broken(place, limits=Limits(p95=0.8))
    assert "--max-p95 is 800 ms" in said
    assert place.splits[-2:] == [{"green": 100}, {"blue": 100}]


def test_the_tests_of_the_file_go_before_any_traffic() -> None:
    place = MemoryPlace()
    gate = {"green": "two patients: expected status 200"}.get
    assert "two patients" in broken(place, gate=gate, probe=None)
    assert place.splits == []


def test_metrics_break_a_guard_too() -> None:
    place = MemoryPlace()
    place.measured = lambda: Figures(source="Azure Monitor", requests=1000, errors=20)
    said = broken(place, bake=120.0, limits=Limits(error_rate=0.01))
    assert "20 of 1000 requests failed (2 %) [Azure Monitor]; --max-error-rate is 1 %" in said
    assert sum(place.pauses) == LOOK_SECONDS


def test_metrics_that_nobody_may_read_are_told_of_once() -> None:
    def refuse() -> Figures:
        raise ServiceError("You may not.", status=403)

    place = MemoryPlace(measured=refuse)
    report = go(place, bake=120.0)
    assert report.warnings == ["The metrics are left out of account: You may not."]


def test_a_deployment_that_stops_running_is_a_broken_guard() -> None:
    place = MemoryPlace()

    def dies(_: int) -> None:
        if place.traffic.get("green"):
            place.troubles["green"] = "it exited with code 137"

    place.at_call = dies
    assert "it does not serve: it exited with code 137" in broken(place, probe=None)


def test_a_deployment_that_stops_between_two_steps_gets_no_more() -> None:
    place, report = MemoryPlace(), RecordingReport()

    def dies(_: int) -> None:
        if any(line.startswith("green at 10 %") for line in report.steps):
            place.troubles["green"] = "it exited with code 137"

    place.at_call = dies
    with pytest.raises(GuardError, match="it exited with code 137"):
        go(place, report=report)
    assert place.splits == [{"blue": 90, "green": 10}, {"blue": 100}]


def test_keys_are_asked_for_again_as_often_as_it_is_looked() -> None:
    place = MemoryPlace()
    go(place, bake=2 * LOOK_SECONDS, steps=(100,))
    assert place.openings == len(["to prove it", "at the step's begin", *["each look"] * 2])


def test_what_interrupts_the_watch_returns_the_traffic() -> None:
    place = MemoryPlace()

    def breaks() -> Figures:
        raise NotFoundError("The endpoint is not there.")

    place.measured = breaks
    with pytest.raises(NotFoundError):
        go(place)
    assert place.traffic == {"blue": 100}


def test_a_rollout_that_asks_nothing_is_warned_of() -> None:
    report = go(MemoryPlace(), probe=None)
    assert report.warnings == ["Nothing asks green anything: give --probe, or tests: in the file."]
    assert not go(MemoryPlace()).warnings


# Interrupted


def test_ctrl_c_leaves_everything_and_the_same_command_goes_on() -> None:
    place = MemoryPlace()

    def interrupt(_: int) -> None:
        if place.traffic.get("green") == 10 and place.pauses:
            raise KeyboardInterrupt

    place.at_call = interrupt
    with pytest.raises(Interrupted, match="last seen at blue 90 %, green 10 %"):
        go(place)
    place.at_call = lambda _: None
    report = go(place, run="host/2/2")
    assert report.steps[0].startswith("Going on with a rollout to green, begun by ada@example.com")
    assert place.splits == [{"blue": 90, "green": 10}, {"green": 100}]


def test_after_a_kill_a_broken_guard_still_returns_to_where_it_began() -> None:
    place = MemoryPlace()
    place.at_call = lambda _: cut_if(place.traffic.get("green") == 10)
    with pytest.raises(Killed):
        go(place)
    place.at_call, place.respond = lambda _: None, bad_green
    broken(place)


def test_after_a_kill_what_does_not_run_any_more_loses_its_traffic() -> None:
    place = under_way_there()
    place.troubles["green"] = "it exited with code 137"
    assert "it exited with code 137" in broken(place, probe=None)


def cut_if(condition: bool) -> None:
    if condition:
        raise Killed


# Others


def under_way_there() -> MemoryPlace:
    place = MemoryPlace()
    place.at_call = lambda _: cut_if(place.traffic.get("green") == 10)
    with pytest.raises(Killed):
        go(place)
    place.at_call = lambda _: None
    return place


def test_another_rollout_is_refused_with_who_and_since_when() -> None:
    place = under_way_there()
    both = replace(GREEN, deployments=(*GREEN.deployments, deployment("red")))
    with pytest.raises(ConflictError) as caught:
        go(place, endpoint=both, to="red", run="host/2/2")
    said = "a rollout to green, begun by ada@example.com at 2026-01-31T09:30:00Z"
    assert said in caught.value.message
    assert place.traffic == {"blue": 90, "green": 10}


def test_the_same_rollout_is_refused_while_its_process_runs() -> None:
    place = under_way_there()
    with pytest.raises(ConflictError, match="begun by ada"):
        go(place, run="host/2/2", is_alive={"host/1/1": True}.__contains__)


def test_a_process_whose_rollout_was_taken_over_touches_nothing_any_more() -> None:
    place = MemoryPlace()

    def take_over(_: int) -> None:
        if place.traffic.get("green") == 10:
            place.at_call = lambda _: None
            state = under_way.read(place.kept)
            assert state is not None
            place.kept.update(under_way.written(replace(state, run="elsewhere/9/9")))  # type: ignore[arg-type]

    place.at_call = take_over
    with pytest.raises(ConflictError, match="taken over by another process"):
        go(place)
    assert place.traffic == {"blue": 90, "green": 10}


def test_traffic_that_somebody_else_has_set_stays() -> None:
    place = MemoryPlace()

    def meddle(_: int) -> None:
        if place.traffic.get("green") == 10:
            place.traffic = {"blue": 80, "green": 20}

    place.at_call = meddle
    with pytest.raises(ConflictError, match="Somebody else has set the traffic"):
        go(place)
    assert place.traffic == {"blue": 80, "green": 20}


def test_a_deployment_that_serves_is_not_changed() -> None:
    place = MemoryPlace(traffic={"blue": 60, "green": 40})
    with pytest.raises(ConflictError, match="it would be changed while it serves"):
        go(place)
    assert place.deployments["green"] == deployment("green")


def test_what_has_all_the_traffic_and_is_unchanged_is_left_alone() -> None:
    place = MemoryPlace()
    go(place)
    notes, splits = list(place.notes), list(place.splits)
    report = go(place)
    assert report.steps == ["houses: nothing to do, green has 100 % of the traffic"]
    assert (place.notes, place.splits) == (notes, splits)


def test_a_canary_begun_by_hand_goes_on_from_there() -> None:
    place = MemoryPlace(traffic={"blue": 50, "green": 50})
    place.deployments["green"] = GREEN.deployments[1]
    go(place, steps=(10, 75, 100))
    assert place.splits == [{"blue": 25, "green": 75}, {"green": 100}]


def test_where_nothing_has_traffic_there_is_one_step() -> None:
    place = MemoryPlace(traffic={})
    go(place)
    assert place.splits == [{"green": 100}]
