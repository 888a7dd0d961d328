"""Ctrl-C, at the moment when the main thread waits for the steps of a plan."""

from __future__ import annotations

import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE = 30
"""Seconds until a test that would wait for ever fails instead."""


def ctrl_c() -> None:
    """While the main thread starts a step, an interrupt would be a bare one: that is over first."""
    main = threading.main_thread().ident or 0
    while "settle" not in [each.name for each in traceback.extract_stack(_frames()[main])]:
        time.sleep(0.001)
    signal.pthread_kill(main, signal.SIGINT)


@contextmanager
def ctrl_c_when(ready: Callable[[], object]) -> Iterator[None]:
    """Sends it from another thread, once ``ready`` has returned, while the block runs."""

    def send() -> None:
        ready()
        ctrl_c()

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    yield
    thread.join(PATIENCE)


_frames = sys._current_frames
