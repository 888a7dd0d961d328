"""The files that are saved, as they are. This is the door to watchfiles."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

from azext_ml_endpoint.errors import FileAccessError
from azext_ml_endpoint.watching.sources import Sources

Changed: TypeAlias = frozenset[Path]
Found: TypeAlias = "queue.SimpleQueue[Changed | Exception]"

_TOGETHER_MS, _LONGEST_MS = 25, 400
"""Saves without such a pause between them are one, but nobody waits for longer."""
_HEARTBEAT_MS = 100
_LOOK_SECONDS, _QUIET_SECONDS = 0.5, 300.0


class Saves:
    """What is saved, one after the other; what comes while one is dealt with is one afterwards.

    Where nothing is for some minutes, or disturbed says that there is reason to look, that is
    told as nothing. It is asked twice a second. Raises FileAccessError where the system watches no
    more files.
    """

    def __init__(self, found: Found, disturbed: Callable[[], bool]) -> None:
        self._found, self._disturbed = found, disturbed
        self._waiting: list[Changed | Exception] = []

    def __iter__(self) -> Iterator[Changed]:
        """Never waits for so long that nobody could end it."""
        quiet_from = time.monotonic()
        while True:
            self._look(0 if self._waiting else _LOOK_SECONDS)
            is_quiet = time.monotonic() - quiet_from > _QUIET_SECONDS
            if self._waiting or is_quiet or self._disturbed():
                waiting, self._waiting = self._waiting, []
                yield frozenset().union(*map(_sound, waiting))
                quiet_from = time.monotonic()

    def pending(self) -> Changed:
        """What comes next, as far as it is there. Any thread may ask while one is dealt with."""
        self._look(0)
        return frozenset().union(*(each for each in self._waiting if isinstance(each, frozenset)))

    def _look(self, seconds: float) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                self._waiting.append(self._found.get(timeout=seconds))
                seconds = 0


@contextlib.contextmanager
def opened(sources: Sources, disturbed: Callable[[], bool]) -> Iterator[Saves]:
    """From now on. Raises FileAccessError."""
    found: Found = queue.SimpleQueue()
    ended = threading.Event()
    watched = [(sources.places, False), (sources.trees, True)]
    threads = [
        _Following(paths, deep, found, ended)
        for paths, deep in watched
        if any(map(_is_there, paths))
    ]
    try:
        for each in threads:
            each.begin()
        yield Saves(found, disturbed)
    finally:
        ended.set()


class _Following:
    """One watcher in a thread of its own. deep: also what is in folders below."""

    def __init__(
        self,
        paths: Iterable[Path],
        deep: bool,
        found: Found,
        ended: threading.Event,
    ) -> None:
        self._paths = [each for each in paths if _is_there(each)]
        self._deep = deep
        self._found, self._ended = found, ended
        self._looks = threading.Event()

    def begin(self) -> None:
        """Returns when nothing is missed any more."""
        threading.Thread(target=self._follow, daemon=True).start()
        self._looks.wait()

    def _follow(self) -> None:
        try:
            self._watch()
        except Exception as error:  # pylint: disable=broad-exception-caught
            self._found.put(error)  # whatever it is, whoever waits must know
        finally:
            self._looks.set()

    def _watch(self) -> None:
        import watchfiles  # pylint: disable=import-error

        changes = watchfiles.watch(
            *self._paths,
            watch_filter=None,
            recursive=self._deep,
            step=_TOGETHER_MS,
            debounce=_LONGEST_MS,
            rust_timeout=_HEARTBEAT_MS,
            yield_on_timeout=True,
            stop_event=self._ended,
            raise_interrupt=False,
        )
        for each in changes:
            self._looks.set()
            if each:
                self._found.put(frozenset(Path(path) for _, path in each))


def _sound(one: Changed | Exception) -> Changed:
    if isinstance(one, Exception):
        raise FileAccessError(
            f"Files cannot be watched: {one}",
            "On Linux there is a limit: sysctl fs.inotify.max_user_watches.",
        ) from one
    return one


def _is_there(path: Path) -> bool:
    return path.exists()
