"""Progress and messages for the person who waits. They go to stderr; stdout is the result.

What is said may hold foreign text, which no terminal and no CI is to obey: it is made harmless
here, for all who report.
"""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections.abc import Callable
from typing import Protocol, TextIO

from azext_ml_endpoint import streams
from azext_ml_endpoint.harmless import harmless, shortened


class Report(Protocol):
    """Called from any thread."""

    @property
    def live(self) -> bool:
        """Whether ``status`` is shown; where not, long work says how far it is by ``step``."""

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

    def __init__(
        self,
        *,
        quiet: bool = False,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._quiet = quiet
        self._stream = stream or sys.stderr
        self._lock = threading.Lock()
        self._board = _Board(self._stream, clock)

    @property
    def live(self) -> bool:
        return not self._quiet and self._stream.isatty()

    def step(self, text: str) -> None:
        self._write(harmless(text))

    def detail(self, line: str) -> None:
        self._write(f"  | {harmless(shortened(line))}")

    def warning(self, text: str) -> None:
        self._write(f"WARNING: {harmless(text)}")

    def picture(self, text: str) -> None:
        """With colours of our own; whoever has painted it has made it harmless."""
        self._write(text)

    def status(self, key: str, text: str | None) -> None:
        if self.live:
            with self._lock:
                self._board.show(key, text)

    def _write(self, line: str) -> None:
        if self._quiet:
            return
        with self._lock:
            text = f"{self._board.clear()}{line}\n{self._board.draw()}"
            streams.write(self._stream, text)


REDRAW_SECONDS = 0.125
_UP_AND_CLEAR = "\x1b[1A\x1b[2K"


class _Board:
    """The status lines at the end of a terminal. Its owner holds a lock.

    A line that changes again too soon is drawn with the next one that changes later.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float]) -> None:
        self._stream = stream
        self._clock = clock
        self._texts: dict[str, str] = {}
        self._drawn = 0
        self._next = 0.0

    def show(self, key: str, text: str | None) -> None:
        if text is None:
            ended = self._texts.pop(key, None) is not None
        else:
            ended, self._texts[key] = False, text
        if ended or self._clock() >= self._next:
            streams.write(self._stream, self.clear() + self.draw())

    def clear(self) -> str:
        drawn, self._drawn = self._drawn, 0
        return _UP_AND_CLEAR * drawn

    def draw(self) -> str:
        """No line may wrap: one that does is two to clear."""
        self._next = self._clock() + REDRAW_SECONDS
        self._drawn = len(self._texts)
        width = shutil.get_terminal_size().columns - 1
        lines = (harmless(f"{key}: {text}").replace("\n", " ") for key, text in self._texts.items())
        return "".join(f"{line[:width]}\n" for line in lines)
