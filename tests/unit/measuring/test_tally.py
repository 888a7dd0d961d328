"""What is counted, and what is not."""

from __future__ import annotations

from typing import Any

from azext_ml_endpoint.measuring.tally import NO_ANSWER, Sample, Tally


def tally(*samples: Sample) -> Tally:
    made = Tally()
    for each in samples:
        made.add(each)
    return made


def sample(status: int | None = 200, seconds: float = 0.5, **more: Any) -> Sample:
    return Sample(status=status, seconds=seconds, **more)


def test_failures_are_counted_by_status_and_make_no_latency() -> None:
    made = tally(
        sample(),
        sample(503, 9.0, trouble="503: busy"),
        sample(503, 9.0, trouble="503: still busy"),
        sample(302, 9.0),
        sample(None, 9.0),
    )
    assert (made.requests, made.failed, made.latencies.most) == (5, 4, 0.5)
    assert made.errors == {"503": 2, "302": 1, NO_ANSWER: 1}
    assert made.trouble == "503: busy"


def test_first_bytes_are_of_answers_that_have_some() -> None:
    made = tally(sample(first_byte=0.1), sample(204))
    assert (made.first_bytes.count, made.first_bytes.most) == (1, 0.1)


def test_who_answered_is_counted_of_so_many_names_only() -> None:
    named = [sample(deployment=f"d{each % 60}") for each in range(120)]
    made = tally(*named, sample(deployment=None), sample(500, deployment="d0"))
    assert len(made.deployments) == 50
    assert made.deployments["d0"] == 3


def test_once_it_is_closed_nothing_counts() -> None:
    made = tally(sample())
    made.close()
    made.add(sample())
    assert made.requests == 1
