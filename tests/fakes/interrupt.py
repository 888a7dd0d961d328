"""Ctrl-C, at the moment when the main thread waits for the steps of a plan."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

PATIENCE = 30
"""Seconds until a test that would wait for ever fails instead."""


def ctrl_c() -> None:
    """What a terminal sends, from a step or once one runs."""
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


@contextmanager
def ctrl_c_when(ready: Callable[[], object]) -> Iterator[None]:
    """Sends it from another thread, once ``ready`` has told so, while the block runs."""

    def send() -> None:
        if ready():
            ctrl_c()

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    yield
    thread.join(PATIENCE)


@contextmanager
def ctrl_c_within(
    monkeypatch: pytest.MonkeyPatch,
    owner: type,
    method: str,
    moment: int = 0,
    *,
    when: Callable[[], bool] = lambda: True,
) -> Iterator[None]:
    """Sends it as the main thread comes out of that method, after ``moment`` times before.

    when: those before that do not count.
    """
    real, left = getattr(owner, method), [moment]

    def called(*args: object) -> object:
        done = real(*args)
        if threading.get_ident() == threading.main_thread().ident and when():
            left[0] -= 1
            if left[0] == -1:
                signal.raise_signal(signal.SIGINT)
        return done

    with monkeypatch.context() as patched:
        patched.setattr(owner, method, called)
        yield
    assert left[0] < 0, f"{method} was called {moment - left[0]} times only"
