"""Where a server of this machine listens. A part of the gateway's program."""

from __future__ import annotations

import io
from contextlib import suppress
from dataclasses import dataclass

_PIECE = 65536


@dataclass(frozen=True)
class Place:
    """port: on 127.0.0.1. host: its container's own address, if it is to be reached there, and
    inner its port; all of them are its own as long as the process ``pid`` is. container: its id,
    empty where nobody can tell that.
    """

    port: int
    host: str = ""
    inner: int = 0
    pid: int = 0
    container: str = ""

    @property
    def is_lost(self) -> bool:
        """Its container has ended: it will have another port if it starts again, and Docker gives
        this one away, too.
        """
        return bool(self.container) and not runs(self.container, self.pid)


def runs(container: str, pid: int) -> bool:
    """Numbers of processes are given again, also within other containers. What tells them apart is
    the id of the container, which is in the path of its control group.
    """
    return container.encode() in _group(pid)


def _group(pid: int) -> bytes:
    """Empty where there is no such process. It is read for each request: pathlib is slower."""
    with suppress(OSError), io.FileIO(f"/proc/{pid}/cgroup") as file:
        return file.read(_PIECE)
    return b""
