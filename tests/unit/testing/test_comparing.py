from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from azext_ml_endpoint.document.model import Check, Comparison, Sign
from azext_ml_endpoint.scoring import Answer
from azext_ml_endpoint.testing import comparing


def compared(sign: Any, value: Any, found: Any, tolerance: float | None = None) -> bool:
    comparison = Comparison(path="a", sign=sign, value=value, tolerance=tolerance)
    return comparing.fault(comparison, {"a": found}) is None


def answer(body: Any = (), status: int = 200, **headers: str) -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status=status, body=raw, headers=headers)


def faults(check: Check, body: Any = (), status: int = 200, seconds: float = 0.1) -> list[str]:
    return list(comparing.faults(check, answer(body, status), seconds))


def expecting(*json: tuple[str, Sign, Any], **others: Any) -> Check:
    comparisons = [Comparison(path=path, sign=sign, value=value) for path, sign, value in json]
    return Check(name="a test", json=tuple(comparisons), **others)


@pytest.mark.parametrize(
    ("sign", "value", "found"),
    [
        ("==", 2, 2),
        ("==", 2, 2.0),
        ("==", None, None),
        ("==", [1, {"a": [True]}], [1.0, {"a": [True]}]),
        ("!=", True, 1),
        ("!=", "1", 1),
        ("!=", [1], [1, 2]),
        ("!=", {"a": 1}, {"a": 1, "b": 2}),
        ("!=", [0], [False]),
        ("<", 2, 1),
        ("<=", 2, 2),
        (">", 1.5, 2),
        (">=", "a", "b"),
        ("approx", 0.3, 0.1 + 0.2),
        ("approx", 0, 0),
        ("approx", [1, [2]], [1.0000001, [2]]),
        ("contains", "lu", "blue"),
        ("contains", 1, [0, 1]),
        ("contains", {"a": 1}, [{"a": 1.0}]),
        ("contains", "b", {"b": None}),
        ("length", 2, [1, 2]),
        ("length", 0, ""),
        ("length", 1, {"a": 1}),
        ("exists", True, 0),
        ("exists", True, False),
        ("exists", False, None),
    ],
)
def test_these_are_true(sign: str, value: Any, found: Any) -> None:
    assert compared(sign, value, found)


@pytest.mark.parametrize(
    ("sign", "value", "found"),
    [
        ("==", 1, True),
        ("==", 2, None),
        ("==", [1, 2], [2, 1]),
        ("!=", 2, 2.0),
        ("<", 2, 2),
        ("<", 2, None),
        ("<", 2, True),
        ("<", 2, "1"),
        (">", "a", 1),
        (">=", 2, [3]),
        ("approx", 205.5, 205.6),
        ("approx", 1, True),
        ("approx", 1, None),
        ("approx", [1], [1, 1]),
        ("approx", [1], 1),
        ("approx", 1, "1"),
        ("approx", 1, float("nan")),
        ("contains", 1, [True]),
        ("contains", 1, "1"),
        ("contains", "a", None),
        ("length", 2, 2),
        ("length", 2, None),
        ("exists", True, None),
        ("exists", False, 0),
    ],
)
def test_these_are_not(sign: str, value: Any, found: Any) -> None:
    assert not compared(sign, value, found)


def test_a_tolerance_is_how_far_a_number_may_be_off() -> None:
    assert compared("approx", 205.5, 205.48, tolerance=0.1)
    assert compared("approx", [205.5, 68.6], [205.48, 68.63], tolerance=0.1)
    assert not compared("approx", 205.5, 205.61, tolerance=0.1)
    assert not compared("approx", 205.5, 205.5000001, tolerance=0)


def test_a_fault_says_what_was_expected_and_what_came() -> None:
    check = expecting(
        ("length(@)", "==", 3),
        ("[0]", ">", 300),
        ("[1].name", "contains", "blue"),
        ("[2]", "exists", True),
        ("[0]", "exists", False),
    )
    assert faults(check, [205.48, {"name": "green"}]) == [
        "expected length(@) == 3, got 2",
        "expected [0] > 300, got 205.48",
        'expected [1].name contains "blue", got "green"',
        "expected [2] to exist, got null",
        "expected [0] not to exist, got 205.48",
    ]


def test_a_fault_tells_the_tolerance() -> None:
    near = Comparison(path="@", sign="approx", value=[1, 2], tolerance=0.5)
    assert comparing.fault(near, [1, 3]) == "expected @ approx [1, 2] ± 0.5, got [1, 3]"


def test_long_values_are_cut() -> None:
    (fault,) = faults(expecting(("@", "==", "x" * 1000)), ["y" * 1000])
    assert len(fault) < 200
    assert fault.endswith("…")


def test_a_path_that_does_not_fit_the_answer_is_a_fault() -> None:
    (fault,) = faults(expecting(("length(@)", "==", 2)), 5)
    assert fault.startswith("length(@): In function length(), invalid type for value: 5")


def test_another_status_is_the_only_fault_and_has_the_servers_words() -> None:
    check = expecting(("@", "==", 1), max_latency_ms=1)
    assert faults(check, {"message": "cannot read\nyour rows"}, status=400) == [
        "expected status 200, got 400: cannot read your rows"
    ]
    assert faults(check, b"", status=502) == ["expected status 200, got 502"]


def test_an_error_may_be_expected() -> None:
    check = expecting(("message", "contains", "rows"), status=400)
    assert faults(check, {"message": "no rows"}, status=400) == []
    assert faults(check, {"message": "no rows"}) == ["expected status 400, got 200: no rows"]


def test_an_answer_that_is_no_json_is_one_fault() -> None:
    check = expecting(("a", "==", 1), ("b", "==", 1))
    assert faults(check, b"<html>") == ["expected JSON, got <html>"]
    assert faults(check, b"") == ["expected JSON, got nothing"]
    assert faults(expecting(), b"<html>") == []


def test_the_text_is_compared_without_white_space_around_it() -> None:
    text = (Comparison(path="", sign="==", value="ok"),)
    assert faults(expecting(text=text), b" ok\n") == []
    assert faults(expecting(text=text), b"no") == ['expected text == "ok", got "no"']


def test_an_answer_may_take_as_long_as_it_may() -> None:
    check = expecting(max_latency_ms=800)
    assert faults(check, seconds=0.8) == []
    assert faults(check, seconds=0.9) == ["expected an answer within 800 ms, got it after 900 ms"]


@pytest.mark.parametrize(
    ("most", "told"),
    [
        (1600, []),
        (1499, ["expected the first token within 1499 ms, got it after 1500 ms"]),
    ],
)
def test_the_first_token_has_a_time_of_its_own(most: int, told: list[str]) -> None:
    body = b'data: {"text": "a"}\n\ndata: {"text": "b"}\n\n'
    streamed = replace(
        answer(body, **{"content-type": "text/event-stream"}), began=1.0, arrivals=[(21, 2.5)]
    )
    check = expecting(first_token_ms=most, text=(Comparison(path="", sign="==", value="ab"),))
    assert list(comparing.faults(check, streamed, 9)) == told
    assert list(comparing.faults(check, replace(streamed, body=b"", arrivals=()), 9)) == [
        'expected text == "ab", got ""',
        f"expected the first token within {most} ms, got none",
    ]
