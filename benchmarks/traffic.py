"""The requests that reached a simulated Azure: how many, and how many of them at once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from tests.simulator.playground import Playground

WRITES = ("PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Sent:
    """A request, and when it was on its way, in seconds since the epoch."""

    method: str
    url: str
    began: float
    ended: float


def sent(azure: Playground) -> list[Sent]:
    """All that ARM and the blob hosts were asked. Tokens come from elsewhere.

    The journals begin when a request has arrived: its latency is behind it then.
    """
    epoch, latency = time.time() - time.monotonic(), azure.proxy.latency
    arm = [
        Sent(each.request.method, each.request.url, each.began - latency, each.ended)
        for each in azure.simulator.journal
    ]
    blobs = [
        Sent(each.method, each.url, each.began + epoch - latency, (each.ended or 0) + epoch)
        for each in azure.blobs.journal.requests
    ]
    return arm + blobs


def writes(requests: Sequence[Sent]) -> int:
    return sum(each.method in WRITES for each in requests)


def at_once(requests: Sequence[Sent]) -> int:
    """How many were on their way at the same time, at most."""
    changes = [(each.began, 1) for each in requests] + [(each.ended, -1) for each in requests]
    return max(accumulate(change for _, change in sorted(changes)), default=0)
