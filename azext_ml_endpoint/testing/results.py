"""What came of the tests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Result:
    """One test. ``deployment`` is None where the traffic chose who answers.

    status: of the answer; None where there was none. seconds: until it was there, or was not.
    faults: what was wrong, in words; none where it has passed.
    """

    name: str
    deployment: str | None
    status: int | None
    seconds: float
    faults: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.faults

    @property
    def to(self) -> str:
        """Whom it was sent to, for people."""
        return self.deployment or "(traffic)"


@dataclass(frozen=True, kw_only=True)
class Results:
    """Of an endpoint's tests, in the order in which they were sent."""

    endpoint: str
    results: tuple[Result, ...] = ()

    @property
    def failed(self) -> tuple[Result, ...]:
        return tuple(each for each in self.results if not each.passed)

    @property
    def passed(self) -> bool:
        return not self.failed

    def data(self) -> list[dict[str, Any]]:
        return [_data(each) for each in self.results]

    def table(self) -> list[str]:
        """Its lines; below a test that has failed, one line for each fault."""
        names = _widths(each.name for each in self.results)
        deployments = _widths(each.to for each in self.results)
        return [
            line
            for each in self.results
            for line in (
                f"{'passed' if each.passed else 'FAILED'}  {each.to:{deployments}}"
                f"  {each.name:{names}}  {_milliseconds(each)}",
                *(f"        {fault}" for fault in each.faults),
            )
        ]

    def summary(self) -> str:
        """``2 of 3 tests failed``, ``3 tests passed``."""
        of = f"{len(self.results)} test{'' if len(self.results) == 1 else 's'}"
        return f"{len(self.failed)} of {of} failed" if self.failed else f"{of} passed"

    def trouble(self) -> str | None:
        """What the first one that failed expected, and what came; None where all have passed."""
        if self.passed:
            return None
        first = self.failed[0]
        return f"{self.summary()}: {first.name}: {first.faults[0]}"


def _data(result: Result) -> dict[str, Any]:
    return {
        "name": result.name,
        "deployment": result.deployment,
        "outcome": "passed" if result.passed else "failed",
        "status": result.status,
        "latency_ms": round(result.seconds * 1000),
        "faults": list(result.faults),
    }


def _milliseconds(result: Result) -> str:
    return f"{result.seconds * 1000:.0f} ms"


def _widths(texts: Iterable[str]) -> int:
    return max(map(len, texts), default=0)
