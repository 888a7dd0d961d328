"""Ctrl-C, at the moment when the main thread waits for the steps of a plan."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

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
