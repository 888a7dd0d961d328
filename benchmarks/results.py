"""Figures, targets, and the table that sets one against the other."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Literal

Comparison = Literal["ratio", "difference", "itself"]


@dataclass(frozen=True)
class Target:
    """What a row must keep: ours / theirs, ours - theirs, or ours itself is at most `limit`.

    limit: None where nothing is demanded, and the figure is only told.
    """

    comparison: Comparison
    limit: float | None = None

    def value(self, ours: list[float], theirs: list[float]) -> float | None:
        """The compared figure, from the medians; None where one of them was not measured."""
        if not ours or (self.comparison != "itself" and not theirs):
            return None
        mine = median(ours)
        if self.comparison == "itself":
            return mine
        return mine / median(theirs) if self.comparison == "ratio" else mine - median(theirs)

    def text(self, value: float, unit: str) -> str:
        if self.comparison == "ratio":
            return f"{value:.3f} ×"
        return amount(value, unit, "+" if self.comparison == "difference" else "")


@dataclass(frozen=True)
class Row:
    """One operation. `ours` and `theirs` are of one `unit`, one per run; either may be empty."""

    operation: str
    baseline: str
    ours: list[float]
    theirs: list[float]
    target: Target
    unit: str = "s"

    @property
    def value(self) -> float | None:
        return self.target.value(self.ours, self.theirs)

    @property
    def met(self) -> bool:
        limit, value = self.target.limit, self.value
        return limit is None or (value is not None and value <= limit)

    def markdown(self) -> str:
        cells = [
            self.operation,
            spread(self.ours, self.unit),
            self.baseline,
            spread(self.theirs, self.unit),
            *self._verdict(),
        ]
        return f"| {' | '.join(cells)} |"

    def _verdict(self) -> tuple[str, str, str]:
        """Figure, target, and whether it is met."""
        limit, value = self.target.limit, self.value
        figure = "–" if value is None else self.target.text(value, self.unit)
        if limit is None:
            return figure, "–", "–"
        verdict = "–" if value is None else "yes" if self.met else "**no**"
        return figure, f"≤ {self.target.text(limit, self.unit)}", verdict

    def as_json(self) -> dict[str, object]:
        return {
            "operation": self.operation,
            "baseline": self.baseline,
            "unit": self.unit,
            "ours": self.ours,
            "theirs": self.theirs,
            "comparison": self.target.comparison,
            "value": self.value,
            "limit": self.target.limit,
            "met": self.met,
        }


def amount(value: float, unit: str, sign: str = "") -> str:
    """`25.31 s`, but `12` and `118 MB`: only time is told in hundredths."""
    return f"{value:{sign}.{2 if unit in ('s', 'ms') else 0}f} {unit}".rstrip()


def spread(values: list[float], unit: str) -> str:
    """The median with minimum and maximum, where they differ: `25.31 s (24.90–25.55)`."""
    if not values:
        return "–"
    middle, least, most = (
        amount(each, unit) for each in (median(values), min(values), max(values))
    )
    if least == most:
        return middle
    return f"{middle} ({least.removesuffix(unit).rstrip()}–{most.removesuffix(unit).rstrip()})"


def markdown(rows: list[Row]) -> str:
    """The table, one line per row."""
    head = "| operation | this extension | compared with | it takes | figure | target | met |"
    return "\n".join([head, "|---|---:|---|---:|---:|---:|---|", *(row.markdown() for row in rows)])
