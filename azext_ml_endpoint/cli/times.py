"""Times as they are written in options: ``300`` (seconds), ``800ms``, ``1.5s``, ``5m``, ``2h``.

``7d`` and ``2w`` are times too. What is raised ends the command like any wrong option: the message
on stderr, exit code 2.
"""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from datetime import timedelta

_TIME = re.compile(r"([\d.e_+-]+?)(ms|s|m|h|d|w)?", re.ASCII)
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 24 * 3600.0, "w": 7 * 24 * 3600.0}
_EXAMPLES = "300 (seconds), 5m, 1.5s or 800ms"


def to_wait(text: str) -> float:
    """Seconds, more than 0. Sockets cannot be told to wait much longer."""
    return _within(text, most="1000000000s", zero=False)


def to_watch(text: str) -> float:
    """Seconds."""
    return _within(text, most="1w")


def latency(text: str) -> float:
    """Seconds, more than 0. Others write latencies in milliseconds: the unit must be there."""
    return _within(text, most="1w", zero=False, with_unit="800ms or 1.5s")


def age(text: str) -> timedelta:
    """The unit must be there: whoever means 7 days by ``7`` would lose what is 7 seconds old."""
    return timedelta(seconds=_within(text, most="99999w", with_unit="7d or 12h"))


def _within(text: str, *, most: str, zero: bool = True, with_unit: str | None = None) -> float:
    """with_unit: examples, where a number alone is refused."""
    seconds = _seconds(text, with_unit)
    if seconds > _seconds(most):
        raise ArgumentTypeError(f"'{text}' is longer than {most}")
    if seconds < 0 or not (seconds or zero):
        raise ArgumentTypeError(f"'{text}' must be {'0 or ' if zero else ''}more than 0")
    return seconds


def _seconds(text: str, with_unit: str | None = None) -> float:
    match = _TIME.fullmatch(text.strip())
    try:
        if match and (match[2] or not with_unit):
            return float(match[1]) * _SECONDS[match[2] or "s"]
    except ValueError:
        pass
    examples = f"{with_unit}: it needs its unit" if with_unit else _EXAMPLES
    raise ArgumentTypeError(f"'{text}' is no time such as {examples}")
