"""A driver and a service over a runtime in memory, and what they are to make."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from azext_ml_endpoint.document.model import Code, Deployment, Endpoint, Environment, Model
from azext_ml_endpoint.local.service import LocalService
from azext_ml_endpoint.local.simulating import SimulatingDriver
from tests.fakes.builders import deployment, endpoint, environment, write_files
from tests.fakes.driving import written
from tests.fakes.interrupt import PATIENCE
from tests.fakes.memory_runtime import MemoryRuntime
from tests.fakes.memory_service import memory_service
from tests.fakes.recording_report import RecordingReport


@pytest.fixture
def runtime() -> MemoryRuntime:
    runtime = MemoryRuntime()
    runtime.environments.add(environment().digest)
    return runtime


@pytest.fixture
def report() -> RecordingReport:
    return RecordingReport()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def driver(runtime: MemoryRuntime, report: RecordingReport, home: Path) -> SimulatingDriver:
    return SimulatingDriver(runtime, report, home, timeout=PATIENCE, probe=runtime.probe)


@pytest.fixture
def blue(tmp_path: Path) -> Deployment:
    return deployment(code=written(tmp_path, "def init(): ..."))


@pytest.fixture
def service(runtime: MemoryRuntime, report: RecordingReport, home: Path) -> LocalService:
    return memory_service(runtime, report, home)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """The folder of what ``houses`` is made of."""
    return write_files(
        tmp_path, {"onlinescoring/score.py": "def init(): ...", "model.pkl": "weights"}
    )


@pytest.fixture
def houses(files: Path) -> Endpoint:
    """Blue with 90 % of the traffic, green with 10; without digests, as a document gives them."""
    blue = deployment(
        model=Model(name="prices", path=files / "model.pkl"),
        code=Code(path=files / "onlinescoring"),
        environment=Environment(image="python:3.11"),
    )
    return endpoint(blue, replace(blue, name="green"), traffic={"blue": 90, "green": 10})
