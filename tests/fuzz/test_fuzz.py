"""500 random inputs, the same in every run, and all that are kept: see ``scripts/fuzz``."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.fuzz.__main__ import REPOSITORY, TARGETS

INPUTS = 500


@pytest.mark.parametrize("target", TARGETS)
def test_every_input_has_a_result_or_an_error_that_people_can_read(target: str) -> None:
    share = str(-(-INPUTS // len(TARGETS)))
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "--inputs", share, "--seed", "0", target],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        errors="replace",
    )
    assert done.returncode == 0, done.stderr
