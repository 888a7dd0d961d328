from __future__ import annotations

import pytest

from azext_ml_endpoint.errors import UsageError
from azext_ml_endpoint.rollout.probe import Probe, expectation
from azext_ml_endpoint.scoring import Answer, Request

REQUEST = Request(body=b"{}")


def fault(body: bytes, *expected: str, status: int | None = None, answered: int = 200) -> object:
    probe = Probe(request=REQUEST, status=status, expectations=tuple(map(expectation, expected)))
    return probe.fault(Answer(status=answered, body=body))


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("length(@) == 2", b"[1, 2]"),
        ("[0] > 0.5", b"[0.75]"),
        ("result.label == cat", b'{"result": {"label": "cat"}}'),
        ('result.label=="cat"', b'{"result": {"label": "cat"}}'),
        ("error == null", b'{"answer": 1}'),
        ("[?price > `3`] | length(@) == 1", b'[{"price": 2}, {"price": 4}]'),
        ("a != 1", b'{"a": 2}'),
        ("a <= 1", b'{"a": 1}'),
    ],
)
def test_what_is_as_expected_has_no_fault(text: str, body: bytes) -> None:
    assert fault(body, text) is None


def test_what_is_not_as_expected_is_told_with_what_it_is() -> None:
    assert fault(b"[1, 2, 3]", "length(@) == 2") == "length(@) is 3, not == 2"
    assert fault(b'{"a": "x"}', "a > 1") == 'a is "x", not > 1'
    assert fault(b"[1]", "[0] == 1", "[0] == 2") == "[0] is 1, not == 2"


def test_an_answer_that_is_no_json_is_not_as_expected() -> None:
    assert fault(b"<html>", "a == 1") == "its answer is no JSON: <html>"
    assert fault(b"<html>") is None


def test_the_status_must_be_below_400_or_the_expected_one() -> None:
    assert fault(b'{"message": "boom"}', answered=500) == "it answered 500 boom"
    assert fault(b"", status=201) == "it answered 200, not 201"
    assert fault(b"", status=404, answered=404) is None


@pytest.mark.parametrize("text", ["", "price", "== 3", "a[ == 1", "a =", "a === "])
def test_what_is_no_comparison_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--expect"):
        expectation(text)
