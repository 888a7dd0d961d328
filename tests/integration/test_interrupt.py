"""Ctrl-C, and worse: a command that is cut off leaves nothing that the next one does not clear."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import docker
import pytest
from docker.models.containers import Container

from tests.integration.az import Az, ended, said_until
from tests.integration.deployed import (
    answer,
    container,
    containers,
    log_line,
    next_start,
    volumes,
)
from tests.integration.project import BASE_IMAGE, HANGING, Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def hanging(engine: docker.DockerClient, endpoint: str, since: float) -> Container:
    """The candidate that was started after ``since``, once its init() has begun."""
    candidate = next_start(engine, endpoint, since)
    log_line(candidate, "init has begun")
    return candidate


def interrupt(process: subprocess.Popen[str], number: signal.Signals = signal.SIGINT) -> str:
    """Ctrl-C; what is said then."""
    process.send_signal(number)
    result = ended(process)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    return result.stderr


@pytest.fixture
def building(
    az: Az, engine: docker.DockerClient, project: Project, endpoint: str
) -> Iterator[subprocess.Popen[str]]:
    """A create whose build never ends by itself. Afterwards the build may not run either."""
    token = uuid4().hex
    dockerfile = project.folder / "Dockerfile"
    dockerfile.write_text(f"FROM {BASE_IMAGE}\nRUN echo begun {token} && sleep 3600\n")
    build = {"docker": {"build": {"dockerfile": f"file:{dockerfile}"}}}
    file = project.endpoint(project.deployment(environment=build))
    with az.running(f"ml endpoint create --local -n {endpoint} -f {file}") as process:
        said_until(process, f"| begun {token}")
        everyone = engine.containers.list(all=True, ignore_removed=True)
        (step,) = (each for each in everyone if token in str(each.attrs["Config"]["Cmd"]))
        yield process
    with contextlib.suppress(docker.errors.NotFound):  # it has gone already
        step.wait(condition="removed")
    assert containers(engine, endpoint) == []


def test_ctrl_c_ends_the_build_of_an_image(
    engine: docker.DockerClient, building: subprocess.Popen[str], endpoint: str
) -> None:
    assert "The environment was being made" in interrupt(building)
    assert volumes(engine, endpoint) == []


def test_a_build_ends_with_the_command_that_was_killed(building: subprocess.Popen[str]) -> None:
    building.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_while_a_new_endpoint_starts_leaves_none(
    az: Az,
    engine: docker.DockerClient,
    sample: str,
    project: Project,
    endpoint: str,
    number: signal.Signals,
) -> None:
    """SIGTERM is what a cancelled job gets."""
    file = project.endpoint(project.deployment(script=HANGING))
    began = time.time()
    with az.running(f"ml endpoint create --local -n {endpoint} -f {file}") as process:
        hanging(engine, endpoint, began)
        said = interrupt(process, number)
    assert "blue was not ready yet" in said
    assert containers(engine, endpoint) == []
    assert volumes(engine, endpoint) == []


def test_an_update_that_is_cut_off_harms_nothing_and_is_cleared_by_the_next_command(
    az: Az, engine: docker.DockerClient, sample: str, project: Project, endpoint: str
) -> None:
    az(f"ml endpoint create --local -n {endpoint} -f {project.endpoint()}")
    blue = container(engine, endpoint)
    file = project.endpoint(project.deployment(script=HANGING))

    began = time.time()
    with az.running(f"ml endpoint update --local -n {endpoint} -f {file}") as process:
        hanging(engine, endpoint, began)
        interrupt(process)
    assert containers(engine, endpoint) == [blue]
    assert "hello" in answer(blue)

    began = time.time()
    with az.running(f"ml endpoint update --local -n {endpoint} -f {file}") as process:
        candidate = hanging(engine, endpoint, began)
        process.kill()
    assert set(containers(engine, endpoint)) == {blue, candidate}
    shown = az(f"ml endpoint show --local -n {endpoint}").json
    assert [each["state"] for each in shown["deployments"]] == ["running"]
    assert "hello" in answer(blue)

    az(f"ml endpoint update --local -n {endpoint} -f {project.endpoint()}")
    assert containers(engine, endpoint) == [blue]


def test_ctrl_c_is_the_way_to_end_following_a_log(az: Az, sample: str) -> None:
    with az.running(f"ml endpoint get-logs --local -n {sample} -d blue --follow") as process:
        assert process.stdout
        assert any("Init complete" in line for line in process.stdout)
        process.send_signal(signal.SIGINT)
        assert process.wait() == 0
