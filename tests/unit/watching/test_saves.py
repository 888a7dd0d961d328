"""What is saved, as watchers tell of it; the watchers themselves are watchfiles' own."""

from __future__ import annotations

import queue
from pathlib import Path

import pytest

from azext_ml_endpoint.errors import FileAccessError
from azext_ml_endpoint.watching.saves import Found, Saves

ONE, TWO = Path("/work/score.py"), Path("/work/endpoint.yml")


@pytest.fixture
def found() -> Found:
    return queue.SimpleQueue()


def saves(found: Found, *disturbed: bool) -> Saves:
    looks = iter(disturbed)
    return Saves(found, lambda: next(looks))


def test_what_came_meanwhile_is_one(found: Found) -> None:
    found.put(frozenset({ONE}))
    found.put(frozenset({TWO}))
    assert next(iter(saves(found))) == {ONE, TWO}


def test_what_is_pending_can_be_looked_at_and_still_comes(found: Found) -> None:
    came = saves(found)
    assert came.pending() == frozenset()
    found.put(frozenset({ONE}))
    assert came.pending() == came.pending() == {ONE}
    found.put(frozenset({TWO}))
    assert came.pending() == {ONE, TWO}
    assert next(iter(came)) == {ONE, TWO}
    assert came.pending() == frozenset()


def test_a_watcher_that_has_ended_is_told_of_by_what_comes_next(found: Found) -> None:
    came = saves(found)
    found.put(OSError("no space left on device"))
    found.put(frozenset({ONE}))
    assert came.pending() == {ONE}
    with pytest.raises(FileAccessError, match="no space left"):
        next(iter(came))


def test_nothing_is_told_where_others_have_been_at_work(found: Found) -> None:
    assert next(iter(saves(found, False, True))) == frozenset()
