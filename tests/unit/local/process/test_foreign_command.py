"""Programs that az runs: their output, their end, and az's own end, however that comes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from azext_ml_endpoint.errors import Interrupted
from azext_ml_endpoint.local import flock
from azext_ml_endpoint.local.process.foreign_command import ForeignCommands

AZ = """
import os, sys
from pathlib import Path
from azext_ml_endpoint.local import flock
from azext_ml_endpoint.local.process.foreign_command import ForeignCommands

lock = open(sys.argv[1], "w")
assert flock.try_lock(lock)
tell = lambda line: print(line, flush=True)
ForeignCommands().run(sys.argv[2:], Path(), os.environ, tell, holding=[lock])
"""
"""Stands for az: it is killed without any chance to do something about its children."""

PROGRAMS = {
    "a program": "echo $$; exec sleep 600",
    "what it has started": "sleep 600 & echo $!; wait",
    "one that heeds no signal": "trap '' TERM HUP INT PIPE; echo $$; while :; do sleep 1; done",
    "one that writes without end": "echo $$; while :; do echo more; done",
}


def run(command: list[str], said: list[str] | None = None) -> int:
    tell = (said if said is not None else []).append
    return ForeignCommands().run(command, Path(), os.environ, tell)


@pytest.mark.parametrize("name", PROGRAMS)
def test_nothing_outlives_az_that_is_killed(name: str, tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    command = [sys.executable, "-c", AZ, str(lock), "sh", "-c", PROGRAMS[name]]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as az:
        assert az.stdout is not None
        program = psutil.Process(int(az.stdout.readline()))
        with lock.open("a") as other:
            assert not flock.try_lock(other)
        os.kill(az.pid, signal.SIGKILL)
        az.wait()

    with lock.open("a") as other:
        gone, left = psutil.wait_procs([program], timeout=30)
        assert gone and not left
        flock.share(other)  # waits as long as anybody holds it


def test_the_lock_is_held_until_the_last_process_is_gone(tmp_path: Path) -> None:
    """Even where a program has left the group, and nothing can end it."""
    lock = tmp_path / "lock"
    ready, go_on = tmp_path / "ready", tmp_path / "go-on"
    os.mkfifo(go_on)
    away = f"""
import os, signal
os.setsid()
open({str(ready)!r}, "w").close()
print(os.getpid(), flush=True)
open({str(go_on)!r}).read()
"""
    command = [sys.executable, "-c", AZ, str(lock), sys.executable, "-c", away]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as az:
        assert az.stdout is not None
        program = psutil.Process(int(az.stdout.readline()))
        os.kill(az.pid, signal.SIGKILL)
        az.wait()
    with lock.open("a") as other:
        assert program.is_running()
        assert not flock.try_lock(other)
        go_on.write_text("end")
        program.wait(timeout=30)
        flock.share(other)  # waits as long as anybody holds it


def test_output_and_exit_code_are_the_program_s_own() -> None:
    said: list[str] = []
    assert run(["sh", "-c", "echo one; echo two >&2; exit 3"], said) == 3
    assert said == ["one", "two"]
    assert run(["true"]) == 0


def test_a_program_that_a_signal_ended_has_failed() -> None:
    assert run(["sh", "-c", "kill -9 $$"]) == 128 + signal.SIGKILL


def test_a_program_that_is_missing_is_named() -> None:
    said: list[str] = []
    assert run(["/no/such/program"], said) == 127
    assert said == ["/no/such/program: No such file or directory"]


def test_it_reads_nothing_and_minds_a_closed_pipe() -> None:
    said: list[str] = []
    assert run(["sh", "-c", "cat; yes | head -1"], said) == 0
    assert said == ["y"]


def test_cancelling_ends_it() -> None:
    commands = ForeignCommands()

    def tell(_: str) -> None:
        commands.cancel()

    with pytest.raises(Interrupted):
        commands.run(["sh", "-c", "echo begun; exec sleep 600"], Path(), os.environ, tell)
