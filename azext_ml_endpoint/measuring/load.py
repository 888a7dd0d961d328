"""Asks again and again, by several at once, each of whom waits for an answer before the next one.

Each has a connection of its own, which is kept. No request is repeated because it has failed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from azext_ml_endpoint.errors import EndpointError
from azext_ml_endpoint.measuring.tally import Sample, Tally
from azext_ml_endpoint.report import Report
from azext_ml_endpoint.scoring import Answer, Call, Connect

Clock = Callable[[], float]

_LOOK_SECONDS = 0.2


@dataclass(frozen=True, kw_only=True)
class Wish:
    """repeat: requests in all; duration: seconds after which none is begun. One of them is there;
    of two, the first to be reached counts. concurrency: how many ask at once.
    """

    repeat: int | None = None
    duration: float | None = None
    concurrency: int = 1


@dataclass(frozen=True)
class Outcome:
    """seconds: from the first request's beginning to the last one's end."""

    wish: Wish
    tally: Tally
    seconds: float
    interrupted: bool = False


def run(
    connect: Connect, wish: Wish, report: Report, *, clock: Clock = time.perf_counter
) -> Outcome:
    """Ctrl-C ends it with what there is so far. What is under way then does not count."""
    load = _Load(connect, wish, clock)
    interrupted = False
    try:
        load.begin()
        while load.wait(_LOOK_SECONDS):
            report.status("invoke", load.progress())
    except KeyboardInterrupt:
        interrupted = True
    finally:
        load.end()
        report.status("invoke", None)
    load.raise_defect()
    return Outcome(wish, load.tally, clock() - load.began, interrupted)


class _Load:
    def __init__(self, connect: Connect, wish: Wish, clock: Clock) -> None:
        self.tally = Tally()
        self.began = clock()
        self._connect = connect
        self._wish = wish
        self._clock = clock
        self._left = wish.repeat
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._defects: list[Exception] = []
        count = min(wish.concurrency, wish.repeat or wish.concurrency)
        # Whoever still waits for an answer when this ends is not waited for.
        self._workers = [threading.Thread(target=self._work, daemon=True) for _ in range(count)]

    def begin(self) -> None:
        for each in self._workers:
            each.start()

    def wait(self, seconds: float) -> bool:
        """For as long at most; whether there is still somebody at work."""
        until = time.monotonic() + seconds
        for each in self._workers:
            each.join(max(0.0, until - time.monotonic()))
        return any(each.is_alive() for each in self._workers)

    def end(self) -> None:
        self._stopped.set()
        self.tally.close()

    def progress(self) -> str:
        of = f" of {self._wish.repeat}" if self._wish.repeat else ""
        seconds = self._clock() - self.began
        rate = self.tally.requests / seconds if seconds else 0.0
        return (
            f"{self.tally.requests}{of} requests, {self.tally.failed} failed, {rate:.0f} a second"
        )

    def raise_defect(self) -> None:
        if self._defects:
            raise self._defects[0]

    def _work(self) -> None:
        try:
            with self._connect() as call:
                while self._takes_one():
                    self.tally.add(measure(call, self._clock))
        except Exception as defect:  # pylint: disable=broad-exception-caught
            self._defects.append(defect)
            self._stopped.set()

    def _takes_one(self) -> bool:
        duration = self._wish.duration
        is_over = duration is not None and self._clock() - self.began >= duration
        with self._lock:
            if self._stopped.is_set() or is_over or self._left == 0:
                return False
            if self._left is not None:
                self._left -= 1
            return True


def measure(call: Call, clock: Clock = time.perf_counter) -> Sample:
    """Sends one request, and lets go of what the answer says, however long it is."""
    first: list[float] = []
    said: list[str] = []

    def read(head: Answer, pieces: Iterator[bytes]) -> bytes:
        for piece in pieces:
            if not first:
                first.append(clock() - began)
                said.append(_words(head, piece))
        return b""

    began = clock()
    try:
        answer = call(read)
    except EndpointError as error:
        return Sample(status=None, seconds=clock() - began, trouble=error.message)
    return Sample(
        status=answer.status,
        seconds=clock() - began,
        first_byte=first[0] if first else None,
        deployment=answer.deployment,
        trouble=said[0] if said else _words(answer, b""),
    )


def _words(head: Answer, piece: bytes) -> str:
    """Of an answer with an error status, what it begins with."""
    if head.status < 300:
        return ""
    message = Answer(status=head.status, body=piece).message
    return f"{head.status}: {message}" if message else str(head.status)
