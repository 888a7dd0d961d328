"""What was measured: as data, and as a picture for people."""

from __future__ import annotations

from typing import Any

from azext_ml_endpoint.measuring.latencies import Latencies
from azext_ml_endpoint.measuring.load import Outcome

_SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
_ROWS, _WIDTH = 10, 40
"""Of the picture; the latter in characters."""


def data(outcome: Outcome) -> dict[str, Any]:
    """Times that nobody has measured are null."""
    tally = outcome.tally
    return {
        "requests": tally.requests,
        "failed": tally.failed,
        "errors": dict(tally.errors),
        "concurrency": outcome.wish.concurrency,
        "seconds": round(outcome.seconds, 3),
        "requests_per_second": round(rate(outcome), 2),
        "latency_ms": _shares(tally.latencies),
        "first_byte_ms": _shares(tally.first_bytes),
        "histogram": [
            {"up_to_ms": _milliseconds(each.most), "count": each.count}
            for each in tally.latencies.rows(_ROWS)
        ],
        "deployments": dict(tally.deployments),
    }


def picture(outcome: Outcome) -> list[str]:
    """Its lines."""
    tally = outcome.tally
    took = f"{tally.requests} requests in {outcome.seconds:.2f} s, by {outcome.wish.concurrency} "
    lines = [f"{took}at once: {rate(outcome):.1f} a second, {tally.failed} failed"]
    lines += [f"  {count} × {status}" for status, count in tally.errors.most_common()]
    rows = tally.latencies.rows(_ROWS)
    most = max((each.count for each in rows), default=1)
    for each in rows:
        drawn = "#" * round(_WIDTH * each.count / most)
        lines.append(f"  up to {_short(each.most):>10}  {drawn:{_WIDTH}}  {each.count}".rstrip())
    if rows:
        shares = {name: tally.latencies.percentile(share) for name, share in _SHARES.items()}
        lines.append(", ".join(f"{name} {_short(value or 0)}" for name, value in shares.items()))
    return lines


def rate(outcome: Outcome) -> float:
    """Requests a second, those that failed included."""
    return outcome.tally.requests / outcome.seconds if outcome.seconds else 0.0


def _shares(latencies: Latencies) -> dict[str, float | None]:
    known = latencies.count > 0
    return {
        "min": _milliseconds(latencies.least) if known else None,
        "mean": _milliseconds(latencies.mean),
        **{name: _milliseconds(latencies.percentile(share)) for name, share in _SHARES.items()},
        "max": _milliseconds(latencies.most) if known else None,
    }


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 3)


def _short(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"
