"""What goes wrong on demand."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.simulator.message import Json, Reply, Request, json_reply


@dataclass(frozen=True)
class Status:
    """The request is answered with this, and does nothing. body: JSON, or bytes as they are."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Json | bytes | None = None

    def reply(self) -> Reply:
        if isinstance(self.body, bytes):
            return Reply(self.status, self.headers, self.body)
        error = {"error": {"code": str(self.status), "message": "A fault, as it was asked for."}}
        return json_reply(self.status, self.body or error, self.headers)


@dataclass(frozen=True)
class Reset:
    """The connection breaks. done: after the request has been carried out, before its answer.

    after: bytes of the body that pass first, where it is not done; of interest for blobs.
    """

    done: bool = False
    after: int = 0


@dataclass(frozen=True)
class Held(Reset):
    """The connection breaks when the test has set ``release``; ``reached``: a request has come.

    For what must happen meanwhile, such as the end of the client.
    """

    reached: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)

    def hold(self) -> None:
        self.reached.set()
        if not self.release.wait(60):
            raise AssertionError("a request was held and not released")


@dataclass(frozen=True)
class Slow:
    """The answer comes this many seconds later."""

    seconds: float


@dataclass(frozen=True)
class FailOperation:
    """The operation that the request starts fails. error: ARM's error, None for no reason."""

    error: Json | None = None


@dataclass(frozen=True)
class CancelOperation:
    """The operation that the request starts is canceled."""


Effect = Status | Reset | Slow | FailOperation | CancelOperation
Outcome = FailOperation | CancelOperation


@dataclass(frozen=True)
class Fault:
    """``effect`` happens to the next ``times`` requests that match.

    method: a name, or ``*``. url: a regular expression that is searched in the whole URL.
    """

    effect: Effect
    method: str = "*"
    url: str = ""
    times: int = 1

    def matches(self, request: Request) -> bool:
        method = self.method in ("*", request.method)
        return method and re.search(self.url, request.url) is not None


class Faults:
    """Faults that are still to happen, first come first served."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._waiting += [fault] * fault.times

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def waiting(self) -> list[Fault]:
        """What has not happened yet; a test that ends with some of it tested something else."""
        with self._lock:
            return list(self._waiting)

    def take(self, request: Request) -> Status | Reset | Slow | None:
        """What happens to the request itself."""
        effect = self._take(request, (Status, Reset, Slow))
        return effect if isinstance(effect, (Status, Reset, Slow)) else None

    def outcome(self, request: Request) -> Outcome | None:
        """How the operation ends that the request starts; None: as it should."""
        effect = self._take(request, (FailOperation, CancelOperation))
        return effect if isinstance(effect, (FailOperation, CancelOperation)) else None

    def _take(self, request: Request, kinds: tuple[type, ...]) -> Effect | None:
        with self._lock:
            for fault in self._waiting:
                if isinstance(fault.effect, kinds) and fault.matches(request):
                    self._waiting.remove(fault)
                    return fault.effect
        return None
