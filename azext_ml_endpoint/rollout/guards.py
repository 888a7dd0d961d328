"""When a deployment does not do well: error rate, latency, and whether it runs at all. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

PROBE = "probe"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """error_rate: from 0 to 1; with 0 the first error is one too many. p95: seconds."""

    error_rate: float = 0.0
    p95: float | None = None


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One request. seconds: until its answer. fault: what was wrong with it, or None."""

    seconds: float
    fault: str | None = None


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What was measured, and by whom. p95: seconds; None where nothing says it."""

    source: str
    requests: int
    errors: int
    p95: float | None = None
    fault: str | None = None
    """What was wrong most often."""

    @property
    def error_rate(self) -> float:
        return self.errors / self.requests if self.requests else 0.0

    def __str__(self) -> str:
        """``1 of 20 requests failed (5 %), p95 latency 120 ms [probe]``."""
        if not self.requests:
            return f"no requests [{self.source}]"
        noun = "request" if self.requests == 1 else "requests"
        rate = f"{self.errors} of {self.requests} {noun} failed ({percent(self.error_rate)})"
        latency = "" if self.p95 is None else f", p95 latency {milliseconds(self.p95)}"
        return f"{rate}{latency} [{self.source}]"


def measured(samples: Sequence[Sample]) -> Figures:
    """The figures of what was asked. Answers that were wrong count for the latency too."""
    faults = Counter(each.fault for each in samples if each.fault)
    return Figures(
        source=PROBE,
        requests=len(samples),
        errors=sum(faults.values()),
        p95=percentile([each.seconds for each in samples]),
        fault=faults.most_common(1)[0][0] if faults else None,
    )


def broken(limits: Limits, all_figures: Iterable[Figures]) -> str | None:
    """The first guard that breaks, with its figures; None where all is well."""
    return next(filter(None, (_broken(limits, figures) for figures in all_figures)), None)


def _broken(limits: Limits, figures: Figures) -> str | None:
    if figures.requests and figures.error_rate > limits.error_rate:
        most = f"--max-error-rate is {percent(limits.error_rate)}"
        said = f": {figures.fault}" if figures.fault else ""
        return f"error rate: {figures}; {most}{said}"
    if figures.p95 is not None and limits.p95 is not None and figures.p95 > limits.p95:
        return f"latency: {figures}; --max-p95 is {milliseconds(limits.p95)}"
    return None


def percentile(values: Sequence[float], share: float = 0.95) -> float | None:
    """The nearest rank: a value that is among them. None of nothing."""
    if not values:
        return None
    return sorted(values)[math.ceil(share * len(values)) - 1]


def percent(rate: float) -> str:
    return f"{rate * 100:.3g} %"


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"
