"""Runs a plan on a driver: each step after those it waits for, the others side by side."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager

from azext_ml_endpoint.plan.driver import Executes
from azext_ml_endpoint.plan.steps import Plan, Step

_SIDE_BY_SIDE = 8


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
    with futures.ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        try:
            while run.start(pool):
                run.settle()
        except KeyboardInterrupt as interrupt:
            with _next_one_ends_the_process():
                driver.cancel()
                run.stop(interrupt)
    run.raise_failure()


@contextmanager
def _next_one_ends_the_process() -> Iterator[None]:
    """An exception would wait for the threads, and they for Azure."""
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class _Run:
    """The state of one execution. Only the thread that called :func:`execute` touches it."""

    def __init__(self, plan: Plan, driver: Executes) -> None:
        self._waiting = list(plan)
        self._driver = driver
        self._running: dict[futures.Future[None], Step] = {}
        self._unsettled = {step.key for step in plan}
        self._failures: list[BaseException] = []

    def start(self, pool: futures.Executor) -> bool:
        """Starts what can start; False when nothing runs any more."""
        for step in [] if self._failures else list(self._waiting):
            if not self._unsettled.intersection(step.after):
                self._waiting.remove(step)
                self._running[pool.submit(self._driver.execute, step)] = step
        return bool(self._running)

    def settle(self) -> None:
        """Waits for one step at least and notes how it ended."""
        done, _ = futures.wait(self._running, return_when=futures.FIRST_COMPLETED)
        for future in done:
            self._unsettled.discard(self._running.pop(future).key)
            if error := future.exception():
                self._failures.append(error)

    def stop(self, reason: KeyboardInterrupt) -> None:
        """Starts nothing more and waits for the steps that run."""
        self._failures.append(reason)
        while self._running:
            self.settle()

    def raise_failure(self) -> None:
        """An error that steps reported says more than the interrupt that caused it."""
        told = [error for error in self._failures if not isinstance(error, KeyboardInterrupt)]
        for error in told or self._failures:
            raise error
