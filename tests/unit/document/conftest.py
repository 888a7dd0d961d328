from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.document import project


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project's folder, which is the current folder too."""
    monkeypatch.chdir(tmp_path)
    return project.make(tmp_path)
