"""Reading in the background, and closing from anywhere."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from azext_ml_endpoint.local.docker.stream import Closer, Stream


def test_items_come_in_order_and_then_the_end() -> None:
    stream = Stream(lambda opened: iter([1, 2, 3]))
    assert list(stream) == [1, 2, 3]
    assert list(stream) == []


def test_an_error_of_the_source_reaches_whoever_iterates() -> None:
    def source(opened: Callable[[Closer], None]) -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    stream = Stream(source)
    assert next(stream) == 1
    with pytest.raises(ValueError, match="broken"):
        next(stream)
    assert list(stream) == []


def test_closing_ends_a_wait_in_another_thread_and_hangs_up() -> None:
    silence, began = threading.Event(), threading.Event()

    def source(opened: Callable[[Closer], None]) -> Iterator[int]:
        opened(silence.set)
        began.set()
        yield from ()
        silence.wait()
        raise OSError("hung up")

    stream = Stream(source)
    seen: list[int] = []
    waiting = threading.Thread(target=lambda: seen.extend(stream), daemon=True)
    waiting.start()
    began.wait()
    stream.close()
    waiting.join(timeout=30)
    assert not waiting.is_alive()
    assert silence.is_set()
    assert seen == []


def test_closing_does_not_wait_for_a_source_that_has_not_begun_to_answer() -> None:
    late, hung_up = threading.Event(), threading.Event()

    def source(opened: Callable[[Closer], None]) -> Iterator[int]:
        late.wait()
        opened(hung_up.set)
        yield 1

    stream = Stream(source)
    stream.close()
    assert list(stream) == []
    late.set()
    assert hung_up.wait(timeout=30)


def test_what_had_come_before_it_was_closed_is_not_given_out() -> None:
    stream = Stream(lambda opened: iter([1, 2]))
    stream.close()
    stream.close()
    assert list(stream) == []
