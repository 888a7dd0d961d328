"""Advisory locks on files. The kernel lets go of one when the last process that holds it ends."""

from __future__ import annotations

import sys
from typing import IO, Any

if sys.platform != "win32":
    import fcntl


def try_lock(stream: IO[Any], *, alone: bool = True) -> bool:
    """False where somebody else's lock stands against it. Child processes share the lock."""
    if sys.platform == "win32":
        return True  # nothing is kept apart there
    # pylint: disable=possibly-used-before-assignment
    kind = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
    try:
        fcntl.flock(stream, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def share(stream: IO[Any]) -> None:
    """Waits while somebody else holds it alone."""
    if sys.platform != "win32":
        fcntl.flock(stream, fcntl.LOCK_SH)


def take(stream: IO[Any]) -> None:
    """Alone. Waits while somebody else holds it."""
    if sys.platform != "win32":
        fcntl.flock(stream, fcntl.LOCK_EX)
