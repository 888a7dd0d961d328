from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.document.model import Check, Comparison, Deployment, Endpoint
from azext_ml_endpoint.errors import FileAccessError, NotFoundError, ScoringError
from azext_ml_endpoint.plan.observed import ObservedEndpoint
from azext_ml_endpoint.scoring import Answer, Ask, Request
from azext_ml_endpoint.testing import runner
from tests.fakes.builders import deployment, endpoint, observed, observed_deployment
from tests.fakes.recording_report import RecordingReport


class Place:
    """Answers with what it was asked, or as ``answering`` says. Each answer takes 2 seconds."""

    def __init__(self, there: ObservedEndpoint | None = None) -> None:
        self.there = there
        self.asked: list[tuple[str | None, bytes, str]] = []
        self.answering: dict[str | None, Callable[[Request], Answer]] = {}
        self.opened_for: list[tuple[str, float]] = []
        self.now = 0.0

    def opened(self, name: str, timeout: float) -> Ask:
        self.opened_for.append((name, timeout))
        return self._ask

    def observe(self, name: str) -> ObservedEndpoint:
        assert self.there is not None and self.there.name == name
        return self.there

    def _ask(self, deployment: str | None, request: Request) -> Answer:
        self.asked.append((deployment, request.body, request.content_type))
        self.now += 2
        answering = self.answering.get(deployment)
        return answering(request) if answering else Answer(status=200, body=request.body)

    def clock(self) -> float:
        return self.now


def check(name: str, **changes: Any) -> Check:
    return Check(**{"name": name, "body": json.dumps(name).encode(), **changes})


WANTED = endpoint(
    deployment("blue", tests=(check("b1"), check("b2"))),
    deployment("green", tests=(check("g"),)),
    tests=(check("all"),),
)


@pytest.mark.parametrize(
    ("deployment", "sent"),
    [
        (None, [(None, "all"), ("blue", "b1"), ("blue", "b2"), ("green", "g")]),
        ("blue", [("blue", "all"), ("blue", "b1"), ("blue", "b2")]),
        ("grey", [("grey", "all")]),
    ],
)
def test_who_is_sent_what(deployment: str | None, sent: list[tuple[str | None, str]]) -> None:
    place = Place()
    runner.run(place, WANTED, deployment, timeout=7)
    assert [(to, json.loads(body)) for to, body, _ in place.asked] == sent
    assert place.opened_for == [("houses", 7)]


def test_without_tests_nothing_is_opened() -> None:
    place = Place()
    results = runner.run(place, endpoint(deployment("blue")))
    assert (results.passed, results.results, place.opened_for) == (True, (), [])


def test_a_result_has_who_what_and_how_long() -> None:
    place = Place()
    place.answering["blue"] = lambda _: Answer(status=500, body=b"broken")
    tests = (check("slow", max_latency_ms=1999),)
    results = runner.run(
        place, endpoint(deployment("blue", tests=(check("b"),)), tests=tests), clock=place.clock
    )
    assert results.data() == [
        {
            "name": "slow",
            "deployment": None,
            "outcome": "failed",
            "status": 200,
            "latency_ms": 2000,
            "faults": ["expected an answer within 1999 ms, got it after 2000 ms"],
        },
        {
            "name": "b",
            "deployment": "blue",
            "outcome": "failed",
            "status": 500,
            "latency_ms": 2000,
            "faults": ["expected status 200, got 500: broken"],
        },
    ]


def test_no_answer_is_a_fault_and_the_others_are_asked_all_the_same() -> None:
    place = Place()

    def refuse(_: Request) -> Answer:
        raise ScoringError("the connection was closed")

    place.answering["blue"] = refuse
    results = runner.run(place, WANTED)
    assert [each.passed for each in results.results] == [True, False, False, True]
    assert results.failed[0].faults == ("expected an answer, got none: the connection was closed",)
    assert results.failed[0].status is None


def test_why_there_is_no_answer_is_not_cut_off_with_where() -> None:
    place, where = Place(), "Deployment blue of endpoint houses: http://127.0.0.1:28379/score "

    def refuse(_: Request) -> Answer:
        raise ScoringError(where + "gave no answer within 60 s." + " more" * 100)

    place.answering["blue"] = refuse
    (fault,) = runner.run(place, WANTED).failed[0].faults
    assert "gave no answer within 60 s." in fault
    assert len(fault) < 400 and fault.endswith("…")


def test_a_request_file_is_sent_byte_by_byte(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_bytes(b"1;2\r\n\xff")
    place = Place()
    rows = Check(name="rows", request_file=file, content_type="text/csv")
    runner.run(place, endpoint(tests=(rows,)))
    assert place.asked == [(None, b"1;2\r\n\xff", "text/csv")]


def test_a_request_file_that_has_vanished_is_named(tmp_path: Path) -> None:
    gone = Check(name="gone", request_file=tmp_path / "gone.json")
    with pytest.raises(FileAccessError, match=r"gone\.json: No such file"):
        runner.run(Place(), endpoint(tests=(gone,)))


def test_an_endpoint_that_is_not_there_is_no_failed_test() -> None:
    class Nowhere(Place):
        def opened(self, name: str, timeout: float) -> Ask:
            raise NotFoundError(f"no {name}")

    with pytest.raises(NotFoundError):
        runner.run(Nowhere(), WANTED)


# The gate


def gated(place: Place, wanted: Endpoint = WANTED) -> tuple[Callable[[str], str | None], Any]:
    report = RecordingReport()
    gate = runner.gate(place, wanted, report)
    assert gate is not None
    return gate, report


def test_a_gate_is_open_to_those_who_pass() -> None:
    place = Place()
    gate, report = gated(place)
    assert gate("green") is None
    assert [to for to, _, _ in place.asked] == ["green", "green"]
    assert [line.split()[0] for line in report.steps] == ["passed", "passed"]


def test_a_gate_says_what_was_wrong_first() -> None:
    place = Place()
    place.answering["green"] = lambda _: Answer(status=424, body=b"it broke")
    gate, _ = gated(place)
    assert gate("green") == "2 of 2 tests failed: all: expected status 200, got 424: it broke"


def test_where_there_are_no_tests_there_is_no_gate() -> None:
    assert runner.gate(Place(), endpoint(deployment("blue")), RecordingReport()) is None


def test_what_took_a_deployments_place_is_sent_its_tests() -> None:
    blue_2 = observed_deployment(Deployment(name="blue-2"))
    place = Place(observed(blue_2, kept={"ml-endpoint.twin.blue": "blue-2"}))
    gate, _ = gated(place)
    assert gate("blue-2") is None
    assert [json.loads(body) for _, body, _ in place.asked] == ["all", "b1", "b2"]


@pytest.mark.parametrize("deployment", ["blue", None])
def test_the_files_names_are_those_of_who_took_their_place(deployment: str | None) -> None:
    blue_2 = observed_deployment(Deployment(name="blue-2"))
    place = Place(observed(blue_2, kept={"ml-endpoint.twin.blue": "blue-2"}))
    runner.run_in_place(place, WANTED, deployment, timeout=7)
    asked = [to for to, _, _ in place.asked]
    assert asked == (["blue-2"] * 3 if deployment else [None, "blue-2", "blue-2", "green"])


def test_a_twin_in_the_plan_needs_no_look() -> None:
    twin = replace(WANTED.deployments[0], name="blue-2")
    place = Place()
    gate, _ = gated(place, replace(WANTED, deployments=(twin,)))
    assert gate("blue-2") is None
    assert len(place.asked) == 3


def test_json_is_compared() -> None:
    wrong = check("x", json=(Comparison(path="@", sign="==", value="y"),))
    gate, _ = gated(Place(), endpoint(deployment("blue"), tests=(wrong,)))
    assert gate("blue") == '1 of 1 test failed: x: expected @ == "y", got "x"'
