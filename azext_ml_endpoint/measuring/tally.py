"""What came of many requests, counted as they end."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field

from azext_ml_endpoint.measuring.latencies import Latencies

NO_ANSWER = "no answer"
_MOST_NAMES = 50
"""Of deployments: their names come out of answers."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One request. ``status`` is None where no answer came.

    seconds: until its end; first_byte: until its body began, where it has one.
    trouble: what is wrong with it, in words.
    """

    status: int | None
    seconds: float
    first_byte: float | None = None
    deployment: str | None = None
    trouble: str = ""

    @property
    def succeeded(self) -> bool:
        return self.status is not None and self.status < 300


@dataclass
class Tally:
    """Called from any thread. Latencies are those of requests that succeeded: what is refused at
    once makes nothing quicker.

    errors: by status. trouble: that of the first request that failed.
    """

    requests: int = 0
    failed: int = 0
    trouble: str = ""
    errors: Counter[str] = field(default_factory=Counter)
    deployments: Counter[str] = field(default_factory=Counter)
    latencies: Latencies = field(default_factory=Latencies)
    first_bytes: Latencies = field(default_factory=Latencies)
    _closed: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, sample: Sample) -> None:
        with self._lock:
            if self._closed:
                return
            self.requests += 1
            if sample.succeeded:
                self._add_times(sample)
            else:
                self._add_failure(sample)
            self._add_deployment(sample.deployment)

    def close(self) -> None:
        """What comes later does not count."""
        with self._lock:
            self._closed = True

    def _add_times(self, sample: Sample) -> None:
        self.latencies.add(sample.seconds)
        if sample.first_byte is not None:
            self.first_bytes.add(sample.first_byte)

    def _add_failure(self, sample: Sample) -> None:
        self.failed += 1
        self.errors[NO_ANSWER if sample.status is None else str(sample.status)] += 1
        self.trouble = self.trouble or sample.trouble

    def _add_deployment(self, name: str | None) -> None:
        if name and (name in self.deployments or len(self.deployments) < _MOST_NAMES):
            self.deployments[name] += 1
