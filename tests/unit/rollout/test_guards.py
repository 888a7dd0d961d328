from __future__ import annotations

import pytest

from azext_ml_endpoint.rollout.guards import Figures, Limits, Sample, broken, measured, percentile

GOOD = [Sample(seconds=0.1)] * 99
BAD = Sample(seconds=0.1, fault="it answered 500")


def monitor(requests: int, errors: int, p95: float | None = None) -> Figures:
    return Figures(source="Azure Monitor", requests=requests, errors=errors, p95=p95)


def test_the_first_error_is_one_too_many_where_nothing_else_is_said() -> None:
    said = broken(Limits(), [measured([*GOOD, BAD])])
    assert said == (
        "error rate: 1 of 100 requests failed (1 %), p95 latency 100 ms [probe]; "
        "--max-error-rate is 0 %: it answered 500"
    )


def test_as_many_errors_as_are_allowed_are_allowed() -> None:
    assert broken(Limits(error_rate=0.01), [measured([*GOOD, BAD])]) is None
    assert broken(Limits(error_rate=0.01), [measured([*GOOD, BAD, BAD])])


def test_what_is_slow_breaks_the_guard_of_latency_alone() -> None:
    slow = measured([Sample(seconds=0.9)])
    assert broken(Limits(), [slow]) is None
    said = broken(Limits(p95=0.8), [slow])
    assert said is not None
    assert said.startswith("latency: 0 of 1 request failed (0 %), p95 latency 900 ms")
    assert said.endswith("--max-p95 is 800 ms")


def test_metrics_break_guards_as_the_probe_does() -> None:
    sound = measured(GOOD)
    limits = Limits(error_rate=0.01, p95=0.8)
    assert broken(limits, [sound, monitor(1000, 10, 0.8)]) is None
    assert "[Azure Monitor]" in str(broken(limits, [sound, monitor(1000, 11)]))
    assert "[Azure Monitor]" in str(broken(limits, [sound, monitor(1000, 0, 0.81)]))


def test_nothing_asked_is_nothing_wrong() -> None:
    assert broken(Limits(p95=0.1), [measured([]), monitor(0, 0)]) is None


@pytest.mark.parametrize(
    ("values", "expected"),
    [([], None), ([3.0], 3.0), ([float(n) for n in range(1, 21)], 19.0), ([2.0, 1.0], 2.0)],
)
def test_a_percentile_is_one_of_the_values(values: list[float], expected: float | None) -> None:
    assert percentile(values) == expected


def test_the_commonest_fault_is_told() -> None:
    other = Sample(seconds=0.1, fault="no answer")
    assert measured([other, BAD, BAD]).fault == "it answered 500"
