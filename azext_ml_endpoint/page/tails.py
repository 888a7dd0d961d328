"""Logs that are followed: each is read once, for all who look at it, and at most its end is kept.

Whoever looks goes away without a word, and a log may be silent for hours: nobody is told then. So
whoever reads the log is not the one who answers.
"""

from __future__ import annotations

import secrets
import threading
from collections import deque
from collections.abc import Callable, Iterator

from azext_ml_endpoint.errors import EndpointError
from azext_ml_endpoint.harmless import harmless, shortened

MOST_LINES = 500
"""That are kept of a log, and asked of it at first."""

Open = Callable[[], Iterator[str]]
"""Opens a log with its last lines; raises EndpointError."""
Line = tuple[int, str]
"""Its number, from 1, and its text."""


class Tail:
    """The end of one log. name: another one for each that was opened."""

    def __init__(self) -> None:
        self.name = secrets.token_hex(4)
        self._kept: deque[Line] = deque(maxlen=MOST_LINES)
        self._ended = False
        self._changed = threading.Condition()

    @property
    def ended(self) -> bool:
        return self._ended

    def read(self, lines: Iterator[str]) -> None:
        """To their end, whatever it is."""
        try:
            for line in lines:
                self._add(line)
        except EndpointError as error:
            self._add(error.message)
        finally:
            self._end()

    def after(self, number: int, timeout: float) -> list[Line] | None:
        """Lines with a larger number; none where nothing has come in time, None after the last.

        timeout: seconds.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._last() > number, timeout)
            found = [line for line in self._kept if line[0] > number]
            return None if self._ended and not found else found

    def _add(self, text: str) -> None:
        with self._changed:
            self._kept.append((self._last() + 1, harmless(shortened(text))))
            self._changed.notify_all()

    def _end(self) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _last(self) -> int:
        return self._kept[-1][0] if self._kept else 0


class Tails:
    """By endpoint and deployment. Called from any thread."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Tail] = {}
        self._lock = threading.Lock()

    def of(self, endpoint: str, deployment: str, open_log: Open) -> Tail:
        """The one that is read already, or a new one. Raises as open_log does."""
        place = (endpoint.lower(), deployment.lower())
        with self._lock:
            known = self._known.get(place)
            if known is None or known.ended:
                lines, known = open_log(), Tail()
                threading.Thread(target=known.read, args=(lines,), daemon=True).start()
                self._known[place] = known
            return known
