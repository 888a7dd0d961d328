"""Percentages and statuses, as the options of a rollout have them, and what goes together."""

from __future__ import annotations

from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable

import pytest

from azext_ml_endpoint.cli.rollout import expectations, percentage, rising, status
from azext_ml_endpoint.errors import UsageError


@pytest.mark.parametrize(
    ("text", "share"), [("1%", 0.01), ("0.5%", 0.005), ("0", 0.0), ("2", 0.02)]
)
def test_percentages_are_of_100(text: str, share: float) -> None:
    assert percentage(text) == pytest.approx(share)


def test_steps_rise() -> None:
    assert rising("10,50,100") == (10, 50, 100)
    assert rising("5%, 100%") == (5, 100)


@pytest.mark.parametrize(
    ("read", "text"),
    [
        *((percentage, text) for text in ("", "%", "-1%", "101%", "1/2")),
        *(
            (rising, text)
            for text in ("", "10,", "0,100", "50,50", "50,10", "10,101", "1.5", "ten")
        ),
        *((status, text) for text in ("", "ok", "99", "600")),
    ],
)
def test_what_is_no_amount_is_refused(read: Callable[[str], object], text: str) -> None:
    with pytest.raises(ArgumentTypeError):
        read(text)


@pytest.mark.parametrize(
    ("given", "option"),
    [({"expect": ["a == 1"]}, "--expect "), ({"expect_status": 200}, "--expect-status ")],
)
def test_who_expects_something_must_ask(given: dict[str, object], option: str) -> None:
    nothing = {"probe": None, "expect": None, "expect_status": None}
    with pytest.raises(UsageError, match=f"^{option}.*--probe"):
        expectations(Namespace(**{**nothing, **given}))
    expectations(Namespace(**{**nothing, **given, "probe": "request.json"}))
