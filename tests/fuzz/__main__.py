"""Tries random inputs on what reads foreign files and answers: see ``scripts/fuzz``.

Each target is a module of this package: ``INPUTS`` makes bytes, ``LARGE`` are some that are no
file of the corpus, ``SOUND`` is one that nothing is wrong with, and ``judge`` fails where they are
not read as they should be, in a folder that ``prepare`` has filled. A target has a process to
itself, which an input may end.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.fuzz import corpus

TARGETS = ("answers", "conda_files", "documents", "ignore_files", "plans", "scripts", "states")
FAILED = 3
"""How a worker ends that has kept what failed."""
REPOSITORY = Path(__file__).parents[2]


def main(arguments: Sequence[str]) -> int:
    """The number of targets that failed."""
    parser = argparse.ArgumentParser(prog="scripts/fuzz", allow_abbrev=False)
    parser.add_argument("targets", metavar="TARGET", nargs="*", help=", ".join(TARGETS))
    parser.add_argument("--inputs", type=int, default=10_000, help="of all targets together")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    asked = parser.parse_args(arguments)
    unknown = sorted({*asked.targets} - {*TARGETS})
    if unknown:
        parser.error(f"no target is called {unknown[0]}; there are: {', '.join(TARGETS)}")
    targets = asked.targets or TARGETS
    sys.stderr.write(f"seed {asked.seed}\n")
    inputs = -(-asked.inputs // len(targets))
    return sum(not passes(each, inputs, asked.seed) for each in targets)


def passes(target: str, inputs: int, seed: int) -> bool:
    """Tells on stderr what came of it."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        command = [
            sys.executable,
            "-m",
            "tests.fuzz.worker",
            target,
            folder,
            str(inputs),
            str(seed),
        ]
        done = subprocess.run(command, cwd=REPOSITORY, stdin=subprocess.DEVNULL)
        current = Path(folder, "current")
        if done.returncode not in (0, FAILED) and current.exists():
            file = corpus.keep(target, current.read_bytes())
            sys.stderr.write(f"{target}: {file} ends the process ({done.returncode})\n")
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
