"""A driver over a runtime in memory, and a deployment for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from azext_ml_endpoint.document.model import Deployment
from azext_ml_endpoint.local.simulating import SimulatingDriver
from tests.fakes.builders import deployment, environment
from tests.fakes.driving import written
from tests.fakes.interrupt import PATIENCE
from tests.fakes.memory_runtime import MemoryRuntime
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
