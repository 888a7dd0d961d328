"""Running programs, and the one error of the benchmark."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

TAIL = 3000

# A child's peak counts what its parent occupies when it starts it: this parent occupies next to
# nothing. Linux tells KiB.
PEAK = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=sys.stderr)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(done.returncode)
"""


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


def peak_memory(command: Sequence[str], environ: Mapping[str, str], folder: Path) -> float:
    """The most memory that `command` occupied (resident set size), in MB."""
    told = output([sys.executable, "-IS", "-c", PEAK, *command], environ=environ, folder=folder)
    return int(told) * 1024 / 1e6


def docker(*arguments: str, text: str | None = None) -> str:
    """What the docker command line printed."""
    return output(["docker", *arguments], text=text)
