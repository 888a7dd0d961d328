"""Docker unless something speaks for processes, and never processes without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from azext_ml_endpoint.local.choice import choose, present
from azext_ml_endpoint.local.docker import engine
from azext_ml_endpoint.local.process.runtime import ProcessRuntime
from azext_ml_endpoint.local.runtime import EndpointRecord
from tests.fakes.recording_report import RecordingReport


@pytest.fixture
def report() -> RecordingReport:
    return RecordingReport()


@pytest.fixture(params=[True, False], ids=["with Docker", "without Docker"])
def docker(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    there = bool(request.param)
    monkeypatch.setattr(engine, "installed", lambda: there)
    return there


@pytest.mark.parametrize("asked", ["docker", "process"])
def test_what_is_asked_for_is_taken(
    docker: bool, tmp_path: Path, report: RecordingReport, asked: str
) -> None:
    other = {"docker": "process", "process": "docker"}[asked]
    assert choose(asked, other, tmp_path, "houses", report) == asked
    assert report.steps == []


@pytest.mark.parametrize("configured", ["docker", "process"])
def test_what_is_configured_is_the_default(
    docker: bool, tmp_path: Path, report: RecordingReport, configured: str
) -> None:
    assert choose(None, configured, tmp_path, "houses", report) == configured
    assert report.steps == []


def test_docker_is_the_default_where_it_is_installed_and_else_processes_which_is_said(
    docker: bool, tmp_path: Path, report: RecordingReport
) -> None:
    chosen = choose(None, None, tmp_path, "houses", report)
    assert (chosen, len(report.steps)) == (("docker", 0) if docker else ("process", 1))
    assert docker or "Docker is not installed" in report.steps[0]


def test_an_endpoint_stays_where_it_is(
    docker: bool, tmp_path: Path, report: RecordingReport
) -> None:
    ProcessRuntime(report, tmp_path).put_endpoint(EndpointRecord(name="houses"))
    assert choose(None, "docker", tmp_path, "houses", report) == "process"
    assert choose(None, "docker", tmp_path, "flats", report) == "docker"
    assert report.steps == []


def test_endpoints_are_looked_for_in_all_that_is_here(docker: bool) -> None:
    assert present(None, None) == (["docker", "process"] if docker else ["process"])
    assert present(None, "docker") == (["docker", "process"] if docker else ["process"])
    assert present(None, "process") == ["process"]
    assert present("docker", None) == ["docker"]
    assert present("process", None) == ["process"]
