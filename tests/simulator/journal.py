"""All that was asked and answered."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.simulator.message import Reply, Request

READS = ("GET", "HEAD")


@dataclass(frozen=True)
class Entry:
    """``began`` and ``ended`` by the simulator's clock. ``fault``: a fault answered, no rule."""

    request: Request
    reply: Reply
    began: float
    ended: float
    fault: bool = False

    def __str__(self) -> str:
        body = self.reply.body.decode(errors="replace")
        return f"{self.request.method} {self.request.url} -> {self.reply.status} {body}"


class Journal:
    """Entries in the order in which they were answered."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._lock = threading.Condition()

    def add(self, entry: Entry) -> None:
        with self._lock:
            self._entries.append(entry)
            self._lock.notify_all()

    def entries(self) -> list[Entry]:
        with self._lock:
            return list(self._entries)

    def wait_until(self, holds: Callable[[list[Entry]], bool], seconds: float = 60) -> None:
        """Waits for a state of the journal; AssertionError when it does not come."""
        with self._lock:
            if not self._lock.wait_for(lambda: holds(self._entries), seconds):
                raise AssertionError(f"not within {seconds} s; so far: {self._entries}")

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries())

    def __len__(self) -> int:
        return len(self.entries())

    def requests(self) -> list[Request]:
        return [entry.request for entry in self.entries()]

    def lines(self) -> list[str]:
        """``PUT /subscriptions/…`` of every request, to compare and to print."""
        return [f"{request.method} {request.path}" for request in self.requests()]

    def writes(self) -> list[Request]:
        """Requests that change a resource: PUT, PATCH, DELETE."""
        changing = ("PUT", "PATCH", "DELETE")
        return [request for request in self.requests() if request.method in changing]

    def refused(self) -> list[Entry]:
        """What a rule refused (4xx) or broke the simulator (500).

        Not a 404 of GET or HEAD, which is how a client asks whether something is there, and not
        what a fault answered, which no client can help.
        """
        return [entry for entry in self.entries() if _is_refusal(entry)]

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()


def _is_refusal(entry: Entry) -> bool:
    asked = entry.reply.status == 404 and entry.request.method in READS
    return entry.reply.status >= 400 and not asked and not entry.fault
