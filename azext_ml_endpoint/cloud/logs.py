"""The logs of a deployment's containers, of which Azure tells the last lines when it is asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal

from azext_ml_endpoint.cloud.contract import Arm
from azext_ml_endpoint.harmless import shortened
from azext_ml_endpoint.report import Report

Container = Literal["inference-server", "storage-initializer"]
_NAMES = {"inference-server": "InferenceServer", "storage-initializer": "StorageInitializer"}

_WINDOW = 1000
"""Lines to ask for while following: more than are likely to be written between two looks."""
_SHORTEST, _LONGEST, _GROWTH = 1.0, 5.0, 1.5
"""Seconds between two looks: few while lines come, more while nothing happens."""


def last(arm: Arm, deployment: str, container: str, tail: int) -> list[str]:
    """deployment: its path, ``onlineEndpoints/e/deployments/d``. Raises MissingResourceError."""
    asked = {"containerType": _NAMES[container], "tail": tail}
    content = arm.post(f"{deployment}/getLogs", asked).body.get("content") or ""
    return str(content).removesuffix("\n").split("\n")[-tail:] if content else []


def shown(name: str, lines: Iterable[str]) -> str:
    """The last lines of a log, below a failure that they may explain."""
    return "\n".join([f"The last lines of {name}:", *map(shortened, lines)])


def follow(
    arm: Arm,
    deployment: str,
    container: str,
    tail: int,
    *,
    report: Report,
    pause: Callable[[float], object] = time.sleep,
) -> Iterator[str]:
    """The last lines, then every new one, each once, without end."""
    window, interval = max(tail, _WINDOW), _SHORTEST
    seen = last(arm, deployment, container, window)
    yield from seen[-tail:]
    while True:
        pause(interval)
        now = last(arm, deployment, container, window)
        new = fresh(seen, now)
        if seen and len(new) == len(now) >= window:
            report.warning("More lines were logged than Azure tells at once; some are left out.")
        yield from new
        seen, interval = now or seen, _SHORTEST if new else min(interval * _GROWTH, _LONGEST)


def fresh(seen: Sequence[str], now: Sequence[str]) -> Sequence[str]:
    """What of ``now``, the end of a log, comes after ``seen``, its end a moment ago.

    The two overlap as much as they can: a log only grows. A last line that was not complete a
    moment ago is told again as a whole. Where nothing overlaps, all of it is new: another
    container has begun its log, or lines between the two were missed.
    """
    for count in range(min(len(seen), len(now)), 0, -1):
        known, repeated = seen[-count:], now[:count]
        if known == repeated:
            return now[count:]
        if known[:-1] == repeated[:-1] and known[-1] and repeated[-1].startswith(known[-1]):
            return now[count - 1 :]
    return now
