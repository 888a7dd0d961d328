"""The module that lets a server wait for a debugger, as Python imports it there."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from azext_ml_endpoint.local.debug import debug_folder
from tests.fakes.builders import write_files

TELLING = "import os, sys; print(os.environ['WORKER_COUNT'], os.environ['WORKER_TIMEOUT'], mine)"


class Debugpy(ModuleType):
    """refuses: so often the port is somebody else's."""

    def __init__(self, refuses: int = 0) -> None:
        super().__init__("debugpy")
        self.done: list[Any] = []
        self.refuses = refuses

    def listen(self, address: tuple[str, int]) -> None:
        if self.refuses:
            self.refuses -= 1
            raise RuntimeError("Can't listen for client connections")
        self.done.append(address)

    def wait_for_client(self) -> None:
        self.done.append("waits")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return debug_folder.put_hook(tmp_path / "hook", "127.0.0.1", 5678)


@pytest.fixture
def hook(folder: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("hook", folder / "sitecustomize.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(sys, "meta_path", [module.Stop(), *sys.meta_path])
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("PYTHONPATH", f"{folder}:/of/their/own")
    monkeypatch.setattr(module.time, "sleep", lambda _: None)
    return module


@pytest.fixture
def debugpy(monkeypatch: pytest.MonkeyPatch) -> Debugpy:
    found = Debugpy()
    monkeypatch.setitem(sys.modules, "debugpy", found)
    return found


def test_it_listens_and_waits_before_the_application_alone(
    hook: ModuleType, debugpy: Debugpy, capfd: pytest.CaptureFixture[str]
) -> None:
    hook.Stop().find_spec("azureml_inference_server_http.server")
    assert debugpy.done == []
    assert "hook" in os.environ["PYTHONPATH"], "programs that start the server pass it on"
    hook.Stop().find_spec(hook.APPLICATION)
    assert debugpy.done == [("127.0.0.1", 5678), "waits"]
    assert capfd.readouterr().err == f"{hook.WAITS}\n"


def test_the_script_finds_no_trace(hook: ModuleType, debugpy: Debugpy) -> None:
    hook.Stop().find_spec(hook.APPLICATION)
    assert os.environ["PYTHONPATH"] == "/of/their/own"
    assert not [each for each in sys.meta_path if isinstance(each, hook.Stop)]
    assert sys.path[-1] == str(hook.HERE / "packages"), "nobody's package is hidden by it"


def test_a_port_that_is_about_to_become_free_is_waited_for(
    hook: ModuleType, debugpy: Debugpy
) -> None:
    debugpy.refuses = 3
    hook.Stop().find_spec(hook.APPLICATION)
    assert debugpy.done == [("127.0.0.1", 5678), "waits"]


def test_a_port_that_stays_taken_is_an_error(
    hook: ModuleType, debugpy: Debugpy, monkeypatch: pytest.MonkeyPatch
) -> None:
    debugpy.refuses = 1000
    moments = iter(range(0, 10_000, 5))
    monkeypatch.setattr(hook.time, "monotonic", lambda: next(moments))
    with pytest.raises(RuntimeError, match="Can't listen"):
        hook.Stop().find_spec(hook.APPLICATION)


def test_python_finds_it_and_what_would_have_been_in_its_place(
    folder: Path, tmp_path: Path
) -> None:
    """One worker, that nobody ends, whatever the file says."""
    others = write_files(
        tmp_path / "others", {"sitecustomize.py": "import builtins as b; b.mine=1"}
    )
    variables = {"WORKER_COUNT": "4", "WORKER_TIMEOUT": "1", "PYTHONPATH": f"{folder}:{others}"}
    done = subprocess.run(
        [sys.executable, "-c", TELLING], env=variables, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["1", "0", "1"]
