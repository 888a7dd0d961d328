from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable

import pytest

from azext_ml_endpoint._amounts import duration, percentage, rising, some_time, status


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5m", 300.0), ("30s", 30.0), ("800ms", 0.8), ("1.5h", 5400.0), ("0", 0.0), ("0s", 0.0)],
)
def test_times_have_units(text: str, seconds: float) -> None:
    assert duration(text) == pytest.approx(seconds)


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
        *((duration, text) for text in ("", "5", "m", "-5m", "5 m", "5d", "1e3s", "٥m", "200h")),
        (some_time, "0"),
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
