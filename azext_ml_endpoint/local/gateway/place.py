"""Where a server of this machine listens. A part of the gateway's program."""

from __future__ import annotations

import io
from contextlib import suppress
from dataclasses import dataclass

_PIECE = 65536


@dataclass(frozen=True)
class Place:
    """port: on 127.0.0.1. host: its container's own address, if it is to be reached there, and
    inner its port; both are its own as long as the process ``pid`` is. container: its id.
    """

    port: int
    host: str = ""
    inner: int = 0
    pid: int = 0
    container: str = ""

    @property
    def is_near(self) -> bool:
        """Numbers of processes are given again, also within other containers. What tells them
        apart is the id of the container, which is in the path of its control group.
        """
        return bool(self.host and self.container) and self.container.encode() in self._group()

    def _group(self) -> bytes:
        """Empty where there is no such process. It is read for each request: pathlib is slower."""
        with suppress(OSError), io.FileIO(f"/proc/{self.pid}/cgroup") as file:
            return file.read(_PIECE)
        return b""
