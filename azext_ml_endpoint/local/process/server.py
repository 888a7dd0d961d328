"""One server process and what belongs to it, known by the folder it was started in.

A process id alone proves nothing: the machine may have been restarted, the id given to somebody
else. So all processes of an instance hold the lock of the log they write to. While it is held,
one of them lives and the remembered ids are theirs; when it is free, they are all gone.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from azext_ml_endpoint import disk
from azext_ml_endpoint.errors import StartError
from azext_ml_endpoint.local import flock
from azext_ml_endpoint.local.process import supervisor

if TYPE_CHECKING:
    import psutil

SERVER, LOG = "azmlinfsrv", "server.log"
"""The program, and where it writes."""
_TICK = 0.01
_KILL_SECONDS = 5.0


def launch(
    folder: Path,
    command: Sequence[str],
    environment: Mapping[str, str],
    listener: socket.socket,
) -> None:
    """Returns when the server has been started; it inherits ``listener`` as systemd would do it.

    Raises StartError.
    """
    try:
        with (folder / LOG).open("ab") as log:
            while not flock.try_lock(log):  # somebody asks at this moment whether it runs
                time.sleep(_TICK)
            subprocess.run(
                [sys.executable, "-I", "-S", supervisor.__file__, *command],
                cwd=folder,
                env=dict(environment),
                stdin=listener.fileno(),
                stdout=subprocess.PIPE,
                stderr=log,
                check=True,
                start_new_session=True,  # Ctrl-C in a terminal is az's alone
            )
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        raise StartError(f"The server could not be started: {error}") from error


def running(folder: Path) -> bool:
    """A server whose exit code is known has ended, though its last processes may be ending."""
    try:
        log = disk.own(folder / LOG)
    except OSError:
        return False
    with log:
        held = not flock.try_lock(log, alone=False)
    return held and exit_code(folder) is None


def exit_code(folder: Path) -> int | None:
    """None while it runs, and where machine or supervisor ended before it."""
    try:
        return int(disk.read_own(folder / "exit"))
    except (OSError, ValueError):
        return None


def variables(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Those of the named variables that the running server was started with."""
    wanted = list(names)
    if not wanted or not running(folder):
        return {}
    import psutil

    found = pids(folder)
    if found is None:
        return {}
    try:
        present = psutil.Process(found[1]).environ()
    except (psutil.Error, OSError, OverflowError):
        return {}
    return {name: present[name] for name in wanted if name in present}


def pids(folder: Path) -> tuple[int, int] | None:
    """Process group and server. A supervisor writes them as the first thing it does.

    None where they are not there, or damaged. A 0 would be our own group.
    """
    deadline = time.monotonic() + 1
    while not (folder / "pids").exists() and time.monotonic() < deadline:
        time.sleep(_TICK)
    try:
        group, server = map(int, disk.read_own(folder / "pids").split())
    except (OSError, ValueError):
        return None
    return (group, server) if group > 1 and server > 1 else None


def end(folders: Sequence[Path], grace: float) -> None:
    """Asks the servers to end, and kills those that still run after ``grace`` seconds."""
    for patience, number in ((grace, signal.SIGTERM), (_KILL_SECONDS, signal.SIGKILL)):
        for folder in folders:
            _signal(folder, number)
        deadline = time.monotonic() + patience
        while any(map(running, folders)) and time.monotonic() < deadline:
            time.sleep(_TICK)


def ask_to_end(folder: Path) -> None:
    """And waits for nothing: what has been begun may take its time."""
    _signal(folder, signal.SIGTERM)


def _signal(folder: Path, number: int) -> None:
    if running(folder) and (group := _group(folder)):
        with contextlib.suppress(OSError, OverflowError):  # it ends at this moment
            os.killpg(group, number)


def end_below(folder: Path) -> None:
    """Kills who has left the server's group, and still works below the folder."""
    import psutil

    for each in _below(folder):
        with contextlib.suppress(psutil.Error, OSError):
            each.kill()
            each.wait(_KILL_SECONDS)


def _group(folder: Path) -> int | None:
    """Where nobody says it any more: that of a process that works below the folder."""
    if found := pids(folder):
        return found[0]
    each = next(_below(folder), None)
    return os.getpgid(each.pid) if each else None


def _below(folder: Path) -> Iterator[psutil.Process]:
    import psutil

    for each in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if Path(each.cwd()).is_relative_to(folder.resolve()):
                yield each
