"""Asking again and again, without a network: who asks, how often, and how it ends."""

from __future__ import annotations

import itertools
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest

from azext_ml_endpoint.errors import ScoringError
from azext_ml_endpoint.measuring import load
from azext_ml_endpoint.measuring.load import Outcome, Wish
from azext_ml_endpoint.scoring import Answer, Call, Read
from tests.fakes.recording_report import RecordingReport

PATIENCE = 30
WELL = Answer(status=200, body=b"[1]", headers={"azureml-model-deployment": "blue"})


@dataclass
class Endpoint:
    """answer: of the nth request, from 1. connections: how many were opened; open: are still."""

    answer: Callable[[int], Answer] = lambda _: WELL
    connections: int = 0
    open: int = 0
    threads: set[threading.Thread] = field(default_factory=set)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def connect(self) -> Iterator[Call]:
        self._count(1)
        yield self._call
        self._count(-1)

    def _count(self, more: int) -> None:
        with self.lock:
            self.connections += more > 0
            self.open += more
            self.threads.add(threading.current_thread())

    def _call(self, read: Read) -> Answer:
        answer = self.answer(next(self.numbers))
        head = replace(answer, body=b"")
        return replace(head, body=read(head, iter([answer.body] if answer.body else ())))


def run(endpoint: Endpoint, report: RecordingReport | None = None, **wish: float) -> Outcome:
    return load.run(endpoint.connect, Wish(**wish), report or RecordingReport())  # type: ignore[arg-type]


def test_so_many_requests_are_sent_and_no_more() -> None:
    endpoint = Endpoint()
    outcome = run(endpoint, repeat=100, concurrency=8)
    assert (outcome.tally.requests, next(endpoint.numbers)) == (100, 101)
    assert (outcome.tally.failed, outcome.interrupted) == (0, False)
    assert outcome.tally.deployments == {"blue": 100}
    assert outcome.seconds > 0


@pytest.mark.parametrize(("repeat", "connections"), [(50, 4), (2, 2)])
def test_each_has_a_connection_that_is_closed_in_the_end(repeat: int, connections: int) -> None:
    endpoint = Endpoint()
    run(endpoint, repeat=repeat, concurrency=4)
    assert (endpoint.connections, endpoint.open) == (connections, 0)


def test_as_many_as_are_wanted_are_under_way_at_once() -> None:
    everybody = threading.Barrier(5, timeout=PATIENCE)

    def wait(_: int) -> Answer:
        everybody.wait()
        return WELL

    assert run(Endpoint(wait), repeat=10, concurrency=5).tally.failed == 0


def test_after_the_duration_no_request_is_begun() -> None:
    now = [0.0]

    def take_a_second(_: int) -> Answer:
        now[0] += 1.0
        return WELL

    endpoint = Endpoint(take_a_second)
    outcome = load.run(
        endpoint.connect, Wish(duration=5.0), RecordingReport(), clock=lambda: now[0]
    )
    assert (outcome.tally.requests, outcome.seconds) == (5, 5.0)
    assert outcome.tally.latencies.most == 1.0


def test_what_is_reached_first_ends_it() -> None:
    assert run(Endpoint(), repeat=3, duration=1e6).tally.requests == 3


def test_failures_are_results_and_nothing_is_repeated() -> None:
    def answer(number: int) -> Answer:
        if number == 2:
            raise ScoringError("nobody there")
        return Answer(status=503, body=b'{"message": "busy"}') if number == 3 else WELL

    tally = run(Endpoint(answer), repeat=4).tally
    assert tally.errors == {"no answer": 1, "503": 1}
    assert (tally.requests, tally.trouble) == (4, "nobody there")


@pytest.mark.parametrize(("body", "trouble"), [(b'{"message": "busy"}', "503: busy"), (b"", "503")])
def test_an_error_status_is_told_with_its_words(body: bytes, trouble: str) -> None:
    tally = run(Endpoint(lambda _: Answer(status=503, body=body)), repeat=1).tally
    assert tally.trouble == trouble


def test_the_first_byte_is_told_from_the_last_one() -> None:
    now = [0.0]

    def call(read: Read) -> Answer:
        def pieces() -> Iterator[bytes]:
            for each in (b"a", b"b"):
                now[0] += 1.0
                yield each

        return replace(WELL, body=read(WELL, pieces()))

    sample = load.measure(call, lambda: now[0])
    assert (sample.first_byte, sample.seconds) == (1.0, 2.0)


def test_ctrl_c_ends_it_with_what_there_is_and_waits_for_nobody() -> None:
    held = threading.Event()

    def answer(number: int) -> Answer:
        if number == 3:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        if number > 2:
            held.wait(PATIENCE)
        return WELL

    endpoint = Endpoint(answer)
    outcome = run(endpoint, repeat=1000, concurrency=2)
    assert outcome.interrupted
    held.set()
    for each in endpoint.threads:
        each.join(PATIENCE)
    assert outcome.tally.requests == 2, "whatever came later"
    assert next(endpoint.numbers) < 10, "nobody goes on"


def test_a_defect_ends_it_and_is_told() -> None:
    def answer(_: int) -> Answer:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(Endpoint(answer), duration=1e6, concurrency=2)


def test_how_far_it_is_is_shown_while_somebody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "_LOOK_SECONDS", 0.001)
    shown = threading.Event()

    class Report(RecordingReport):
        def status(self, key: str, text: str | None) -> None:
            super().status(key, text)
            shown.set()

    def answer(_: int) -> Answer:
        shown.wait(PATIENCE)
        return WELL

    report = Report()
    run(Endpoint(answer), report, repeat=2)
    key, text = report.statuses[0]
    assert key == "invoke" and text and " of 2 requests, 0 failed" in text
    assert report.statuses[-1] == ("invoke", None)
