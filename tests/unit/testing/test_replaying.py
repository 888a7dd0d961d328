"""Whether an answer is as the one that was collected."""

from __future__ import annotations

from typing import Any

import pytest

from azext_ml_endpoint.errors import ScoringError
from azext_ml_endpoint.scoring import Answer, Ask, Request
from azext_ml_endpoint.testing import replaying
from azext_ml_endpoint.testing.collected import Expected, Recorded


def faults(expected: bytes, found: bytes, **changes: Any) -> tuple[str, ...]:
    known = Expected(changes.get("status", 200), expected, changes.get("is_json", True))
    return replaying.faults(known, Answer(status=200, body=found))


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        (b"[1.0, 2]", b"[1, 2]"),
        (b"[205.48600001]", b"[205.486]"),
        (b'{"a": [1], "b": null}', b'{"b":null,"a":[1]}'),
        (b"not json", b"not json"),
    ],
)
def test_what_means_the_same_is_the_same(expected: bytes, found: bytes) -> None:
    assert faults(expected, found) == ()


@pytest.mark.parametrize(
    ("expected", "found", "told"),
    [
        (b"[205.4, 1]", b"[203.1, 1]", "expected [0] 205.4, got 203.1"),
        (b'{"a": {"b": [1]}}', b'{"a": {"b": [2]}}', "expected a.b[0] 1, got 2"),
        (b"[1]", b"[1, 2]", "expected @ [1], got [1, 2]"),
        (b'{"a": 1}', b'{"b": 1}', 'expected @ {"a": 1}, got {"b": 1}'),
        (b"true", b"1", "expected @ true, got 1"),
        (b"[1]", b"oops", "expected [1], got oops"),
    ],
)
def test_what_differs_is_told_with_its_path(expected: bytes, found: bytes, told: str) -> None:
    assert faults(expected, found) == (told,)


def test_of_many_differences_some_are_told() -> None:
    assert len(faults(b"[1,2,3,4,5]", b"[6,7,8,9,10]")) == 3


def test_text_is_compared_as_text() -> None:
    assert faults(b"1.0", b"1", is_json=False) == ("expected 1.0, got 1",)


def test_another_status_says_it_all() -> None:
    assert faults(b"[1]", b"[2]", status=424) == ("expected status 424, got 200: [2]",)


def test_without_a_collected_answer_only_the_status_counts() -> None:
    assert replaying.faults(None, Answer(status=200, body=b"anything")) == ()
    assert replaying.faults(None, Answer(status=500, body=b"x")) == (
        "expected status 200, got 500: x",
    )


class Service:
    def __init__(self, ask: Ask) -> None:
        self.ask = ask

    def opened(self, name: str, timeout: float) -> Ask:
        return self.ask

    def observe(self, name: str) -> Any:
        raise AssertionError


def test_each_is_sent_once_and_in_order() -> None:
    asked = []

    def ask(deployment: str | None, request: Request) -> Answer:
        asked.append((deployment, request.body))
        if request.body == b"2":
            raise ScoringError("nobody answers")
        return Answer(status=200, body=b"[1]")

    told = [Recorded(f"a.jsonl:{each}", Request(body=b"%d" % each)) for each in (1, 2)]
    results = replaying.run(Service(ask), "houses", told, "green", clock=iter(range(9)).__next__)
    assert asked == [("green", b"1"), ("green", b"2")]
    assert [each.passed for each in results.results] == [True, False]
    assert "got none: nobody answers" in results.results[1].faults[0]
