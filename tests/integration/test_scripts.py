"""What scripts/test installs, and makes of stages that pass, fail or cannot run."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

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
gone() {{ kill -9 $BASHPID; }}
run() {{ for each in "$@"; do stage "$each" "$each"; done; }}
[[ -z $BESIDE ]] || beside run $BESIDE
run "$@"
[[ -z $BESIDE ]] || together
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


def run_stages(*names: str, ci: str, beside: str = "") -> tuple[int, dict[str, list[str]], str]:
    """The exit code, the rows of the table by stage, and all that was printed."""
    done = subprocess.run(
        ["bash", "-c", STAGES, "stages", *names],
        env={"PATH": os.environ["PATH"], "CI": ci, "BESIDE": beside},
        capture_output=True,
        text=True,
    )
    table = done.stdout[done.stdout.index("\nstage ") :].splitlines()[2:]
    rows = {row.split()[0]: row.split()[1:] for row in table[: len(names) + len(beside.split())]}
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


@pytest.mark.parametrize(("side", "code"), [("good partly", 0), ("good bad", 1)])
def test_stages_that_run_beside_others_are_told_with_them(side: str, code: int) -> None:
    ended, rows, printed = run_stages("good", ci="", beside=side)
    assert ended == code
    assert list(rows) == ["good", side.split()[1]], "the first is there twice, by one name"
    assert printed.count("=== good") == 2
    assert ("no engine answers" in printed) == ("partly" in side)


def test_a_side_that_is_gone_has_failed() -> None:
    code, rows, _ = run_stages("good", ci="", beside="gone")
    assert code != 0
    assert rows["beside"] == ["failed", "0", "it", "was", "killed"]


def test_tests_are_counted_and_those_that_could_not_run_are_named(tmp_path: Path) -> None:
    (tmp_path / "test_some.py").write_text(TESTS)
    python = [sys.executable, "-m", "pytest", "-c", os.devnull, "--rootdir", "."]
    subprocess.run([*python, "--junitxml=report.xml"], cwd=tmp_path, capture_output=True)
    junit = [sys.executable, str(LIBRARY / "junit.py")]
    subprocess.run([*junit, "report.xml", "counts", "not-run"], cwd=tmp_path, check=True)
    counted = (tmp_path / "counts").read_text()
    assert counted == "1 expected to fail, 2 failed, 1 passed, 1 skipped"
    assert (tmp_path / "not-run").read_text() == "test_some::test_c: no engine answers\n"


# What is installed


INSTALL = f"""
set -euo pipefail
repository=$1 LOG=$1/log VENV=$1/venv
. {LIBRARY}/say.sh
. {LIBRARY}/debian.sh
. {LIBRARY}/python.sh
NEWEST=$2
ensure_venv "$VENV" tools
"$VENV/bin/python" -c 'from importlib.metadata import version; print(version("some-tool"))'
"""


class Clone:
    """A repository that needs one tool, and an index with two versions of it. No uv."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.wheels = folder, folder / "wheels"
        self.requirements = folder / "scripts" / "requirements"
        for each in (self.wheels, self.requirements):
            each.mkdir(parents=True)
        for name in ("uv.txt", "uv.lock"):
            (self.requirements / name).write_text("")
        (self.requirements / "tools.txt").write_text("some-tool>=1,<3\n")
        self.lock("1.0", self.release("1.0"))
        self.release("2.0")

    def release(self, version: str) -> str:
        """Its hash."""
        stem = f"some_tool-{version}"
        wheel = self.wheels / f"{stem}-py3-none-any.whl"
        with ZipFile(wheel, "w") as file:
            metadata = f"Metadata-Version: 2.1\nName: some-tool\nVersion: {version}\n"
            file.writestr(f"{stem}.dist-info/METADATA", metadata)
            tags = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            file.writestr(f"{stem}.dist-info/WHEEL", tags)
            file.writestr(f"{stem}.dist-info/RECORD", "")
        return hashlib.sha256(wheel.read_bytes()).hexdigest()

    def lock(self, version: str, digest: str) -> None:
        text = f"some-tool=={version} --hash=sha256:{digest}\n"
        (self.requirements / "tools.lock").write_text(text)

    def install(self, newest: str = "") -> subprocess.CompletedProcess[str]:
        """Prints the version that is there in the end."""
        return subprocess.run(
            ["bash", "-c", INSTALL, "install", self.folder, newest],
            env={
                "PATH": os.environ["PATH"],
                "PYTHON": sys.executable,
                "PIP_CONFIG_FILE": os.devnull,
                "PIP_NO_INDEX": "1",
                "PIP_FIND_LINKS": str(self.wheels),
            },
            capture_output=True,
            text=True,
        )


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


def test_the_locked_version_is_installed_whatever_was_released_since(clone: Clone) -> None:
    assert clone.install().stdout == "1.0\n"
    again = clone.install()
    assert (again.stdout, again.stderr) == ("1.0\n", "")  # nothing to do

    clone.lock("2.0", clone.release("2.0"))
    assert clone.install().stdout == "2.0\n"


def test_the_newest_versions_are_looked_for_in_every_run(clone: Clone) -> None:
    assert clone.install("newest-1").stdout == "2.0\n"
    clone.release("2.1")
    clone.release("3.0")  # beyond the range
    assert clone.install("newest-1").stdout == "2.0\n"  # the same run
    assert clone.install("newest-2").stdout == "2.1\n"
    assert clone.install().stdout == "1.0\n"


def test_what_is_not_what_was_locked_is_not_installed(clone: Clone) -> None:
    clone.lock("2.0", "0" * 64)
    refused = clone.install()
    assert (refused.returncode == 0, refused.stdout) == (False, "")
    assert "HASHES" in refused.stderr


def test_what_a_lock_does_not_have_is_not_installed(clone: Clone) -> None:
    (clone.requirements / "tools.lock").write_text("some-tool>=1,<3\n")
    refused = clone.install()
    assert (refused.returncode == 0, refused.stdout) == (False, "")
