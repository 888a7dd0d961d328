"""One endpoint, one command at a time on this machine.

A command holds its endpoint's lock alone, and shares the lock on the caches with the commands
of other endpoints. Clearing caches needs that second lock alone; while somebody shares it the
caches are left for the next one to clear. The kernel lets go of both when a process ends.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TypeAlias
from urllib.parse import quote, unquote

from azext_ml_endpoint import disk
from azext_ml_endpoint.errors import ConflictError
from azext_ml_endpoint.local import flock
from azext_ml_endpoint.report import Report

_LONGEST_NAME = 100
"""Of a file, with room for what is put before and behind it: file systems take 255 bytes."""

_LOOK_AGAIN = 0.2
"""Seconds between two looks at who is at work on an endpoint."""

_OVER = 2.0
"""Seconds after which another command has ended and does not follow on itself, as in a script."""

Wait: TypeAlias = Callable[[str], object]
"""Returns when it is worth another look."""


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """While no command is at work on any endpoint; none can begin. Raises ConflictError."""
    with _opened(folder / "caches") as caches:
        if not flock.try_lock(caches):
            raise ConflictError(
                "Another command is at work on an endpoint of this machine.",
                "Wait until it has ended, then run this command again.",
            )
        yield


class Locks:
    """The locks of one command on one endpoint."""

    def __init__(self, folder: Path, endpoint: str) -> None:
        self._folder = folder
        self._endpoint = endpoint
        self._caches: IO[str] | None = None

    @contextlib.contextmanager
    def held(self, wait: Wait | None = None) -> Iterator[None]:
        """wait: is told who is at work on the endpoint, and answers when to look again.

        Without it ConflictError is raised at once where another command is at work.
        """
        with (
            _opened(self._folder / f"{file_name(self._endpoint)}.lock") as own,
            _opened(self._folder / "caches") as caches,
        ):
            while not flock.try_lock(own):
                if wait is None:
                    raise ConflictError(
                        f"{self._busy(own)}.",
                        "Wait until it has ended, then run this command again.",
                    )
                wait(self._busy(own))
            _sign(own)
            flock.share(caches)
            self._caches = caches
            try:
                yield
            finally:
                _date(own)

    def passed(self, now: Callable[[], float] = time.time) -> bool:
        """Whether others have been at work since this process was, and have ended a while ago.

        now: seconds since the epoch. Takes some microseconds.
        """
        try:
            with (self._folder / f"{file_name(self._endpoint)}.lock").open(errors="replace") as own:
                gone = now() - os.fstat(own.fileno()).st_mtime > _OVER
                return gone and _holder(own) != str(os.getpid()) and flock.try_lock(own)
        except OSError:
            return False

    def alone(self) -> bool:
        """True when no other endpoint's command runs; from then on none can begin.

        To be asked at a command's end: after False it shares the caches no longer.
        """
        return self._caches is not None and flock.try_lock(self._caches)

    def _busy(self, own: IO[str]) -> str:
        return f"Another command is at work on endpoint {self._endpoint} (process {_holder(own)})"


def _opened(file: Path) -> IO[str]:
    try:
        disk.make_folder(file.parent)
        return file.open("a+", errors="replace")
    except OSError as error:
        raise disk.failure(error, file) from error


def told_once(report: Report, pause: Callable[[float], object]) -> Wait:
    """Says once whom it waits for."""
    told: set[str] = set()

    def wait(who: str) -> None:
        if who not in told:
            report.step(f"{who}; waiting for it")
        told.add(who)
        pause(_LOOK_AGAIN)

    return wait


def file_name(endpoint: str) -> str:
    """A file name, without a dot in it, that is the same where names differ only in capitals.

    Any text will do: commands are called with names that no endpoint can have, such as ``..``, or
    thousands of letters, of which a digest is enough.
    """
    spelled = quote(endpoint.lower(), safe="", errors="surrogatepass").replace(".", "%2E")
    if len(spelled) > _LONGEST_NAME:
        return hashlib.sha256(spelled.encode()).hexdigest()
    return spelled or "%"


def name_of(file: str) -> str:
    """The name, in small letters, of which :func:`file_name` has made this one."""
    return unquote(file, errors="replace") if file != "%" else ""


def _sign(stream: IO[str]) -> None:
    stream.truncate(0)
    stream.write(str(os.getpid()))
    stream.flush()


def _date(stream: IO[str]) -> None:
    """It is of now."""
    with contextlib.suppress(OSError):  # only whoever watches would be glad to know
        os.utime(stream.name)


def _holder(stream: IO[str]) -> str:
    stream.seek(0)
    return stream.read().strip() or "unknown"
