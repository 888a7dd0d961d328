"""One endpoint, one command at a time on this machine.

A command holds its endpoint's lock alone, and shares the lock on the caches with the commands
of other endpoints. Clearing caches needs that second lock alone; while somebody shares it the
caches are left for the next one to clear. The kernel lets go of both when a process ends.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TypeAlias
from urllib.parse import quote

from azext_ml_endpoint.errors import ConflictError, FileAccessError
from azext_ml_endpoint.local import flock

Wait: TypeAlias = Callable[[str], object]
"""Returns when it is worth another look."""


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
            self._open(f"{file_name(self._endpoint)}.lock") as own,
            self._open("caches") as caches,
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
            yield

    def alone(self) -> bool:
        """True when no other endpoint's command runs; from then on none can begin.

        To be asked at a command's end: after False it shares the caches no longer.
        """
        return self._caches is not None and flock.try_lock(self._caches)

    def _busy(self, own: IO[str]) -> str:
        return f"Another command is at work on endpoint {self._endpoint} (process {_holder(own)})"

    def _open(self, name: str) -> IO[str]:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            return (self._folder / name).open("a+")
        except OSError as error:
            raise FileAccessError(f"{error.filename}: {error.strerror}") from error


def file_name(endpoint: str) -> str:
    """A file name that differs where names differ only in capitals.

    Any text will do: commands are called with names that no endpoint can have, such as ``..``.
    """
    spelled = (
        f"^{_quoted(each.lower())}" if each.isupper() else _quoted(each) for each in endpoint
    )
    return "".join(spelled) or "%"


def _quoted(letter: str) -> str:
    return quote(letter, safe="").replace(".", "%2E")


def _sign(stream: IO[str]) -> None:
    stream.truncate(0)
    stream.write(str(os.getpid()))
    stream.flush()


def _holder(stream: IO[str]) -> str:
    stream.seek(0)
    return stream.read().strip() or "unknown"
