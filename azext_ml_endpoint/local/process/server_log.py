"""Reads a server's log file by lines: its end, what came after a moment, what is still to come."""

from __future__ import annotations

import os
import re
import time
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import BinaryIO

from azext_ml_endpoint import disk

_STAMP = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),(\d{3}) ")
_PAUSE = 0.1


def read(
    path: Path,
    *,
    ended: Callable[[], bool],
    began: float = 0.0,
    tail: int | None = None,
    since: float | None = None,
    follow: bool = False,
) -> Iterator[str]:
    """``began``: the time, in seconds since the epoch, of lines before the first time stamp.

    Following stops when ``ended()`` is true and everything has been read.
    """
    with disk.own(path) as file:
        present = _after(_lines(file, unfinished=not follow), began, since)
        yield from present if tail is None else deque(present, maxlen=tail)
        last = not follow
        while not last:
            last = ended()  # asked before reading: what was written before the end is read
            yield from _lines(file, unfinished=last)
            if not last:
                time.sleep(_PAUSE)


def _lines(file: BinaryIO, *, unfinished: bool) -> Iterator[str]:
    """What is there; bytes that are no text as surrogates (PEP 383).

    A line that is still being written is left for the next time, or taken.
    """
    while line := file.readline():
        if not (unfinished or line.endswith(b"\n")):
            file.seek(-len(line), os.SEEK_CUR)
            return
        yield line.removesuffix(b"\n").decode("utf-8", "surrogateescape")


def _after(lines: Iterator[str], began: float, since: float | None) -> Iterator[str]:
    """A line without a stamp, as in a traceback, is as old as the one before."""
    written = began
    for line in lines:
        written = _stamp(line) or written
        if since is None or written >= since:
            yield line


def _stamp(line: str) -> float | None:
    """The server stamps its lines in UTC, whatever the machine's time zone."""
    found = _STAMP.match(line)
    if not found:
        return None
    moment = datetime.strptime(found[1], "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone.utc)
    return moment.timestamp() + int(found[2]) / 1000
