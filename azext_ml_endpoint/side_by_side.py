"""Calls beside each other, and what Ctrl-C does to whoever waits for them.

The pools and futures of :mod:`concurrent` wait within conditions, whose lock stays held where an
exception is raised as it is taken: Ctrl-C at that moment would keep the threads waiting for the
lock, and the command for the threads, for ever. Here the one who waits does so in a queue that
knows no such moment, or is told of Ctrl-C instead of being interrupted.
"""

from __future__ import annotations

import contextlib
import queue
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias, TypeVar, cast

from azext_ml_endpoint.errors import Interrupted

AT_ONCE = 8
"""Calls side by side: enough to hide how long a network takes."""

LOOK_SECONDS = 0.5
"""A signal that comes while a thread falls asleep is heeded when it wakes, as any on Windows."""

T = TypeVar("T")
_Outcome: TypeAlias = tuple[T | None, BaseException | None]


def answers(calls: Iterable[Callable[[], T]], at_once: int = AT_ONCE) -> list[T]:
    """What each call returns, in their order, or else raises the first failure in that order.

    One that was Interrupted because another failed is told last. Waits for all of them, but for
    none after Ctrl-C: where they are to be waited for even then, see :func:`told_of_interrupts`.
    """
    todo = list(calls)
    places: queue.SimpleQueue[int] = queue.SimpleQueue()
    ended: queue.SimpleQueue[tuple[int, _Outcome[T]]] = queue.SimpleQueue()

    def work() -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                place = places.get_nowait()
                ended.put((place, _outcome(todo[place])))

    for place in range(len(todo)):
        places.put(place)
    for _ in range(min(at_once, len(todo))):
        threading.Thread(target=work, daemon=True).start()
    known = dict(_next(ended) for _ in todo)
    return _values([known[place] for place in range(len(todo))])


def _next(ended: queue.SimpleQueue[T]) -> T:
    while True:
        with contextlib.suppress(queue.Empty):
            return ended.get(timeout=LOOK_SECONDS)


def _outcome(call: Callable[[], T]) -> _Outcome[T]:
    try:
        return call(), None
    except BaseException as error:  # pylint: disable=broad-exception-caught
        return None, error  # raised by who waits for it


def _values(outcomes: Sequence[_Outcome[T]]) -> list[T]:
    failures = [error for _, error in outcomes if error]
    for each in sorted(failures, key=lambda error: isinstance(error, Interrupted)):
        raise each
    return [cast(T, value) for value, _ in outcomes]


@contextlib.contextmanager
def told_of_interrupts(tell: Callable[[], None]) -> Iterator[None]:
    """Ctrl-C is told, and raised when the block ends, if it does not say itself how it ended.

    tell: lets what runs in other threads end soon. May be called at any moment.

    A signal that is ignored, or handled by others, stays so; other threads than the main one get
    none. The next one ends the process: an exception would wait for the threads, and these for
    Azure.
    """
    ours = signal.default_int_handler
    is_main = threading.current_thread() is threading.main_thread()
    known = (signal.SIGINT, signal.SIGTERM) if is_main else ()
    heeded = [each for each in known if signal.getsignal(each) is ours]

    came: list[object] = []

    def told(number: int, _: object) -> None:
        _handle(heeded, signal.SIG_DFL)
        came.append(number)
        tell()

    _handle(heeded, told)
    try:
        yield
    finally:
        _handle(heeded, ours)
    if came:
        raise KeyboardInterrupt


def heed_terminations() -> None:
    """SIGTERM is Ctrl-C from now on: who cancels a job lets it undo what is half done.

    One that is ignored or handled stays so.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if is_main and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, signal.default_int_handler)


def _handle(signals: Iterable[signal.Signals], handler: Any) -> None:
    for each in signals:
        signal.signal(each, handler)
