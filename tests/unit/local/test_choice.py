"""Where the endpoint is, it stays; else Docker, and never processes without a word."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from azext_ml_endpoint.errors import RuntimeUnavailableError
from azext_ml_endpoint.local.choice import choose, present
from azext_ml_endpoint.local.docker import engine
from tests.fakes.recording_report import RecordingReport

Has = Callable[[str], bool]


@pytest.fixture
def report() -> RecordingReport:
    return RecordingReport()


@pytest.fixture(params=[True, False], ids=["with Docker", "without Docker"])
def docker(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    there = bool(request.param)
    monkeypatch.setattr(engine, "installed", lambda: there)
    return there


def nobody(runtime: str) -> bool:
    return False


def only(there: str) -> Has:
    return lambda runtime: runtime == there


def down(runtime: str) -> bool:
    if runtime == "docker":
        raise RuntimeUnavailableError("Docker does not answer.")
    return False


@pytest.mark.parametrize("asked", ["docker", "process"])
@pytest.mark.parametrize("has", [nobody, only("docker"), only("process"), down])
def test_what_is_asked_for_is_taken(
    docker: bool, report: RecordingReport, asked: str, has: Has
) -> None:
    other = {"docker": "process", "process": "docker"}[asked]
    assert choose(asked, other, has, report) == asked
    assert report.steps == []


@pytest.mark.parametrize("configured", ["docker", "process"])
def test_what_is_configured_is_the_default(
    docker: bool, report: RecordingReport, configured: str
) -> None:
    assert choose(None, configured, nobody, report) == configured
    assert report.steps == []


def test_docker_is_the_default_where_it_is_installed_and_else_processes_which_is_said(
    docker: bool, report: RecordingReport
) -> None:
    chosen = choose(None, None, nobody, report)
    assert (chosen, len(report.steps)) == (("docker", 0) if docker else ("process", 1))
    assert docker or "Docker is not installed" in report.steps[0]


@pytest.mark.parametrize("configured", [None, "docker", "process"])
def test_an_endpoint_stays_with_processes(
    docker: bool, report: RecordingReport, configured: str | None
) -> None:
    assert choose(None, configured, only("process"), report) == "process"
    assert report.steps == []


@pytest.mark.parametrize("configured", [None, "docker", "process"])
def test_an_endpoint_stays_with_docker(
    monkeypatch: pytest.MonkeyPatch, report: RecordingReport, configured: str | None
) -> None:
    monkeypatch.setattr(engine, "installed", lambda: True)
    assert choose(None, configured, only("docker"), report) == "docker"


def test_docker_that_is_down_is_in_nobodys_way_who_works_with_processes(
    docker: bool, report: RecordingReport
) -> None:
    assert choose(None, "process", down, report) == "process"


def test_endpoints_are_looked_for_in_all_that_is_here(docker: bool) -> None:
    assert present(None) == (["docker", "process"] if docker else ["process"])
    assert present("docker") == ["docker"]
    assert present("process") == ["process"]
