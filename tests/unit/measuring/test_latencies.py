"""Times in little room."""

from __future__ import annotations

import random

import pytest

from azext_ml_endpoint.measuring.latencies import Latencies


def latencies(*seconds: float) -> Latencies:
    made = Latencies()
    for each in seconds:
        made.add(each)
    return made


def test_nothing_has_no_times() -> None:
    nothing = latencies()
    assert (nothing.count, nothing.mean, nothing.percentile(0.5)) == (0, None, None)
    assert nothing.rows(10) == []


@pytest.mark.parametrize("seconds", [0.0, 1e-9, 0.012, 300.0])
def test_one_time_is_all_of_them(seconds: float) -> None:
    one = latencies(seconds)
    assert (one.least, one.mean, one.most) == (seconds, seconds, seconds)
    assert {one.percentile(share) for share in (0.01, 0.5, 0.99, 1.0)} == {seconds}
    assert [each.count for each in one.rows(10)] == [1]


@pytest.mark.parametrize("share", [0.01, 0.5, 0.95, 0.99, 1.0])
def test_a_percentile_is_the_nearest_rank_within_half_a_percent(share: float) -> None:
    generator = random.Random(7)
    seconds = [generator.lognormvariate(-4, 1) for _ in range(5000)]
    exact = sorted(seconds)[round(share * 5000) - 1]
    assert latencies(*seconds).percentile(share) == pytest.approx(exact, rel=0.0051)


def test_many_times_take_no_more_room_than_few() -> None:
    made = latencies(*(0.001 + (each % 1000) / 1e4 for each in range(100_000)))
    assert made.count == 100_000
    assert len(made._buckets) < 1000


def test_rows_count_each_time_once_and_rise() -> None:
    made = latencies(*(0.01 * 1.1**each for each in range(50)))
    rows = made.rows(8)
    assert 1 < len(rows) <= 8
    assert sum(each.count for each in rows) == 50
    assert [each.most for each in rows] == sorted(each.most for each in rows)
    assert rows[-1].most == made.most and rows[0].count and rows[-1].count


def test_rows_say_how_many_were_at_most_so_long() -> None:
    rows = latencies(0.010, 0.011, 0.100).rows(2)
    assert [each.count for each in rows] == [2, 1]
    assert 0.011 <= rows[0].most < 0.1 == rows[1].most
