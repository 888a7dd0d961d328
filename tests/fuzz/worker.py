"""Tries one target: ``python -m tests.fuzz.worker TARGET FOLDER INPUTS SEED``.

Ends with FAILED where an input failed, which then is in the corpus, as small as it could be made.
The input that is being tried is in FOLDER/current, for whoever finds this process dead.
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
import traceback
import warnings
from pathlib import Path
from types import ModuleType

from hypothesis import HealthCheck, given, seed, settings

import tests.conftest  # noqa: F401 -- az reads its environment when it is imported
from tests.fuzz import corpus, limits
from tests.fuzz.__main__ import FAILED

_PRODUCT = "azext_ml_endpoint"
_LINES, _WIDTH = 30, 500


class Trial:
    """failures: by kind, the last input, which hypothesis makes the smallest, and what it said."""

    def __init__(self, target: ModuleType, current: Path) -> None:
        self._target = target
        self._current = current
        self.tried = 0
        self.failures: dict[str, tuple[bytes, str]] = {}

    def __call__(self, content: bytes) -> None:
        self._current.write_bytes(content)
        self.tried += 1
        try:
            with limits.kept():
                self._target.judge(content)
        except Exception as error:
            self.failures[_kind(error)] = (content, traceback.format_exc())
            raise

    def of_corpus(self, content: bytes) -> None:
        """The others are tried, too."""
        try:
            self(content)
        except Exception:
            return


def _kind(error: Exception) -> str:
    """Its type, and the last line of the product that it went through."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f"{each.filename}:{each.lineno}" for each in frames if _PRODUCT in each.filename]
    return f"{type(error).__name__} {own[-1] if own else ''}"


def main(name: str, folder: str, inputs: str, number: str) -> int:
    target = importlib.import_module(f"tests.fuzz.{name}")
    work = Path(folder, "so/deep/that/nothing/is/above", "work")
    work.mkdir(parents=True)
    os.chdir(work)
    os.environ |= {"HOME": str(work), "PWD": str(work)}
    target.prepare()
    trial = Trial(target, Path(folder, "current"))
    target.judge(target.SOUND)  # what is imported late counts for no input
    logging.disable()
    warnings.simplefilter("error", FutureWarning)  # who uses az would see it
    limits.prepare()
    for content in (*target.LARGE, *(each.read_bytes() for each in corpus.files(name))):
        trial.of_corpus(content)
    _random(trial, target, int(inputs), int(number))
    for content, told in trial.failures.values():
        sys.stderr.write(f"{_short(told)}\n{name}: {_kept(name, target, content)}\n")
    sys.stderr.write(f"{name}: {trial.tried} inputs, {len(trial.failures)} failed\n")
    return FAILED if trial.failures else 0


def _random(trial: Trial, target: ModuleType, inputs: int, number: int) -> None:
    @seed(number)
    @settings(
        max_examples=inputs, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(content=target.INPUTS)
    def tried(content: bytes) -> None:
        trial(content)

    try:
        tried()
    except Exception:
        assert trial.failures


def _short(told: str) -> str:
    return "\n".join(line[:_WIDTH] for line in told.splitlines()[-_LINES:])


def _kept(name: str, target: ModuleType, content: bytes) -> str:
    if content in target.LARGE:
        return f"LARGE[{target.LARGE.index(content)}]"
    return str(corpus.keep(name, content))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
