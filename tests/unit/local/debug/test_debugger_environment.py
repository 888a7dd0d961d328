"""Where debugpy comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from azext_ml_endpoint.errors import EnvironmentBuildError, StartError
from azext_ml_endpoint.local.debug.debugger_environment import PACKAGE, DebuggerEnvironment
from azext_ml_endpoint.local.process.environment_build import Tools
from azext_ml_endpoint.local.process.installer import Uv
from azext_ml_endpoint.local.process.interpreter import Interpreter
from tests.fakes.builders import write_files
from tests.fakes.installing import Installing
from tests.fakes.recording_report import RecordingReport

PYTHON = Interpreter("/usr/bin/python3.11", "3.11.7")


@pytest.fixture
def installing(monkeypatch: pytest.MonkeyPatch) -> Installing:
    monkeypatch.setenv("UV_INDEX", "https://uv.example.com")  # so that pip's settings do not matter
    return Installing()


@pytest.fixture
def debuggers(tmp_path: Path, installing: Installing) -> DebuggerEnvironment:
    tools = Tools(lambda: Uv("/bin/uv"), lambda: None, lambda _: PYTHON, installing)
    return DebuggerEnvironment(tmp_path, RecordingReport(), tools)


def test_it_is_made_once_and_its_folder_is_found(
    debuggers: DebuggerEnvironment, installing: Installing, tmp_path: Path
) -> None:
    debuggers.make()
    debuggers.make()
    assert [command[1] for command in installing.done] == ["venv", "pip"]
    (requirements,) = tmp_path.rglob("requirements.txt")
    assert requirements.read_text().split() == [PACKAGE]
    (environment,) = tmp_path.rglob("env")
    packages = environment / "lib/python3.11/site-packages"
    write_files(packages, {"debugpy/__init__.py": ""})
    assert debuggers.package() == packages / "debugpy"


def test_without_debugpy_nobody_is_debugged(
    debuggers: DebuggerEnvironment, installing: Installing
) -> None:
    installing.fails = "pip"
    with pytest.raises(EnvironmentBuildError, match="packages of the debugger could not be inst"):
        debuggers.make()
    with pytest.raises(StartError, match="There is no debugpy in"):
        debuggers.package()
