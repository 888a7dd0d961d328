"""The words that describe bodies."""

from __future__ import annotations

import pytest

from tests.simulator.refusal import Refusal
from tests.simulator.schema import DURATION, INTEGER, READ_ONLY, TEXT, check, record, seconds

SCHEMA = record("name", name=TEXT, number=INTEGER, time=DURATION, state=READ_ONLY)


def test_a_null_is_no_value() -> None:
    assert check({"name": "n", "number": None, "other": None}, SCHEMA) == {"name": "n"}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, "'name' is a required property. Path ''."),
        ({"name": 1}, "1 is not of type 'string'. Path 'name'."),
        ({"name": "n", "state": "s"}, "is read-only and must not be sent. Path 'state'."),
        ([], "[] is not of type 'object'. Path ''."),
    ],
)
def test_a_refusal_says_what_is_wrong_and_where(body: object, reason: str) -> None:
    with pytest.raises(Refusal) as caught:
        check(body, SCHEMA)
    assert caught.value.message == reason


@pytest.mark.parametrize(
    ("text", "value"), [("PT5S", 5), ("PT1M0.5S", 60.5), ("P1DT1H", 90000), ("PT500H", 1800000)]
)
def test_a_duration_has_seconds(text: str, value: float) -> None:
    assert check({"name": "n", "time": text}, SCHEMA)
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["", "P", "PT", "5", "5s", "PT5", "P5S", "PT5S "])
def test_another_text_is_no_duration(text: str) -> None:
    with pytest.raises(Refusal):
        check({"name": "n", "time": text}, SCHEMA)
