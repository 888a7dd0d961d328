from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from azext_ml_endpoint.document import yaml_reader
from tests.unit.document import project


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project's folder, which is the current folder too."""
    monkeypatch.chdir(tmp_path)
    return project.make(tmp_path)


@pytest.fixture(params=[yaml.CSafeLoader, yaml.SafeLoader])
def yaml_parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What reads documents: the C parser, then the Python parser."""
    monkeypatch.setattr(yaml_reader, "LOADER", request.param)
