"""What the gateway runs on is installed once, and not tried again and again where that fails."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.requirements import Requirement

from azext_ml_endpoint.errors import EnvironmentBuildError
from azext_ml_endpoint.local.gateway.environment import PACKAGES, GatewayEnvironment
from azext_ml_endpoint.local.process.environment_build import Tools
from azext_ml_endpoint.local.process.installer import Uv
from azext_ml_endpoint.local.process.interpreter import Interpreter
from tests.fakes.installing import Installing
from tests.fakes.recording_report import RecordingReport

PYTHON = Interpreter("/usr/bin/python3.11", "3.11.7")


@pytest.fixture
def installing(monkeypatch: pytest.MonkeyPatch) -> Installing:
    monkeypatch.setenv("UV_INDEX", "https://uv.example.com")  # so that pip's settings do not matter
    return Installing()


def gateway_environment(home: Path, installing: Installing, now: float) -> GatewayEnvironment:
    tools = Tools(lambda: Uv("/bin/uv"), lambda: None, lambda _: PYTHON, installing)
    return GatewayEnvironment(home, RecordingReport(), tools, clock=lambda: now)


def test_it_is_made_once_of_pinned_packages(tmp_path: Path, installing: Installing) -> None:
    made = gateway_environment(tmp_path, installing, 0)
    assert not made.there
    made.make()
    made.make()
    assert made.there and made.python.exists()
    assert [command[1] for command in installing.done] == ["venv", "pip"]
    (requirements,) = tmp_path.rglob("requirements.txt")
    assert requirements.read_text().splitlines() == list(PACKAGES)


@pytest.mark.parametrize(
    ("machine", "python", "quick"),
    [
        ("x86_64", "cpython", True),
        ("aarch64", "cpython", True),
        ("arm64", "cpython", True),
        ("riscv64", "cpython", False),
        ("x86_64", "pypy", False),
    ],
)
def test_no_loop_is_compiled_for_it(machine: str, python: str, quick: bool) -> None:
    (wanted,) = (Requirement(each) for each in PACKAGES if each.startswith("uvloop"))
    assert wanted.marker
    there = {"platform_machine": machine, "implementation_name": python}
    assert wanted.marker.evaluate(there) is quick


@pytest.mark.parametrize("another_time", [3601, -3601, -10 * 365 * 86400])
def test_what_has_failed_is_tried_again_after_an_hour_and_where_the_clock_was_set_back(
    tmp_path: Path, installing: Installing, another_time: float
) -> None:
    installing.fails = "pip"
    with pytest.raises(EnvironmentBuildError, match=r"packages of the gateway could not be inst"):
        gateway_environment(tmp_path, installing, 0).make()
    (mark,) = tmp_path.rglob("failed")
    failed, tried = mark.stat().st_mtime, len(installing.done)

    with pytest.raises(EnvironmentBuildError, match="a short while ago") as raised:
        gateway_environment(tmp_path, installing, failed + 3599).make()
    assert str(mark) in str(raised.value.recommendation)
    assert len(installing.done) == tried

    installing.fails = ""
    later = gateway_environment(tmp_path, installing, failed + another_time)
    later.make()
    assert later.there and not mark.exists()
