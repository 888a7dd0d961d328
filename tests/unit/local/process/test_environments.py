"""Environments without Docker: what is installed with what, and what counts as made."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.document.model import Environment
from azext_ml_endpoint.errors import EnvironmentBuildError, Interrupted, UnsupportedError
from azext_ml_endpoint.local.process.environment_build import Tools
from azext_ml_endpoint.local.process.environments import Environments
from azext_ml_endpoint.local.process.installer import Conda, Pip, Uv
from azext_ml_endpoint.local.process.interpreter import Interpreter
from azext_ml_endpoint.local.process.server import SERVER
from tests.fakes.builders import OWN_ROUTES, environment
from tests.fakes.installing import Installing
from tests.fakes.recording_report import RecordingReport

PIP_ONLY = "dependencies: [python=3.11, pip, {pip: [azureml-inference-server-http]}]"
WITH_GDAL = "dependencies: [python=3.11, gdal=3.8, {pip: [azureml-inference-server-http]}]"
PYTHON = Interpreter("/usr/bin/python3.11", "3.11.7")


@pytest.fixture
def commands() -> Installing:
    return Installing()


@pytest.fixture
def report() -> RecordingReport:
    return RecordingReport()


@pytest.fixture
def environments(
    tmp_path: Path, report: RecordingReport, commands: Installing, monkeypatch: pytest.MonkeyPatch
) -> Environments:
    monkeypatch.setenv("UV_INDEX", "https://uv.example.com")  # so that pip's settings do not matter
    return with_tools(tmp_path, report, commands)


def with_tools(
    folder: Path, report: RecordingReport, commands: Installing, **tools: Any
) -> Environments:
    known = {
        "find_installer": lambda: Uv("uv"),
        "find_conda": lambda: None,
        "find_python": lambda wanted: PYTHON,
    }
    return Environments(folder, report, Tools(commands=commands, **{**known, **tools}))


def wanted(conda_file: str | None = PIP_ONLY, **changes: Any) -> Environment:
    return environment(digest="d" * 64, conda_file=conda_file, **changes)


def test_it_is_made_once(environments: Environments, commands: Installing) -> None:
    assert not environments.has(wanted().digest)
    environments.make(wanted())
    assert environments.has(wanted().digest)
    assert (environments.programs(wanted().digest) / SERVER).exists()
    before = list(commands.done)
    environments.make(wanted())
    assert commands.done == before


def test_the_packages_are_installed_and_the_log_is_kept(
    environments: Environments, commands: Installing, report: RecordingReport, tmp_path: Path
) -> None:
    environments.make(wanted())
    make, install = commands.done
    assert PYTHON.path in make
    assert Path(install[-1]).read_text() == "azureml-inference-server-http\n"
    assert report.details == ["doing venv", "doing pip"]
    (log,) = tmp_path.glob("*/build.log")
    assert log.read_text() == "doing venv\ndoing pip\n"
    assert any("python:3.11 is not used" in step for step in report.steps)


def test_a_failure_shows_the_log_s_end_and_leaves_only_the_log(
    environments: Environments, commands: Installing, tmp_path: Path
) -> None:
    commands.fails = "install"
    with pytest.raises(EnvironmentBuildError, match=r"conda\.yml could not") as raised:
        environments.make(wanted(conda_path=Path("/work/conda.yml")))
    assert raised.value.detail == "doing venv\ndoing pip"
    assert not environments.has(wanted().digest)
    assert not list(tmp_path.glob("*/env"))
    assert environments.unused([]) == []
    (log,) = tmp_path.glob("*/build.log")
    assert str(log) in str(raised.value.recommendation)
    later = Environments(tmp_path, RecordingReport())  # of another command
    later.collect([each.digest for each in later.unused([])])
    assert list(tmp_path.iterdir()) == []


def test_what_was_left_half_made_is_made_anew(environments: Environments, tmp_path: Path) -> None:
    left = tmp_path / ("d" * 16) / "env" / "bin" / "left"
    left.parent.mkdir(parents=True)
    left.touch()
    (left.parent / "python").touch()
    assert not environments.has(wanted().digest)
    environments.make(wanted())
    assert environments.has(wanted().digest) and not left.exists()


def test_it_counts_no_more_when_its_python_is_gone(environments: Environments) -> None:
    environments.make(wanted())
    (environments.programs(wanted().digest) / "python").unlink()
    assert not environments.has(wanted().digest)


def test_a_conda_file_without_a_server_is_refused(
    environments: Environments, commands: Installing
) -> None:
    commands.programs = ("python",)
    with pytest.raises(EnvironmentBuildError, match="No inference server") as raised:
        environments.make(wanted())
    assert "azureml-inference-server-http" in str(raised.value.recommendation)
    assert not environments.has(wanted().digest)


@pytest.mark.parametrize(
    "refused",
    [
        {"conda_file": None, "dockerfile": "FROM ubuntu"},
        {"inference_config": OWN_ROUTES},
        {"conda_file": None},
        {"conda_file": "dependencies: [{pip: [-r requirements.txt]}]"},
    ],
)
def test_what_no_attempt_would_make_is_known_beforehand(
    environments: Environments, tmp_path: Path, refused: dict[str, Any]
) -> None:
    with pytest.raises((UnsupportedError, EnvironmentBuildError)) as raised:
        environments.require_makeable(wanted(**refused))
    assert raised.value.recommendation
    environments.require_makeable(wanted())
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_not_looked_at_again(environments: Environments) -> None:
    environments.make(wanted())
    environments.require_makeable(wanted(dockerfile="FROM ubuntu"))


def test_cancelling_ends_it_and_nothing_counts(
    environments: Environments, commands: Installing, tmp_path: Path
) -> None:
    commands.meanwhile = environments.cancel
    with pytest.raises(Interrupted):
        environments.make(wanted())
    assert not environments.has(wanted().digest)
    assert not list(tmp_path.glob("*/env"))


def test_waiting_for_another_command_s_build_can_be_cancelled(
    environments: Environments, commands: Installing, report: RecordingReport, tmp_path: Path
) -> None:
    waiting = with_tools(tmp_path, report, idle := Installing())
    waiting.cancel()

    def meanwhile() -> None:
        with pytest.raises(Interrupted, match="another command"):
            waiting.make(wanted())

    commands.meanwhile = meanwhile
    environments.make(wanted())
    assert idle.done == []


def test_what_nothing_uses_is_known_with_its_size_and_last_use(
    environments: Environments, tmp_path: Path
) -> None:
    environments.make(wanted())
    assert environments.unused([wanted().digest]) == []
    (place,) = tmp_path.glob("*/")
    (place / "env/package").write_bytes(bytes(1000))
    (before,) = environments.unused([])
    os.utime(place, (1000, 1000))
    (made,) = environments.unused([])
    environments.start(wanted().digest)
    (used,) = environments.unused([])
    assert before.size >= 1000 and made.used_at == 1000 < used.used_at
    environments.collect([used.digest])
    assert list(tmp_path.iterdir()) == []


def test_without_uv_pip_installs(
    tmp_path: Path, report: RecordingReport, commands: Installing
) -> None:
    tools = with_tools(tmp_path, report, commands, find_installer=lambda: Pip("/az/python"))
    tools.make(wanted())
    assert commands.programs_run == [PYTHON.path, "/az/python"]


def test_a_python_that_is_absent_is_left_to_uv(
    tmp_path: Path, report: RecordingReport, commands: Installing
) -> None:
    with_tools(tmp_path, report, commands, find_python=lambda wanted: None).make(wanted())
    assert "==3.11.*" in commands.done[0]
    assert report.warnings == []


@pytest.mark.parametrize("installer", [Uv("uv"), Pip("/az/python")])
def test_a_python_that_nobody_has_is_replaced_with_a_warning(
    tmp_path: Path, report: RecordingReport, commands: Installing, installer: Uv | Pip
) -> None:
    commands.fails = "==3.11.*"
    tools = {"find_python": lambda wanted: None, "find_installer": lambda: installer}
    with_tools(tmp_path, report, commands, **tools).make(wanted())
    (warning,) = report.warnings
    assert "==3.11.*, is not on this machine" in warning


def test_packages_of_conda_are_installed_with_conda(
    tmp_path: Path, report: RecordingReport, commands: Installing
) -> None:
    tools = with_tools(tmp_path, report, commands, find_conda=lambda: Conda("/bin/micromamba"))
    tools.make(wanted(WITH_GDAL))
    (create,) = commands.done
    assert create[:2] == ["/bin/micromamba", "create"]
    assert Path(create[-1]).read_text() == WITH_GDAL


def test_packages_of_conda_without_conda_are_named(environments: Environments) -> None:
    with pytest.raises(
        EnvironmentBuildError, match=r"gdal=3\.8\. There is no micromamba"
    ) as raised:
        environments.make(wanted(WITH_GDAL))
    assert "--runtime docker" in str(raised.value.recommendation)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (wanted(None), "is the image python:3.11"),
        (wanted(dockerfile="FROM scratch"), "is a Dockerfile"),
        (wanted(inference_config=OWN_ROUTES), "a container with its own server"),
    ],
)
def test_what_only_a_container_can_be_is_refused(
    environments: Environments, asked: Environment, message: str
) -> None:
    with pytest.raises(UnsupportedError, match=message) as raised:
        environments.make(asked)
    assert "--runtime docker" in str(raised.value.recommendation)


def test_a_conda_file_that_cannot_be_read_is_named(environments: Environments) -> None:
    with pytest.raises(
        EnvironmentBuildError, match=r"Cannot read /work/conda\.yml: it has no list"
    ):
        environments.make(wanted("[]", conda_path=Path("/work/conda.yml")))
