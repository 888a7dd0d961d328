"""Two commands at once, and names that are the same to some."""

from __future__ import annotations

import time
from pathlib import Path

import docker

from tests.integration.az import Az, ended
from tests.integration.conftest import NewEndpoint
from tests.integration.deployed import (
    answer,
    container,
    containers,
    log_line,
    next_start,
)
from tests.integration.project import HANGING, Project


def test_a_second_command_on_one_endpoint_fails_at_once_and_harms_nothing(
    az: Az, engine: docker.DockerClient, sample: str, endpoint: str, tmp_path: Path
) -> None:
    project = Project(tmp_path)
    az(f"ml endpoint create --local -n {endpoint} -f {project.endpoint()}")
    blue = container(engine, endpoint)

    file = project.endpoint(project.deployment(script=HANGING))
    began = time.time()
    with az.running(f"ml endpoint update --local -n {endpoint} -f {file}") as first:
        candidate = next_start(engine, endpoint, began)
        log_line(candidate, "init has begun")
        for command in (f"update -f {file}", "delete --yes"):
            second = az(f"ml endpoint {command} --local -n {endpoint}", expect=1)
            assert (
                f"Another command is at work on endpoint {endpoint} (process {first.pid})."
                in second.stderr
            )
        # Looking and calling need nobody's leave.
        az(f"ml endpoint show --local -n {endpoint}")
        assert set(containers(engine, endpoint)) == {blue, candidate}
    assert "hello" in answer(blue)


def test_commands_on_two_endpoints_run_side_by_side(
    az: Az, engine: docker.DockerClient, sample: str, new_endpoint: NewEndpoint, tmp_path: Path
) -> None:
    hanging, quick = new_endpoint(), new_endpoint()
    project = Project(tmp_path)
    first_file = project.endpoint(project.deployment(script=HANGING))
    began = time.time()
    with az.running(f"ml endpoint create --local -n {hanging} -f {first_file}") as first:
        next_start(engine, hanging, began)
        other = Project(tmp_path / "other")
        az(f"ml endpoint create --local -n {quick} -f {other.endpoint()}")
        assert "hello" in answer(container(engine, quick))
        first.terminate()
        assert ended(first).exit_code != 0


def test_a_name_keeps_its_capitals_and_is_found_without_them(
    az: Az, engine: docker.DockerClient, sample: str, new_endpoint: NewEndpoint, tmp_path: Path
) -> None:
    """As in Azure, where two names that differ in nothing else are one endpoint."""
    lower = new_endpoint()
    capital = new_endpoint(lower.upper())
    project = Project(tmp_path)
    file = project.endpoint(project.deployment("Blue"))
    az(f"ml endpoint create --local -n {capital} -f {file}")

    for name in (lower, capital):
        assert az(f"ml endpoint show --local -n {name}").json["name"] == capital
        assert "hello" in az(f"ml endpoint invoke --local -n {name} --data hello").stdout
    blue = container(engine, capital, "Blue")
    az(f"ml endpoint create --local -n {lower} -f {file}")
    assert containers(engine, capital) == [blue]

    az(f"ml endpoint delete --local -n {lower} --yes")
    assert containers(engine, capital) == []
    assert az(f"ml endpoint show --local -n {capital}", expect=3).stdout == ""
