"""What score.py logs is seen: the real server takes the configuration that a snapshot holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from azext_ml_endpoint.content import hashing
from azext_ml_endpoint.document.model import Code
from azext_ml_endpoint.errors import EnvironmentBuildError
from azext_ml_endpoint.local import snapshot
from azext_ml_endpoint.local.process.environments import Environments
from tests.fakes.builders import environment, write_files
from tests.fakes.recording_report import RecordingReport
from tests.integration.conftest import cannot_run
from tests.unit.local.server_logs.record import serve

CONDA_FILE = """
dependencies:
  - pip:
      - azureml-inference-server-http>=1.5,<2
"""
SCRIPT = """
import logging

def init():
    logging.info("Updated successfully")
    logging.getLogger("houses.model").info("Loaded by a module")
    logging.debug("too much to show")
    print("Printed")

def run(data):
    logging.info("Request processed")
    return data
"""
SHOWN = ["root - Updated successfully", "houses.model - Loaded by a module", "root - Request proc"]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The program of the inference server."""
    environments = Environments(tmp_path_factory.mktemp("environments"), RecordingReport())
    wanted = environment("logging", conda_file=CONDA_FILE)
    try:
        environments.make(wanted)
    except EnvironmentBuildError as error:
        cannot_run(f"{error} {error.detail}")
    return str(environments.programs(wanted.digest) / "azmlinfsrv")


@pytest.fixture
def code(tmp_path: Path) -> Code:
    return Code(path=write_files(tmp_path / "onlinescoring", {"score.py": SCRIPT}), digest="c" * 64)


def lines(log: str, text: str) -> list[str]:
    return [line for line in log.splitlines() if text in line]


def test_what_a_script_logs_is_shown_exactly_once(server: str, code: Code, tmp_path: Path) -> None:
    log = serve(server, snapshot.take(code, "score.py", tmp_path / "code"))
    assert {text: len(lines(log, text)) for text in SHOWN} == dict.fromkeys(SHOWN, 1)
    assert len(lines(log, "azmlinfsrv.print - Printed")) == 1
    assert not lines(log, "too much to show")
    assert set(code.path.iterdir()) == {code.path / "score.py"}


def test_what_the_server_logs_is_shown_exactly_once_and_probes_are_not(
    server: str, code: Code, tmp_path: Path
) -> None:
    taken = snapshot.take(code, "score.py", tmp_path / "code")
    log = serve(server, taken)
    once = [str(taken / "logging.json"), "ready for serving traffic", '"POST /score HTTP/1.1" 200']
    assert {text: len(lines(log, text)) for text in once} == dict.fromkeys(once, 1)
    assert not lines(log, '"GET / HTTP/1.1"')


def test_without_the_configuration_the_server_shows_nothing_of_it(server: str, code: Code) -> None:
    """Should this fail one day, the server has learned to show it, and needs no configuration."""
    log = serve(server, code.path)
    assert "ready for serving traffic" in log
    assert not any(lines(log, text) for text in SHOWN)


def test_the_users_own_configuration_is_the_one_that_counts(
    server: str, code: Code, tmp_path: Path
) -> None:
    write_files(code.path, {"logging.json": '{"version": 1, "root": {"level": "ERROR"}}'})
    own = Code(path=code.path, digest=hashing.content_hash(code.path))
    log = serve(server, snapshot.take(own, "score.py", tmp_path / "code"))
    assert not any(lines(log, text) for text in SHOWN)
