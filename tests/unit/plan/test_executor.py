"""A plan runs side by side where it may, in order where it must, and stops at a failure."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import pytest

from azext_ml_endpoint.errors import EndpointError, Interrupted
from azext_ml_endpoint.plan.executor import _Run, execute
from azext_ml_endpoint.plan.observed import ObservedEndpoint
from azext_ml_endpoint.plan.own_tags import Changes
from azext_ml_endpoint.plan.steps import Asset, Keep, Plan, Step
from tests.fakes.interrupt import PATIENCE, ctrl_c


@dataclass(frozen=True, kw_only=True)
class Note(Keep):
    reason: str = ""
    endpoint_name: str = ""
    kept: Changes = field(default_factory=dict)
    name: str

    @property
    def key(self) -> str:
        return self.name


class ScriptedDriver:
    """Notes how each step begins and ends; ``script`` says what a step does in between."""

    honours: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()

    def __init__(self, **script: Callable[[], object]) -> None:
        self.script = script
        self.noted: list[str] = []
        self.cancelled = threading.Event()

    def observe(self, endpoint_name: str) -> ObservedEndpoint | None:
        raise NotImplementedError

    def registered(self, assets: Iterable[Asset]) -> frozenset[str]:
        raise NotImplementedError

    def execute(self, step: Step) -> None:
        self.noted.append(f"{step.key} begins")
        self.script.get(step.key, lambda: None)()
        self.noted.append(f"{step.key} ends")

    def cancel(self) -> None:
        self.cancelled.set()


def plan(**steps: str) -> Plan:
    """Names of steps, each with the names of those that it waits for."""
    return Plan(tuple(Note(name=name, after=tuple(after.split())) for name, after in steps.items()))


def failing(error: Exception) -> Callable[[], object]:
    def fail() -> None:
        raise error

    return fail


def test_steps_that_do_not_wait_for_each_other_run_side_by_side() -> None:
    meeting = threading.Barrier(3)
    meet: Callable[[], object] = lambda: meeting.wait(PATIENCE)  # noqa: E731
    execute(plan(a="", b="", c=""), ScriptedDriver(a=meet, b=meet, c=meet))


def test_a_step_begins_after_those_that_it_waits_for() -> None:
    driver = ScriptedDriver()
    execute(plan(a="", b="a", c="b a"), driver)
    assert driver.noted == ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]


def test_a_step_begins_as_soon_as_its_own_are_done_whatever_else_still_runs() -> None:
    b_runs = threading.Event()

    def slow() -> None:
        assert b_runs.wait(PATIENCE)

    driver = ScriptedDriver(slow=slow, b=b_runs.set)
    execute(plan(a="", slow="", b="a"), driver)
    assert driver.noted.index("b begins") < driver.noted.index("slow ends")


def test_the_first_failure_is_raised_and_nothing_new_begins() -> None:
    driver = ScriptedDriver(a=failing(EndpointError("a is wrong")))
    with pytest.raises(EndpointError, match="a is wrong"):
        execute(plan(a="", b="a", c="b"), driver)
    assert driver.noted == ["a begins"]


def test_a_failure_lets_running_steps_finish() -> None:
    both_run = threading.Barrier(2)

    def fail() -> None:
        both_run.wait(PATIENCE)
        raise EndpointError("a is wrong")

    driver = ScriptedDriver(a=fail, b=lambda: both_run.wait(PATIENCE))
    with pytest.raises(EndpointError, match="a is wrong"):
        execute(plan(a="", b="", c="a"), driver)
    assert "b ends" in driver.noted


def test_what_is_no_error_of_ours_is_raised_as_well() -> None:
    with pytest.raises(ZeroDivisionError):
        execute(plan(a=""), ScriptedDriver(a=failing(ZeroDivisionError())))


def test_an_empty_plan_does_nothing() -> None:
    driver = ScriptedDriver()
    execute(plan(), driver)
    assert driver.noted == []


def test_ctrl_c_cancels_what_runs_waits_for_it_and_raises_what_it_says() -> None:
    def interrupted() -> None:
        ctrl_c()
        assert driver.cancelled.wait(PATIENCE)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL, "the next one is caught, too"
        raise Interrupted("blue was not ready yet.")

    before = signal.getsignal(signal.SIGINT)
    driver = ScriptedDriver(a=interrupted)
    with pytest.raises(Interrupted, match="blue was not ready yet"):
        execute(plan(a="", b="a"), driver)
    assert driver.noted == ["a begins"]
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_starts_nothing_new_even_where_the_running_steps_still_succeed() -> None:
    def stubborn() -> None:
        ctrl_c()
        assert driver.cancelled.wait(PATIENCE)

    driver = ScriptedDriver(a=stubborn)
    with pytest.raises(KeyboardInterrupt):
        execute(plan(a="", b="a"), driver)
    assert driver.noted == ["a begins", "a ends"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_comes_after_the_last_step_is_heeded(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What watches would go on for ever."""
    settle = _Run.settle

    def settling(run: _Run) -> None:
        settle(run)
        if not run._running:
            signal.raise_signal(number)

    monkeypatch.setattr(_Run, "settle", settling)
    before = signal.signal(number, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            execute(plan(a=""), ScriptedDriver())
    finally:
        signal.signal(number, before)


def test_no_signal_raises_anything_while_steps_run() -> None:
    """Raised within the pool, it left a lock held that the ending steps wait for: for ever."""
    seen: list[object] = []
    driver = ScriptedDriver(a=lambda: seen.append(signal.getsignal(signal.SIGINT)))
    execute(plan(a=""), driver)
    assert seen != [signal.default_int_handler]


def test_the_signal_that_watch_ends_with_is_ctrl_c_as_well() -> None:
    def ended() -> None:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
        assert driver.cancelled.wait(PATIENCE)

    driver = ScriptedDriver(a=ended)
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            execute(plan(a="", b="a"), driver)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert driver.noted == ["a begins", "a ends"]
