"""Runs a plan on a driver: each step after those it waits for, the others side by side."""

from __future__ import annotations

import contextlib
import queue
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor

from azext_ml_endpoint.plan.driver import Executes
from azext_ml_endpoint.plan.steps import Plan, Step
from azext_ml_endpoint.side_by_side import AT_ONCE, LOOK_SECONDS, told_of_interrupts


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
    with told_of_interrupts(run.interrupt), ThreadPoolExecutor(AT_ONCE) as pool:
        while run.start(pool):
            run.settle()
        run.raise_failure()


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
            self._note(*self._ended.get(timeout=LOOK_SECONDS))

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
