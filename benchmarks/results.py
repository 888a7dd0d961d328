"""Timings, targets, and the table that sets one against the other."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Literal

Comparison = Literal["ratio", "difference"]


@dataclass(frozen=True)
class Target:
    """What a row must keep: ours / theirs, or ours - theirs in seconds, is at most `limit`."""

    comparison: Comparison
    limit: float

    def value(self, ours: list[float], theirs: list[float]) -> float:
        """The compared figure, from the medians."""
        mine, other = median(ours), median(theirs)
        return mine / other if self.comparison == "ratio" else mine - other

    def text(self, value: float) -> str:
        return f"{value:.3f} ×" if self.comparison == "ratio" else f"{value:+.2f} s"


@dataclass(frozen=True)
class Row:
    """One operation. `ours` and `theirs` are seconds, one per run; either may be empty."""

    operation: str
    baseline: str
    ours: list[float]
    theirs: list[float]
    target: Target

    @property
    def value(self) -> float | None:
        if not (self.ours and self.theirs):
            return None
        return self.target.value(self.ours, self.theirs)

    @property
    def met(self) -> bool:
        return self.value is not None and self.value <= self.target.limit

    def markdown(self) -> str:
        value = "–" if self.value is None else self.target.text(self.value)
        limit = f"≤ {self.target.text(self.target.limit)}"
        verdict = "–" if self.value is None else "yes" if self.met else "**no**"
        cells = [self.operation, spread(self.ours), self.baseline, spread(self.theirs)]
        return f"| {' | '.join([*cells, value, limit, verdict])} |"

    def as_json(self) -> dict[str, object]:
        return {
            "operation": self.operation,
            "baseline": self.baseline,
            "ours_seconds": self.ours,
            "baseline_seconds": self.theirs,
            "comparison": self.target.comparison,
            "value": self.value,
            "limit": self.target.limit,
            "met": self.met,
        }


def spread(seconds: list[float]) -> str:
    """The median with minimum and maximum: `25.31 s (24.90–25.55)`."""
    if not seconds:
        return "–"
    return f"{median(seconds):.2f} s ({min(seconds):.2f}–{max(seconds):.2f})"


def markdown(rows: list[Row]) -> str:
    """The table, one line per row."""
    head = "| operation | this extension | compared with | it takes | figure | target | met |"
    return "\n".join([head, "|---|---:|---|---:|---:|---:|---|", *(row.markdown() for row in rows)])
