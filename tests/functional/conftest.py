"""The extension as az finds it in development, on samples of its own, with a runtime in memory."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from azext_ml_endpoint.cloud import credentials, opening
from azext_ml_endpoint.cloud.assets.catalogue import Catalogue
from azext_ml_endpoint.cloud.service import CloudService
from azext_ml_endpoint.local import asking, looking, service
from azext_ml_endpoint.local.asking import Asking
from azext_ml_endpoint.local.docker import engine
from azext_ml_endpoint.local.looking import Looking
from azext_ml_endpoint.local.service import USUAL, LocalService, Options
from azext_ml_endpoint.report import Report
from tests.conftest import AZ_HOME, EXTENSION_SOURCES
from tests.fakes.cloud_service import simulated_catalogue, simulated_service
from tests.fakes.cloud_world import CloudWorld
from tests.fakes.memory_front import MemoryFront
from tests.fakes.memory_runtime import MemoryRuntime
from tests.fakes.memory_service import memory_service
from tests.fakes.simulated_arm import WORKSPACE
from tests.functional.in_process_az import az
from tests.functional.sample_files import BLUE, BLUE_GREEN
from tests.simulator.world import World

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="session", autouse=True)
def extension() -> None:
    """A folder of the distribution's name, with its egg-info beside the package."""
    source = EXTENSION_SOURCES / "ml-endpoint"
    source.mkdir(parents=True)
    (source / "azext_ml_endpoint").symlink_to(REPOSITORY / "azext_ml_endpoint")
    command = [sys.executable, "setup.py", "-q", "egg_info", "--egg-base", str(source)]
    subprocess.run(command, cwd=REPOSITORY, check=True)


@pytest.fixture
def home() -> Path:
    """Where the extension keeps what it keeps; empty."""
    home = AZ_HOME / "config/ml-endpoint"
    shutil.rmtree(home, ignore_errors=True)
    return home


@pytest.fixture
def fronts() -> dict[str, MemoryFront]:
    """By the runtime whose endpoints they stand before."""
    return {"docker": MemoryFront(), "process": MemoryFront()}


@pytest.fixture(autouse=True)
def runtimes(
    home: Path, fronts: dict[str, MemoryFront], monkeypatch: pytest.MonkeyPatch
) -> dict[str, MemoryRuntime]:
    """Both runtimes in memory; Docker counts as installed."""
    runtimes = {"docker": MemoryRuntime(), "process": MemoryRuntime()}

    def open_service(
        name: str, report: Report, home: Path, options: Options = USUAL
    ) -> LocalService:
        fronts[name].asked = options.port
        return memory_service(runtimes[name], report, home, fronts[name], options)

    def open_looking(name: str, report: Report, home: Path) -> Looking:
        fronts[name].asked = None
        return Looking(runtimes[name], report, home, fronts[name])

    def open_asking(name: str, report: Report, home: Path) -> Asking:
        there, runtime = open_looking(name, report, home), runtimes[name]
        return Asking(there, functools.partial(fronts[name].connect, runtime.connect))

    monkeypatch.setattr(service, "local_service", open_service)
    monkeypatch.setattr(asking, "open_asking", open_asking)
    monkeypatch.setattr(looking, "open_looking", open_looking)
    monkeypatch.setattr(engine, "installed", lambda: True)
    return runtimes


@pytest.fixture
def runtime(runtimes: dict[str, MemoryRuntime]) -> MemoryRuntime:
    """The one that commands work with, unless told otherwise."""
    return runtimes["docker"]


@pytest.fixture
def samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The samples, to be changed at will; the working folder."""
    shutil.copytree(REPOSITORY / "samples", tmp_path / "samples")
    monkeypatch.chdir(tmp_path / "samples")
    monkeypatch.setenv("PWD", os.fspath(tmp_path / "samples"))
    return tmp_path / "samples"


@pytest.fixture
def filled_samples(samples: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The samples, and the variables that some of them ask for."""
    monkeypatch.setenv("SUBSCRIPTION_ID", WORKSPACE.subscription)
    monkeypatch.setenv("RESOURCE_GROUP", WORKSPACE.resource_group)
    return samples


@pytest.fixture
def blue(runtime: MemoryRuntime, samples: Path) -> MemoryRuntime:
    """Of the endpoint ``houses`` on this machine blue serves; the runtime."""
    del samples  # they are in the working folder
    return _serving(runtime, BLUE)


@pytest.fixture
def blue_green(runtime: MemoryRuntime, samples: Path) -> MemoryRuntime:
    """Blue has 90 % of its traffic, green has 10; the runtime."""
    del samples
    return _serving(runtime, BLUE_GREEN)


def _serving(runtime: MemoryRuntime, file: str) -> MemoryRuntime:
    made = az("ml", "endpoint", "create", "--local", "-n", "houses", "-f", file)
    assert made.exit_code == 0, made.stderr
    runtime.events.clear()
    return runtime


@pytest.fixture
def names() -> World:
    """What is there before the first request."""
    return World()


@pytest.fixture
def azure(names: World, monkeypatch: pytest.MonkeyPatch) -> CloudWorld:
    """A workspace in memory that az has its defaults for, and a login."""
    world = CloudWorld(world=names)
    connection = SimpleNamespace(subscription=WORKSPACE.subscription)
    monkeypatch.setattr(credentials, "connect", lambda _: connection)

    def open_service(_: object, *rest: Any, **options: Any) -> CloudService:
        return simulated_service(world, *rest, **options)

    def open_catalogue(_: object, *rest: Any) -> Catalogue:
        return simulated_catalogue(world, *rest)

    monkeypatch.setattr(opening, "cloud_service", open_service)
    monkeypatch.setattr(opening, "catalogue", open_catalogue)
    monkeypatch.setenv("AZURE_DEFAULTS_GROUP", WORKSPACE.resource_group)
    monkeypatch.setenv("AZURE_DEFAULTS_WORKSPACE", WORKSPACE.name)
    return world


@pytest.fixture
def azure_houses(azure: CloudWorld, samples: Path) -> CloudWorld:
    """The endpoint ``houses`` is there: blue has 90 % of the traffic, green has 10."""
    del samples
    made = az("ml", "endpoint", "apply", "-n", "houses", "-f", BLUE_GREEN)
    assert made.exit_code == 0, made.stderr
    azure.simulator.journal.clear()
    return azure
