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


def to_wait(text: str) -> float:
    """Seconds, more than 0. Sockets cannot be told to wait much longer."""
    return _within(text, most="1000000000s", zero=False)


def to_watch(text: str) -> float:
    """Seconds."""
    return _within(text, most="1w")


def latency(text: str) -> float:
    """Seconds, more than 0. Others write latencies in milliseconds: the unit must be there."""
    return _within(_with_unit(text, "800ms or 1.5s"), most="1w", zero=False)


def age(text: str) -> timedelta:
    """The unit must be there: whoever means 7 days by ``7`` would lose what is 7 seconds old."""
    return timedelta(seconds=_within(_with_unit(text, "7d or 12h"), most="99999w"))


def _with_unit(text: str, examples: str) -> str:
    _seconds(text)
    if not text.strip()[-1].isalpha():
        raise ArgumentTypeError(f"'{text}' has no unit, as {examples} have")
    return text


def _within(text: str, *, most: str, zero: bool = True) -> float:
    seconds = _seconds(text)
    if seconds > _seconds(most):
        raise ArgumentTypeError(f"'{text}' is longer than {most}")
    if seconds < 0 or not (seconds or zero):
        raise ArgumentTypeError(f"'{text}' must be {'0 or ' if zero else ''}more than 0")
    return seconds


def _seconds(text: str) -> float:
    match = _TIME.fullmatch(text.strip())
    try:
        if match:
            return float(match[1]) * _SECONDS[match[2] or "s"]
    except ValueError:
        pass
    raise ArgumentTypeError(f"'{text}' is no time such as 300 (seconds), 5m, 1.5s or 800ms")
