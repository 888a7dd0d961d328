"""Where packages come from: real uv, and two package indexes on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from azext_ml_endpoint.local.process import conda_file, installer
from tests.integration import package_index
from tests.integration.conftest import cannot_run


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Of what is below tmp_path."""
    with package_index.served(tmp_path) as address:
        yield address


@pytest.fixture(autouse=True)
def _nobody_has_set_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [each for each in os.environ if each.startswith(("UV_", "PIP_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.mark.parametrize(
    ("main", "extra", "wanted", "installed"),
    [
        (["2.0"], ["1.0"], "thing>=1.5", "2.0"),
        (["1.0", "2.0"], ["1.5"], "thing", "2.0"),
        (["1.0"], ["1.0", "1.5"], "thing", "1.5"),
        (["1.0"], ["2.0"], "thing==1.0", "1.0"),
    ],
)
def test_an_extra_index_hides_nothing(
    tmp_path: Path, address: str, main: list[str], extra: list[str], wanted: str, installed: str
) -> None:
    uv = installer.find_installer()
    if not isinstance(uv, installer.Uv):
        cannot_run("uv is not installed")
    package_index.put(tmp_path / "main", *main)
    package_index.put(tmp_path / "extra", *extra)
    lines = [f"--index-url {address}/main", f"--extra-index-url {address}/extra", wanted]
    asked = conda_file.parse(f"dependencies: [{{pip: {lines}}}]")
    (tmp_path / "requirements.txt").write_text("\n".join(asked.requirements))
    target = tmp_path / "env"
    for command in (
        uv.make(sys.executable, target),
        uv.install(target, tmp_path / "requirements.txt"),
    ):
        environment = {**installer.user_environment(), **uv.variables(), "UV_NO_CACHE": "1"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    ask = [str(target / "bin/python"), "-c", "import thing; print(thing.VERSION)"]
    assert subprocess.run(ask, capture_output=True, text=True).stdout.strip() == installed
