"""Runs programs whose output is followed line by line and that can be ended from outside."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from azext_ml_endpoint.errors import Interrupted
from azext_ml_endpoint.local.process import guard


class ForeignCommands:
    """Each program runs in a group of its own, so that Ctrl-C reaches it only through us.

    It does not outlive this process, however that ends: see :mod:`.guard`.
    """

    def __init__(self) -> None:
        self.cancelled = threading.Event()
        self._running: set[subprocess.Popen[str]] = set()

    def run(
        self,
        command: Sequence[str],
        folder: Path,
        variables: Mapping[str, str],
        tell: Callable[[str], None],
        *,
        holding: Sequence[IO[Any]] = (),
    ) -> int:
        """The exit code; ``tell`` gets each line of output. Raises Interrupted, OSError.

        holding: files that stay open, and locked, as long as the program runs.
        """
        process = subprocess.Popen(  # pylint: disable=consider-using-with
            [sys.executable, "-I", "-S", guard.__file__, *command],
            cwd=folder,
            env=dict(variables),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            pass_fds=[each.fileno() for each in holding],
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
