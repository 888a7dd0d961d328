"""What is made late is made once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from azext_ml_endpoint.once import Once
from tests.fakes.interrupt import PATIENCE

THREADS = 4


def test_nothing_is_made_before_it_is_asked_for_and_then_one_for_all_threads() -> None:
    made: list[object] = []
    together = threading.Barrier(THREADS)

    def make() -> object:
        made.append(object())
        return made[-1]

    once = Once(make)
    assert made == []

    def ask() -> object:
        together.wait(PATIENCE)
        return once()

    with ThreadPoolExecutor(THREADS) as pool:
        found = [each.result() for each in [pool.submit(ask) for _ in range(THREADS)]]
    assert found == made * THREADS and len(made) == 1


def test_what_could_not_be_made_is_tried_again() -> None:
    answers = iter([OSError("no room"), None])

    def make() -> str:
        if error := next(answers):
            raise error
        return "made"

    once = Once(make)
    with pytest.raises(OSError, match="no room"):
        once()
    assert once() == "made"
