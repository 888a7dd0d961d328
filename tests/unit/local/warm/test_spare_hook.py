"""The module that makes a server wait, as Python imports it there."""

from __future__ import annotations

import importlib.util
import os
import shutil
import site
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from azext_ml_endpoint.local.warm import spare_hook
from tests.fakes.builders import write_files
from tests.fakes.interrupt import PATIENCE


@pytest.fixture
def hook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """With a folder of its own, before it knows what it is."""
    write_files(tmp_path / "ahead", {"wait": "", "imports.json": '["ahead_one", "beside"]'})
    shutil.copy(spare_hook.__file__, tmp_path / "ahead" / "hook.py")
    spec = importlib.util.spec_from_file_location("hook", tmp_path / "ahead" / "hook.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(sys, "meta_path", [module.Stop(), *sys.meta_path])
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "ahead"))
    yield module
    for name in ("ahead_one", "beside"):
        sys.modules.pop(name, None)


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One that is installed, and one beside the script."""
    folder = write_files(tmp_path / "site", {"ahead_one.py": ""})
    write_files(tmp_path / "code", {"beside.py": ""})
    monkeypatch.setattr(sys, "path", [*sys.path, str(folder), str(tmp_path / "code")])
    monkeypatch.setattr(site, "getsitepackages", lambda: [str(folder)])
    return folder


def test_only_the_application_is_waited_before(hook: ModuleType) -> None:
    hook.Stop().find_spec("azureml_inference_server_http.server")
    assert "PYTHONPATH" in os.environ, "programs that start the server pass it on"


def test_it_waits_with_what_is_installed_until_its_file_has_gone(
    hook: ModuleType, packages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = threading.Event()
    monkeypatch.setattr(hook.time, "sleep", lambda _: waits.set())
    stopped = threading.Thread(target=hook.Stop().find_spec, args=(hook.APPLICATION,), daemon=True)
    stopped.start()
    assert waits.wait(PATIENCE)
    assert "ahead_one" in sys.modules and "beside" not in sys.modules
    assert stopped.is_alive()
    hook.WAIT.unlink()
    stopped.join(PATIENCE)
    assert not stopped.is_alive()
    assert "PYTHONPATH" not in os.environ
    assert not [each for each in sys.meta_path if type(each).__name__ == "Stop"]


def test_a_worker_that_starts_later_waits_for_nothing(hook: ModuleType, packages: Path) -> None:
    hook.WAIT.unlink()
    hook.Stop().find_spec(hook.APPLICATION)
    assert "ahead_one" not in sys.modules


def test_it_ends_where_nobody_comes(hook: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hook, "IDLE_SECONDS", -1)
    with pytest.raises(SystemExit, match="3"):
        hook.Stop().find_spec(hook.APPLICATION)


def test_gunicorn_hears_of_a_worker_that_waits(
    hook: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Worker:
        tmp, heard = None, 0

        def notify(self) -> None:
            self.heard += 1
            hook.WAIT.unlink(missing_ok=True)

        def load(self) -> None:
            hook.Stop().find_spec(hook.APPLICATION)

    worker = Worker()
    worker.load()
    assert worker.heard


def test_what_fails_to_import_is_left_to_the_script(hook: ModuleType, packages: Path) -> None:
    (packages / "ahead_one.py").write_text("raise RuntimeError")
    hook.import_ahead(["ahead_one", "nowhere.at_all"])
    assert "ahead_one" not in sys.modules
