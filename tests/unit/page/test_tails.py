"""Logs that are followed."""

from __future__ import annotations

import queue
from collections.abc import Iterator

import pytest

from azext_ml_endpoint.errors import NotFoundError, RuntimeUnavailableError
from azext_ml_endpoint.page.tails import MOST_LINES, Tail, Tails

LONG = 60.0
"""Seconds that no test waits."""


class Log:
    """A log that is written when the test says so. None ends it."""

    def __init__(self) -> None:
        self.opened = 0
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def open(self) -> Iterator[str]:
        self.opened += 1
        return iter(self._lines.get, None)

    def write(self, *lines: str | None) -> None:
        for line in lines:
            self._lines.put(line)


def read(*lines: str) -> Tail:
    tail = Tail()
    tail.read(iter(lines))
    return tail


def test_lines_are_numbered_and_told_to_each_from_where_he_is() -> None:
    tail = read("a", "b", "c")
    assert tail.after(0, 0) == [(1, "a"), (2, "b"), (3, "c")]
    assert tail.after(2, 0) == [(3, "c")]
    assert tail.after(3, 0) is None


def test_only_the_end_of_a_log_is_kept() -> None:
    tail = read(*map(str, range(MOST_LINES + 10)))
    kept = tail.after(0, 0) or []
    assert len(kept) == MOST_LINES
    assert kept[0] == (11, "10")


def test_lines_are_harmless_and_not_too_long() -> None:
    ((_, first), (_, second)) = read("\x1b[31mred", "x" * 100_000).after(0, 0) or []
    assert first == "\\x1b[31mred"
    assert len(second) < 5000


def test_a_failure_is_the_last_line() -> None:
    def lines() -> Iterator[str]:
        yield "a"
        raise RuntimeUnavailableError("Docker has gone.")

    tail = Tail()
    tail.read(lines())
    assert tail.after(1, 0) == [(2, "Docker has gone.")]
    assert tail.ended


def test_all_who_look_share_one_reader() -> None:
    log, tails = Log(), Tails()
    one = tails.of("houses", "blue", log.open)
    assert tails.of("Houses", "BLUE", log.open) is one
    assert log.opened == 1
    log.write("a")
    assert one.after(0, LONG) == [(1, "a")]
    assert one.after(1, 0) == []
    log.write(None)
    assert one.after(1, LONG) is None


def test_a_log_that_has_ended_is_opened_anew_under_another_name() -> None:
    log, tails = Log(), Tails()
    log.write(None)
    first = tails.of("houses", "blue", log.open)
    assert first.after(0, LONG) is None
    second = tails.of("houses", "blue", log.open)
    assert log.opened == 2
    assert second.name != first.name
    log.write(None)


def test_a_log_that_is_not_there_is_told_of_at_once() -> None:
    def nothing() -> Iterator[str]:
        raise NotFoundError("no such deployment")

    tails = Tails()
    with pytest.raises(NotFoundError):
        tails.of("houses", "blue", nothing)
