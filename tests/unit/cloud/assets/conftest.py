"""A workspace in memory, and files of a deployment."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.builders import write_files
from tests.fakes.cloud_world import CloudWorld


@pytest.fixture
def world() -> CloudWorld:
    return CloudWorld()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {"model/weights.bin": "W", "model/labels.txt": "L", "src/score.py": "def run(x): ..."}
    return write_files(tmp_path, files)
