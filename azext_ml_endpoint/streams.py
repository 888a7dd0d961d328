"""stdout and stderr, whose readers may go away: that must not stop what was begun.

Progress that nobody reads is lost without a word, and so is a result that nobody waits for.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import io
import os
import sys
from pathlib import Path
from typing import TextIO

_STANDARD = 3
"""File descriptors from 0."""


def write(stream: TextIO | None, text: str) -> None:
    """At once. Once nobody reads any more, it and all that follows goes nowhere.

    A character that the stream's encoding does not have is written as Python would.
    """
    if stream is None:  # it was closed when Python began
        return
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
    except (OSError, ValueError):  # the latter for a stream that is closed
        let_go(stream)


def let_go(stream: TextIO) -> None:
    """What the stream still holds, and what is written to it from now on, goes nowhere.

    Python would complain once more when it flushes stdout at its end.
    """
    with contextlib.suppress(OSError, ValueError), Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())


@functools.cache
def outlive_readers() -> None:
    """From now on to the end of this process. More than once does nothing."""
    _occupy()
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # it was closed when Python began
            # pylint: disable-next=consider-using-with
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr = _Lasting(sys.stderr)
    atexit.register(_flush)


class _Lasting(io.TextIOWrapper):
    """For all who write to stderr by themselves: az, and the libraries that it stands on."""

    def __init__(self, stream: io.TextIOWrapper) -> None:
        super().__init__(
            stream.buffer, encoding=stream.encoding, errors=stream.errors, line_buffering=True
        )
        self._first = stream  # once nobody has it any more, it closes the buffer

    def write(self, text: str, /) -> int:
        try:
            return super().write(text)
        except (OSError, ValueError):
            let_go(self)
            return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except (OSError, ValueError):
            let_go(self)


def _occupy() -> None:
    """No file that is opened later may become anybody's stdout or stderr."""
    while (number := os.open(os.devnull, os.O_RDWR)) < _STANDARD:
        pass
    os.close(number)


def _flush() -> None:
    """A pipe that nobody reads any more is no failure. A full disk is: Python says so."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            let_go(stream)
        except (OSError, ValueError):
            if stream is sys.stderr:
                let_go(stream)
