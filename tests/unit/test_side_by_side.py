"""Calls beside each other, and Ctrl-C at every moment of waiting for them."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from azext_ml_endpoint.errors import Interrupted
from azext_ml_endpoint.side_by_side import answers, heed_terminations, told_of_interrupts
from tests.fakes.interrupt import PATIENCE, ctrl_c, ctrl_c_when, ctrl_c_within

Handler = signal.Handlers | Callable[..., None]


@pytest.fixture
def unanswered() -> Iterator[threading.Event]:
    """What a call waits for that is not answered before the test ends."""
    answer = threading.Event()
    yield answer
    answer.set()


def failing(error: BaseException) -> None:
    raise error


def test_answers_come_in_the_order_of_the_calls() -> None:
    second = threading.Event()
    calls = [lambda: second.wait(PATIENCE) and "first", lambda: second.set() or "second"]
    assert answers(calls) == ["first", "second"]


def test_no_calls_have_no_answers() -> None:
    assert answers([]) == []


def test_no_more_go_side_by_side_than_may() -> None:
    meeting, most, running = threading.Barrier(2), [0], [0]
    lock = threading.Lock()

    def call() -> None:
        with lock:
            running[0] += 1
            most[0] = max(most + running)
        meeting.wait(PATIENCE)
        with lock:
            running[0] -= 1

    answers([call] * 6, 2)
    assert most == [2]


def test_the_first_failure_in_their_order_is_raised_when_all_have_ended() -> None:
    second, third = threading.Event(), threading.Event()
    calls: list[Callable[[], object]] = [
        lambda: second.wait(PATIENCE) and failing(KeyError("first")),
        lambda: second.set() or failing(ValueError("second")),
        lambda: second.wait(PATIENCE) and third.set(),
    ]
    with pytest.raises(KeyError, match="first"):
        answers(calls)
    assert third.is_set()


def test_who_was_interrupted_for_a_failure_is_not_it() -> None:
    with pytest.raises(KeyError, match="second"):
        answers([partial(failing, Interrupted("first")), partial(failing, KeyError("second"))])


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()])
def test_what_is_no_error_ends_no_thread_unseen(error: BaseException) -> None:
    with pytest.raises(type(error)):
        answers([partial(failing, error), int])


def test_ctrl_c_waits_for_no_answer(unanswered: threading.Event) -> None:
    asked = threading.Event()

    def ask() -> None:
        asked.set()
        unanswered.wait(PATIENCE)

    with ctrl_c_when(lambda: asked.wait(PATIENCE)), pytest.raises(KeyboardInterrupt):
        answers([ask])


@pytest.mark.parametrize("moment", range(4))
def test_ctrl_c_while_a_lock_is_taken_keeps_nobody(
    moment: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        ctrl_c_within(monkeypatch, threading.Condition, "__enter__", moment),
        pytest.raises(KeyboardInterrupt),
    ):
        answers([int] * 8)


@pytest.mark.parametrize("moment", range(4))
def test_who_is_told_of_it_loses_no_answer_at_that_moment(
    moment: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, came = threading.Event(), list[bool]()

    def ask() -> None:
        with told_of_interrupts(told.set):
            came.extend(answers([lambda: told.wait(PATIENCE)] * 4, 4))

    with (
        ctrl_c_within(monkeypatch, threading.Condition, "__enter__", moment),
        pytest.raises(KeyboardInterrupt),
    ):
        ask()
    assert came == [True] * 4


def test_an_interrupt_is_told_once_and_the_next_one_ends_the_process() -> None:
    seen: list[object] = []
    before = signal.getsignal(signal.SIGINT)

    def interrupted() -> None:
        with told_of_interrupts(lambda: seen.append("told")):
            ctrl_c()
            seen.append(signal.getsignal(signal.SIGINT))

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert seen == ["told", signal.SIG_DFL]
    assert signal.getsignal(signal.SIGINT) is before


def test_what_the_block_raises_says_more_than_the_interrupt() -> None:
    def interrupted() -> None:
        with told_of_interrupts(lambda: None):
            ctrl_c()
            raise ValueError("blue was not ready yet")

    with pytest.raises(ValueError, match="blue"):
        interrupted()


def test_without_an_interrupt_nothing_is_told() -> None:
    told: list[int] = []
    with told_of_interrupts(lambda: told.append(1)):
        pass
    assert told == []


@pytest.mark.parametrize("handler", [signal.SIG_IGN, lambda *_: None])
def test_a_signal_that_somebody_else_handles_is_left_to_them(handler: Handler) -> None:
    before = signal.signal(signal.SIGINT, handler)
    try:
        with told_of_interrupts(lambda: None):
            assert signal.getsignal(signal.SIGINT) == handler
        assert signal.getsignal(signal.SIGINT) == handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_thread_that_gets_no_signals_sets_no_handler() -> None:
    seen: list[object] = []

    def work() -> None:
        with told_of_interrupts(lambda: None):
            seen.append(signal.getsignal(signal.SIGINT))

    answers([work])
    assert seen == [signal.getsignal(signal.SIGINT)]


@pytest.mark.parametrize(
    ("before", "after"),
    [(signal.SIG_DFL, signal.default_int_handler), (signal.SIG_IGN, signal.SIG_IGN)],
)
def test_the_end_that_a_job_is_cancelled_with_is_ctrl_c(before: Handler, after: Handler) -> None:
    found = signal.signal(signal.SIGTERM, before)
    try:
        heed_terminations()
        assert signal.getsignal(signal.SIGTERM) == after
    finally:
        signal.signal(signal.SIGTERM, found)
