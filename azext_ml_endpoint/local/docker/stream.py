"""A stream that is read in the background, so that closing it never waits for the other side."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")

Closer = Callable[[], None]


class _End:
    """Comes after the last item; ``error`` is what ended the source before its time."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


class Stream(Generic[T]):
    """An iterator over ``source`` that any thread may close, even one that another waits in.

    source: called and iterated in the background. It is handed a function to which it passes,
    as soon as it can, how to hang up.
    """

    def __init__(self, source: Callable[[Callable[[Closer], None]], Iterator[T]]) -> None:
        self._items: SimpleQueue[T | _End] = SimpleQueue()
        self._closed = threading.Event()
        self._hang_up: Closer | None = None
        threading.Thread(target=self._read, args=(source,), daemon=True).start()

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        item = self._items.get()
        if not self._closed.is_set() and not isinstance(item, _End):
            return item
        self._items.put(_End())
        if isinstance(item, _End) and item.error and not self._closed.is_set():
            raise item.error
        raise StopIteration

    def close(self) -> None:
        self._closed.set()
        self._items.put(_End())
        if self._hang_up:
            self._hang_up()

    def _read(self, source: Callable[[Callable[[Closer], None]], Iterator[T]]) -> None:
        end = _End()
        try:
            for item in source(self._opened):
                self._items.put(item)
        except BaseException as error:  # pylint: disable=broad-exception-caught
            # it belongs to the thread that iterates
            end = _End(error)
        self._items.put(end)

    def _opened(self, hang_up: Closer) -> None:
        self._hang_up = hang_up
        if self._closed.is_set():
            with contextlib.suppress(OSError):
                hang_up()
