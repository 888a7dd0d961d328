"""Running programs, and the one error of the benchmark."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

TAIL = 3000


class BenchmarkError(Exception):
    """The benchmark cannot go on; the message says why."""


def output(
    command: Sequence[str],
    *,
    environ: Mapping[str, str] | None = None,
    folder: Path | None = None,
    text: str | None = None,
) -> str:
    """What `command` printed; BenchmarkError with the end of all it said when it failed."""
    done = subprocess.run(
        command, env=environ, cwd=folder, input=text, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stdout + done.stderr).strip()[-TAIL:]
        raise BenchmarkError(f"{shlex.join(command)} exited with {done.returncode}:\n{said}")
    return done.stdout.strip()


def docker(*arguments: str, text: str | None = None) -> str:
    """What the docker command line printed."""
    return output(["docker", *arguments], text=text)
