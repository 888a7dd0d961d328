"""How far an upload is, for the one who waits. Pure: clock and report are handed in."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from azext_ml_endpoint.cloud.arm.operations import duration
from azext_ml_endpoint.cloud.blobs.upload import raise_if_set
from azext_ml_endpoint.report import Report

WINDOW = 10.0
"""Seconds over which the rate is taken: long enough to be steady, short enough to be true."""

STATUS_SECONDS = 0.125


class Meter:
    """Counts bytes. Called from any thread.

    total: bytes of the whole upload. done: those that are in storage.
    """

    def __init__(self, total: int, clock: Callable[[], float]) -> None:
        self.total = total
        self.done = 0
        self._found = 0
        self._clock = clock
        self._lock = threading.Lock()
        self._samples = deque([(clock(), 0)])

    def add(self, count: int, *, found: bool = False) -> None:
        """found: what need not be sent makes no rate."""
        with self._lock:
            self.done += count
            self._found += count if found else 0

    @property
    def share(self) -> float:
        """Between 0 and 1."""
        return self.done / self.total if self.total else 1.0

    def line(self) -> str:
        """``412.0 MiB of 1.0 GiB (40 %), 55.2 MiB/s, 11s left``. Takes a sample for the rate."""
        with self._lock:
            rate = self._rate()
        parts = [f"{size(self.done)} of {size(self.total)} ({int(100 * self.share)} %)"]
        if rate > 0:
            parts += [f"{size(round(rate))}/s", f"{duration((self.total - self.done) / rate)} left"]
        return ", ".join(parts)

    def _rate(self) -> float:
        """Bytes in a second, lately."""
        now = self._clock()
        sent = self.done - self._found
        self._samples.append((now, sent))
        while len(self._samples) > 2 and now - self._samples[0][0] > WINDOW:
            self._samples.popleft()
        began, before = self._samples[0]
        return max(0, sent - before) / (now - began) if now - began >= 1 else 0.0


class Milestones:
    """When a long upload is worth a line of its own: at each tenth, or each ``pause`` seconds."""

    def __init__(self, began: float, pause: float = 15.0) -> None:
        self._last = began
        self._pause = pause
        self._tenth = 0

    def reached(self, now: float, share: float) -> bool:
        """Not within the first seconds, and not for the end: that has its own line."""
        tenth = int(share * 10)
        waited = now - self._last
        if tenth >= 10 or (waited < self._pause and (tenth <= self._tenth or waited < 2)):
            return False
        self._last, self._tenth = now, tenth
        return True


@dataclass(frozen=True)
class Words:
    """``there``: of what need not be sent."""

    doing: str
    done: str
    there: str


UPLOAD = Words("Uploading", "Uploaded", "in storage already")
DOWNLOAD = Words("Downloading", "Downloaded", "on this machine already")


class Progress:
    """Tells the report how one upload goes. Called from any thread; a :class:`.upload.Watch`.

    As a context it says at the end, unless there was an error, what has been done.
    """

    def __init__(
        self,
        title: str,
        sizes: Sequence[int],
        report: Report,
        stop: threading.Event,
        clock: Callable[[], float],
        *,
        words: Words = UPLOAD,
    ) -> None:
        files = "1 file" if len(sizes) == 1 else f"{len(sizes)} files"
        self._title = title
        self._words = words
        self._meter = Meter(sum(sizes), clock)
        self._content = f"{title}: {files}, {size(self._meter.total)}"
        self._report = report
        self._stop = stop
        self._clock = clock
        self._began = clock()
        self._next_status = self._began
        self._milestones = Milestones(self._began)
        self._lock = threading.Lock()
        self._has_begun = self._has_sent = False

    def begin(self) -> None:
        self._has_begun = True
        self._report.step(f"{self._words.doing} {self._content}")

    def found(self, count: int) -> None:
        self._meter.add(count, found=True)

    def sent(self, count: int) -> None:
        raise_if_set(self._stop)
        self._has_sent = True
        self._meter.add(count)
        if self._clock() >= self._next_status:
            self._show()

    def _show(self) -> None:
        with self._lock:
            now = self._clock()
            if now < self._next_status:
                return
            self._next_status = now + STATUS_SECONDS
            line = self._meter.line()
            self._report.status(self._title, line)
            if not self._report.live and self._milestones.reached(now, self._meter.share):
                self._report.step(f"{self._title}: {line}")

    def __enter__(self) -> None:
        pass

    def __exit__(self, error: object, *_: object) -> None:
        self._report.status(self._title, None)
        if error is None and (line := self._last_line()):
            self._report.step(line)

    def _last_line(self) -> str | None:
        seconds = self._clock() - self._began
        if not self._has_begun:
            done = f"{self._words.done} {self._content}"
            return done if self._has_sent else f"{self._title} is {self._words.there}"
        return f"{self._words.done} {self._title} in {duration(seconds)}" if seconds >= 2 else None


def size(count: int) -> str:
    """``512 B``, ``1.4 MiB``."""
    if count < 1024:
        return f"{count} B"
    number = float(count)
    for unit in ("KiB", "MiB", "GiB"):
        number /= 1024
        if number < 1023.95:
            return f"{number:.1f} {unit}"
    return f"{number / 1024:.1f} TiB"
