"""Times in little room: however many they are, their shares are known within half a percent."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

_STEP = math.log(1.01)
"""Each bucket ends 1 % above the one before it."""
_LEAST = 1e-6
"""Seconds."""


@dataclass(frozen=True)
class Row:
    """How many times were longer than the row before it, and at most so many seconds."""

    most: float
    count: int


class Latencies:
    """Of some thousand buckets at most, whose bounds grow with the times. All times in seconds."""

    def __init__(self) -> None:
        self._buckets: Counter[int] = Counter()
        self._sum = 0.0
        self.count = 0
        self.least = math.inf
        self.most = 0.0

    def add(self, seconds: float) -> None:
        self._buckets[_bucket(seconds)] += 1
        self._sum += seconds
        self.count += 1
        self.least = min(self.least, seconds)
        self.most = max(self.most, seconds)

    @property
    def mean(self) -> float | None:
        return self._sum / self.count if self.count else None

    def percentile(self, share: float) -> float | None:
        """The nearest rank, within half a percent. None of nothing."""
        rank, seen = math.ceil(share * self.count), 0
        for bucket in sorted(self._buckets):
            seen += self._buckets[bucket]
            if seen >= rank:
                return min(max(_middle(bucket), self.least), self.most)
        return None

    def rows(self, most: int) -> list[Row]:
        """A histogram of as many rows at most: each as much longer as the one before, in percent.

        The first and the last one are not empty.
        """
        if not self.count:
            return []
        first, last = min(self._buckets), max(self._buckets)
        width = math.ceil((last - first + 1) / most)
        counts: Counter[int] = Counter()
        for bucket, count in self._buckets.items():
            counts[(bucket - first) // width] += count
        ends = [first + (row + 1) * width for row in range(max(counts) + 1)]
        return [Row(min(_end(end), self.most), counts[row]) for row, end in enumerate(ends)]


def _bucket(seconds: float) -> int:
    return math.floor(math.log(max(seconds, _LEAST)) / _STEP)


def _middle(bucket: int) -> float:
    return math.exp((bucket + 0.5) * _STEP)


def _end(bucket: int) -> float:
    """Where the bucket before this one ends."""
    return math.exp(bucket * _STEP)
