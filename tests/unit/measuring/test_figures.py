"""What was measured, as data and as a picture."""

from __future__ import annotations

import json

from azext_ml_endpoint.measuring import figures
from azext_ml_endpoint.measuring.load import Outcome, Wish
from azext_ml_endpoint.measuring.tally import Sample, Tally


def outcome(*samples: Sample, seconds: float = 2.0) -> Outcome:
    tally = Tally()
    for each in samples:
        tally.add(each)
    return Outcome(Wish(repeat=9, concurrency=2), tally, seconds)


SOME = outcome(
    Sample(status=200, seconds=0.010, first_byte=0.005, deployment="blue"),
    Sample(status=200, seconds=0.010, first_byte=0.005, deployment="blue"),
    Sample(status=200, seconds=2.5, deployment="green"),
    Sample(status=503, seconds=0.001),
)


def test_all_of_it_is_data() -> None:
    data = figures.data(SOME)
    assert json.loads(json.dumps(data)) == data
    assert data == {
        "requests": 4,
        "failed": 1,
        "errors": {"503": 1},
        "concurrency": 2,
        "seconds": 2.0,
        "requests_per_second": 2.0,
        "latency_ms": {
            "min": 10.0,
            "mean": 840.0,
            "p50": data["latency_ms"]["p50"],
            "p95": 2500.0,
            "p99": 2500.0,
            "max": 2500.0,
        },
        "first_byte_ms": dict.fromkeys(("min", "mean", "p50", "p95", "p99", "max"), 5.0),
        "histogram": data["histogram"],
        "deployments": {"blue": 2, "green": 1},
    }
    assert 10.0 <= data["latency_ms"]["p50"] <= 10.06
    assert sum(each["count"] for each in data["histogram"]) == 3


def test_of_nothing_times_are_null() -> None:
    data = figures.data(outcome(seconds=0.0))
    assert set(data["latency_ms"].values()) == {None}
    assert (data["requests_per_second"], data["histogram"]) == (0.0, [])
    assert len(figures.picture(outcome())) == 1


def test_the_picture_has_a_bar_for_each_row() -> None:
    first, errors, *rows, last = figures.picture(SOME)
    assert first == "4 requests in 2.00 s, by 2 at once: 2.0 a second, 1 failed"
    assert errors == "  1 × 503"
    assert rows[0].endswith(f"{'#' * 40}  2") and rows[-1].endswith(f"{'#' * 20:40}  1")
    assert "up to      2.5 s" in rows[-1]
    assert last.startswith("p50 10 ms, p95 2.5 s")
