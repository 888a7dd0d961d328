"""One grammar of times for all options, and the bounds of each."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable
from datetime import timedelta

import pytest

from azext_ml_endpoint.cli.times import age, latency, to_wait, to_watch

WEEK = 7 * 24 * 3600.0
NONE = ("", "m", "soon", "nan", "inf", "infs", "5 m", "5mm", "5M", "5m3s", "1ee3", "e", "٥m")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("300", 300.0),
        ("0.5", 0.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("+5", 5.0),
        (" 30s ", 30.0),
        ("800ms", 0.8),
        ("1.5s", 1.5),
        ("5m", 300.0),
        ("1.5h", 5400.0),
        ("1d", 24 * 3600.0),
        ("1w", WEEK),
    ],
)
@pytest.mark.parametrize("read", [to_wait, to_watch])
def test_a_time_has_a_unit_or_is_in_seconds(
    read: Callable[[str], float], text: str, seconds: float
) -> None:
    assert read(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["0", "0s", "0m"])
def test_a_step_need_not_be_watched(text: str) -> None:
    assert to_watch(text) == 0


def test_a_latency_has_its_unit() -> None:
    assert latency("800ms") == pytest.approx(0.8)
    assert latency("1.5s") == 1.5
    for text in ("800", "0"):
        with pytest.raises(
            ArgumentTypeError, match=f"'{text}' is no time such as 800ms or 1.5s: it"
        ):
            latency(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7d", timedelta(days=7)),
        ("12h", timedelta(hours=12)),
        ("30m", timedelta(minutes=30)),
        ("90s", timedelta(seconds=90)),
        ("1.5d", timedelta(hours=36)),
        ("0d", timedelta()),
        ("99999w", timedelta(weeks=99999)),
    ],
)
def test_an_age_has_its_unit(text: str, expected: timedelta) -> None:
    assert age(text) == expected


def test_an_age_without_a_unit_is_refused_with_an_example() -> None:
    with pytest.raises(
        ArgumentTypeError, match="'7' is no time such as 7d or 12h: it needs its unit"
    ):
        age("7")


@pytest.mark.parametrize(
    ("read", "examples"),
    [
        (to_wait, r"300 \(seconds\), 5m, 1.5s or 800ms"),
        (to_watch, r"300 \(seconds\), 5m, 1.5s or 800ms"),
        (latency, "800ms or 1.5s"),
        (age, "7d or 12h"),
    ],
)
@pytest.mark.parametrize("text", NONE)
def test_what_is_no_time_is_refused_with_what_is_one(
    read: Callable[[str], object], examples: str, text: str
) -> None:
    with pytest.raises(ArgumentTypeError, match=rf"is no time such as {examples}"):
        read(text)


@pytest.mark.parametrize(
    ("read", "text", "said"),
    [
        (to_wait, "0", "'0' must be more than 0"),
        (to_wait, "-1", "'-1' must be more than 0"),
        (to_wait, "1e300", "'1e300' is longer than 1000000000s"),
        (to_watch, "-5m", "'-5m' must be 0 or more than 0"),
        (to_watch, "200h", "'200h' is longer than 1w"),
        (latency, "0ms", "'0ms' must be more than 0"),
        (latency, "8d", "'8d' is longer than 1w"),
        (age, "-1d", "'-1d' must be 0 or more than 0"),
        (age, "100000w", "'100000w' is longer than 99999w"),
    ],
)
def test_each_time_has_its_bounds(read: Callable[[str], object], text: str, said: str) -> None:
    with pytest.raises(ArgumentTypeError, match=f"^{said}$"):
        read(text)
