"""What scripts/test makes of stages that pass, fail or cannot run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.conftest import REPOSITORY

LIBRARY = REPOSITORY / "scripts" / "lib"
STAGES = f"""
set -euo pipefail
. {LIBRARY}/say.sh
. {LIBRARY}/stages.sh
good() {{ echo "3 passed" >>"$COUNTS"; }}
bad() {{ false; }}
absent() {{ could_not_run "no engine answers"; }}
partly() {{ echo "test_x: no engine answers" >>"$NOT_RUN"; }}
for each in "$@"; do stage "$each" "$each"; done
summary
"""
TESTS = """
import pytest
def test_a(): pass
def test_b(): assert False
def test_c(): pytest.skip("no engine answers")
@pytest.fixture
def broken(): raise OSError
def test_d(broken): pass
@pytest.mark.xfail
def test_e(): assert False
"""


def run_stages(*names: str, ci: str) -> tuple[int, dict[str, list[str]], str]:
    """The exit code, the rows of the table by stage, and all that was printed."""
    done = subprocess.run(
        ["bash", "-c", STAGES, "stages", *names],
        env={"PATH": os.environ["PATH"], "CI": ci},
        capture_output=True,
        text=True,
    )
    table = done.stdout[done.stdout.index("\nstage ") :].splitlines()[2 : 2 + len(names)]
    rows = {row.split()[0]: row.split()[1:] for row in table}
    return done.returncode, rows, done.stdout


def test_stages_go_on_after_a_failure_and_the_run_has_failed() -> None:
    code, rows, _ = run_stages("bad", "good", ci="")
    assert code != 0
    assert rows["bad"][0] == "failed"
    result, _seconds, *counts = rows["good"]
    assert (result, counts) == ("passed", ["3", "passed"])


@pytest.mark.parametrize("name", ["absent", "partly"])
def test_what_could_not_run_is_named_and_fails_only_in_ci(name: str) -> None:
    code, _, printed = run_stages("good", name, ci="")
    assert code == 0
    assert "no engine answers" in printed[printed.index("Could not run:") :]

    code, rows, printed = run_stages("good", name, ci="true")
    assert code != 0
    assert rows[name][0] == "failed"
    assert "no engine answers" in printed[printed.index("Could not run:") :]


def test_tests_are_counted_and_those_that_could_not_run_are_named(tmp_path: Path) -> None:
    (tmp_path / "test_some.py").write_text(TESTS)
    python = [sys.executable, "-m", "pytest", "-c", os.devnull, "--rootdir", "."]
    subprocess.run([*python, "--junitxml=report.xml"], cwd=tmp_path, capture_output=True)
    junit = [sys.executable, str(LIBRARY / "junit.py")]
    subprocess.run([*junit, "report.xml", "counts", "not-run"], cwd=tmp_path, check=True)
    counted = (tmp_path / "counts").read_text()
    assert counted == "1 expected to fail, 2 failed, 1 passed, 1 skipped"
    assert (tmp_path / "not-run").read_text() == "test_some::test_c: no engine answers\n"
