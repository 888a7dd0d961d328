"""Runs programs whose output is followed line by line and that can be ended from outside."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from azext_ml_endpoint.errors import Interrupted


class ForeignCommands:
    """Each program leads a process group of its own, so that Ctrl-C reaches it only through us."""

    def __init__(self) -> None:
        self.cancelled = threading.Event()
        self._running: set[subprocess.Popen[str]] = set()

    def run(
        self,
        command: Sequence[str],
        folder: Path,
        variables: Mapping[str, str],
        tell: Callable[[str], None],
    ) -> int:
        """The exit code; ``tell`` gets each line of output. Raises Interrupted, OSError."""
        process = subprocess.Popen(  # pylint: disable=consider-using-with
            command,
            cwd=folder,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._running.add(process)
        try:
            return self._follow(process, tell)
        finally:
            _kill(process)
            self._running.discard(process)

    def cancel(self) -> None:
        """Ends what runs now, and what is begun later. Called from any thread."""
        self.cancelled.set()
        for process in tuple(self._running):
            _kill(process)

    def _follow(self, process: subprocess.Popen[str], tell: Callable[[str], None]) -> int:
        with process:
            if self.cancelled.is_set():
                _kill(process)
            for line in process.stdout or ():
                tell(line.rstrip("\n"))
        if self.cancelled.is_set():
            raise Interrupted("Interrupted while packages were installed. What runs is as it was.")
        return process.returncode


def _kill(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
