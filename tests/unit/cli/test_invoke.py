"""What is sent is said once."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

import pytest

from azext_ml_endpoint.cli.invoke import measured_row, one_body, one_purpose
from azext_ml_endpoint.errors import UsageError


@pytest.mark.parametrize(
    ("request_file", "data"), [("request.json", None), (None, "{}"), (None, ""), (None, "-")]
)
def test_one_body_is_enough(request_file: str | None, data: str | None) -> None:
    one_body(Namespace(request_file=request_file, data=data))


@pytest.mark.parametrize("data", ["{}", ""])
def test_two_bodies_are_refused(data: str) -> None:
    with pytest.raises(UsageError, match="not both"):
        one_body(Namespace(request_file="request.json", data=data))


def test_no_body_is_refused_with_the_three_ways_to_give_one() -> None:
    with pytest.raises(UsageError, match=r"--request-file FILE, --data TEXT or --data -"):
        one_body(Namespace(request_file=None, data=None))


def asked(**options: Any) -> Namespace:
    given = {"repeat": None, "duration": None, "concurrency": None, "include": False, "out": None}
    return Namespace(**{**given, **options})


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"include": True, "out": "x"},
        {"repeat": 5},
        {"duration": 1.0, "concurrency": 8},
        {"repeat": 5, "duration": 1.0},
    ],
)
def test_one_purpose_is_enough(options: dict[str, Any]) -> None:
    one_purpose(asked(**options))


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"concurrency": 2}, "add --repeat N or --duration"),
        ({"repeat": 5, "include": True}, "--include is for one answer"),
        ({"duration": 1.0, "out": "x"}, "--out is for one answer"),
    ],
)
def test_two_purposes_are_refused(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        one_purpose(asked(**options))


LATENCIES = {"min": 1.0, "mean": 12.0, "p50": 12.3456, "p95": 20.0, "p99": 1234.5, "max": 1300.0}
MEASURED = {
    "requests": 10,
    "failed": 3,
    "errors": {"503": 2, "no answer": 1},
    "requests_per_second": 5.0,
    "latency_ms": LATENCIES,
    "deployments": {},
}


def test_what_was_measured_is_one_row() -> None:
    assert measured_row(MEASURED) == {
        "Requests": 10,
        "Failed": 3,
        "Requests/s": 5.0,
        "p50": "12.35 ms",
        "p95": "20 ms",
        "p99": "1234 ms",
        "Errors": "503: 2, no answer: 1",
    }
    nothing = {**MEASURED, "latency_ms": dict.fromkeys(LATENCIES)}
    assert measured_row(nothing)["p50"] == ""


@pytest.mark.parametrize("answer", [{"requests": 1, "failed": 0}, [1, 2], "text", 5, None])
def test_an_endpoints_answer_is_no_such_row(answer: Any) -> None:
    assert measured_row(answer) is answer
