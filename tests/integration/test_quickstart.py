"""scripts/quickstart in a fresh copy of the repository, where no Docker Engine answers."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.az import fresh_az
from tests.integration.conftest import REPOSITORY

NEEDED = ("azext_ml_endpoint", "samples", "scripts", "setup.py", "README.md", "HISTORY.rst")
FILE = "endpoints/online/managed/simple-flow/1-create-endpoint-with-blue.yml"
SETTINGS = "[core]\ncollect_telemetry = no\n"


@dataclass(frozen=True)
class Clone:
    place: Path
    variables: Mapping[str, str]

    def start(self, command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            shlex.split(command),
            cwd=self.place,
            env=self.variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, command: str) -> tuple[str, str]:
        """Both streams of a command that must succeed."""
        with self.start(command) as process:
            stdout, stderr = process.communicate()
        assert process.returncode == 0, f"{stdout}\n--- stderr\n{stderr}"
        return stdout, stderr


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    """Its user has a home with settings for az, and no Docker Engine."""
    place = tmp_path_factory.mktemp("clone")
    for path in (REPOSITORY / name for name in NEEDED):
        copy = shutil.copytree if path.is_dir() else shutil.copy
        copy(path, place / path.name)
    home = tmp_path_factory.mktemp("home")
    (home / ".azure").mkdir()
    (home / ".azure" / "config").write_text(SETTINGS)
    found = fresh_az(home).variables
    variables = {name: found[name] for name in found if not name.startswith("AZURE_")}
    clone = Clone(place, {**variables, "DOCKER_HOST": f"unix://{home}/no.sock"})
    yield clone
    clone.run(".venv/bin/az ml endpoint delete --local -n my-endpoint --yes")


def test_a_run_that_was_interrupted_is_finished_by_the_next(clone: Clone) -> None:
    with clone.start("scripts/quickstart") as process:
        while not (clone.place / ".venv" / ".installing").exists():
            assert process.poll() is None, process.communicate()
            time.sleep(0.1)  # a file that appears tells nobody
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all programs that run
        process.communicate()
    assert process.returncode == 130

    stdout, stderr = clone.run("scripts/quickstart")
    assert f"$ az ml endpoint create --local -n my-endpoint -f {FILE} --runtime process" in stdout
    assert "without Docker: no Docker Engine answers" in stderr
    assert "205.48" in stdout
    assert "Your model answers." in stdout


def test_it_can_be_run_again(clone: Clone) -> None:
    clone.run("scripts/quickstart")
    stdout, stderr = clone.run("scripts/quickstart")
    assert f"$ az ml endpoint update --local -n my-endpoint -f {FILE}" in stdout
    assert "nothing to do" in stderr


def test_it_takes_over_the_settings_of_the_users_az_and_leaves_that_az_alone(clone: Clone) -> None:
    clone.run("scripts/quickstart")
    theirs = Path(clone.variables["HOME"]) / ".azure"
    assert [file.name for file in theirs.iterdir()] == ["config"]
    assert (theirs / "config").read_text() == SETTINGS
    assert (clone.place / ".venv/azure/config").read_text().startswith(SETTINGS)
