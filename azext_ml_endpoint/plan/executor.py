"""Runs a plan on a driver: each step after those it waits for, the others side by side."""

from __future__ import annotations

import contextlib
import queue
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

from azext_ml_endpoint.plan.driver import Executes
from azext_ml_endpoint.plan.steps import Plan, Step

_SIDE_BY_SIDE = 8
_LOOK_SECONDS = 0.5
"""A signal that comes while the thread falls asleep is heeded when it wakes, as any on Windows."""


def carry_out(plan: Plan, driver: Executes, name: str, tell: Callable[[str], None]) -> None:
    """Tells what is going to be done to the endpoint ``name``, and why; then executes it."""
    announce(plan, name, tell)
    execute(plan, driver)


def announce(plan: Plan, name: str, tell: Callable[[str], None]) -> None:
    for step in plan:
        tell(step.line)
    if not plan:
        tell(f"{name}: nothing to do")


def execute(plan: Plan, driver: Executes) -> None:
    """Returns when every step is true.

    The first failure lets running steps finish, starts no others, and is raised. Ctrl-C cancels
    the running steps, waits until they have cleaned up, and is raised as what they say of it; once
    more it ends the process, whatever that waits for.
    """
    run = _Run(plan, driver)
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool, _heeding_interrupts(run.interrupt):
        while run.start(pool):
            run.settle()
    run.heed_the_last()
    run.raise_failure()


@contextlib.contextmanager
def _heeding_interrupts(tell: Callable[[], None]) -> Iterator[None]:
    """Ctrl-C is told, once. As an exception it might leave a lock of the threads held for ever.

    A signal that is ignored, or handled by others, stays so; other threads than the main one get
    none. The next one ends the process: an exception would wait for the threads, and these for
    Azure.
    """
    ours = signal.default_int_handler
    main = threading.current_thread() is threading.main_thread()
    known = (signal.SIGINT, signal.SIGTERM) if main else ()
    heeded = [each for each in known if signal.getsignal(each) is ours]

    def told(*_: object) -> None:
        _handle(heeded, signal.SIG_DFL)
        tell()

    _handle(heeded, told)
    try:
        yield
    finally:
        _handle(heeded, ours)


def _handle(signals: Iterable[signal.Signals], handler: Any) -> None:
    for each in signals:
        signal.signal(each, handler)


class _Run:
    """The state of one execution. Only the thread that called :func:`execute` touches it."""

    def __init__(self, plan: Plan, driver: Executes) -> None:
        self._waiting = list(plan)
        self._driver = driver
        self._running: set[str] = set()
        self._unsettled = {step.key for step in plan}
        self._failures: list[BaseException] = []
        self._ended: queue.SimpleQueue[tuple[Step | None, BaseException | None]] = (
            queue.SimpleQueue()
        )

    def start(self, pool: Executor) -> bool:
        """Starts what can start; False when nothing runs any more."""
        for step in [] if self._failures else list(self._waiting):
            if not self._unsettled.intersection(step.after):
                self._waiting.remove(step)
                self._running.add(step.key)
                pool.submit(self._carry_out, step)
        return bool(self._running)

    def _carry_out(self, step: Step) -> None:
        failure: BaseException | None = None
        try:
            self._driver.execute(step)
        except BaseException as error:  # pylint: disable=broad-exception-caught
            failure = error  # raised where the plan is executed
        self._ended.put((step, failure))

    def interrupt(self) -> None:
        """May be called at any moment, by a handler of signals: so may ``SimpleQueue.put``."""
        self._ended.put((None, KeyboardInterrupt()))

    def settle(self) -> None:
        """Notes the end of a step, or an interrupt; returns without one after a while."""
        with contextlib.suppress(queue.Empty):
            self._note(*self._ended.get(timeout=_LOOK_SECONDS))

    def heed_the_last(self) -> None:
        """An interrupt that came with the end of the last step, or after it."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._note(*self._ended.get_nowait())

    def _note(self, step: Step | None, failure: BaseException | None) -> None:
        if failure:
            self._failures.append(failure)
        if step:
            self._running.discard(step.key)
            self._unsettled.discard(step.key)
        else:
            self._driver.cancel()

    def raise_failure(self) -> None:
        """An error that steps reported says more than the interrupt that caused it."""
        told = [error for error in self._failures if not isinstance(error, KeyboardInterrupt)]
        for error in told or self._failures:
            raise error
