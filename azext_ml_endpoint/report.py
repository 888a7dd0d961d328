"""Progress and messages for the person who waits. They go to stderr; stdout is the result."""

from __future__ import annotations

import sys
import threading
from typing import Protocol, TextIO


class Report(Protocol):
    """Called from any thread."""

    def step(self, text: str) -> None:
        """Something begins or has been done: one line."""

    def detail(self, line: str) -> None:
        """One line of a foreign log (a build, a pull), shown as it comes."""

    def warning(self, text: str) -> None: ...

    def status(self, key: str, text: str | None) -> None:
        """How far the thing called ``key`` is; None when it has ended.

        Only a terminal shows it, in place, below the lines. What must be known elsewhere too is
        said with ``step``.
        """


class StderrReport:
    """Writes plain lines, indents foreign ones; ``quiet`` is az's --only-show-errors."""

    def __init__(self, *, quiet: bool = False, stream: TextIO | None = None) -> None:
        self._quiet = quiet
        self._stream = stream or sys.stderr
        self._lock = threading.Lock()

    def step(self, text: str) -> None:
        self._write(text)

    def detail(self, line: str) -> None:
        self._write(f"  | {line}")

    def warning(self, text: str) -> None:
        self._write(f"WARNING: {text}")

    def status(self, key: str, text: str | None) -> None:
        """Nothing: lines that change are for terminals."""

    def _write(self, line: str) -> None:
        if self._quiet:
            return
        with self._lock:
            self._stream.write(f"{line}\n")
            self._stream.flush()
