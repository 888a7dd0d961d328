"""Amounts as they are written in options: times, shares, and shares that rise.

What is raised ends the command like any wrong option: the message on stderr, exit code 2.
"""

from __future__ import annotations

import re
from argparse import ArgumentTypeError

_TIME = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)?", re.ASCII)
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%?", re.ASCII)
_LONGEST = 7 * 24 * 3600.0


def duration(text: str) -> float:
    """Seconds of ``5m``, ``30s``, ``800ms``, ``1.5h``; ``0`` needs no unit."""
    match = _TIME.fullmatch(text.strip())
    if match is None or (match[2] is None and float(match[1])):
        raise ArgumentTypeError(f"'{text}' is no time such as 5m, 30s, 800ms or 0")
    seconds = float(match[1]) * _SECONDS[match[2] or "s"]
    if seconds > _LONGEST:
        raise ArgumentTypeError(f"'{text}' is longer than a week")
    return seconds


def some_time(text: str) -> float:
    """Likewise, but not 0."""
    if (seconds := duration(text)) > 0:
        return seconds
    raise ArgumentTypeError("it must be more than 0")


def percentage(text: str) -> float:
    """From 0 to 1, of ``1%``, ``0.5%`` or ``1``."""
    match = _PERCENT.fullmatch(text.strip())
    if match is None or float(match[1]) > 100:
        raise ArgumentTypeError(f"'{text}' is no percentage such as 1% or 0.5%")
    return float(match[1]) / 100


def rising(text: str) -> tuple[int, ...]:
    """``10,50,100``: percentages from 1 to 100, each more than the one before."""
    parts = [part.strip().removesuffix("%") for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise ArgumentTypeError(f"'{text}' are no percentages such as 10,50,100")
    steps = tuple(int(part) for part in parts)
    pairs = zip((0, *steps), steps, strict=False)
    if steps[-1] > 100 or any(before >= after for before, after in pairs):
        raise ArgumentTypeError(f"'{text}' does not rise from 1 to 100 at most")
    return steps


def status(text: str) -> int:
    """Of HTTP."""
    if not (text.isascii() and text.isdigit() and 100 <= int(text) <= 599):
        raise ArgumentTypeError(f"'{text}' is no status such as 200")
    return int(text)
