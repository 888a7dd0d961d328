"""Several deployments of one endpoint side by side, their traffic, and the safe rollout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import docker
import pytest

from tests.integration.az import Az
from tests.integration.conftest import SAMPLES
from tests.integration.deployed import answer, container, containers
from tests.integration.project import ECHO, FAILING, Project

FLOW = SAMPLES / "endpoints/online/managed/simple-flow"
REQUEST = SAMPLES / "endpoints/online/model-1/sample-request.json"
BLUE_SAYS, GREEN_SAYS = [205.486, 68.634], [202.5, 79.0]


def test_the_six_files_of_the_simple_flow_roll_out_version_2(
    az: Az, engine: docker.DockerClient, sample: str, endpoint: str
) -> None:
    def update(file: str) -> dict[str, int]:
        """The shares of the traffic afterwards."""
        shown = az(f"ml endpoint update --local -n {endpoint} -f {FLOW / file}").json
        return {name: share for name, share in shown["traffic"].items() if share}

    def asked(options: str = "") -> Any:
        answer = f"ml endpoint invoke --local -n {endpoint} --request-file {REQUEST} {options}"
        return az(answer).json

    az(f"ml endpoint create --local -n {endpoint} -f {FLOW / '1-create-endpoint-with-blue.yml'}")
    blue = container(engine, endpoint)

    update("2-scale-blue.yml")  # scale is no business of a local endpoint
    assert containers(engine, endpoint) == [blue]

    assert update("3-create-green.yml") == {"blue": 100}
    green = container(engine, endpoint, "green")
    assert blue.attrs["Image"] == green.attrs["Image"]
    assert asked() == pytest.approx(BLUE_SAYS, abs=0.1)
    assert asked("--deployment green") == pytest.approx(GREEN_SAYS, abs=0.1)

    assert update("4-flight-green.yml") == {"blue": 90, "green": 10}
    assert update("5-full-green.yml") == {"green": 100}
    assert asked() == pytest.approx(GREEN_SAYS, abs=0.1)
    assert set(containers(engine, endpoint)) == {blue, green}

    assert update("6-delete-blue.yml") == {"green": 100}
    assert containers(engine, endpoint) == [green]


def test_a_failed_update_of_one_deployment_leaves_both_alive(
    az: Az, engine: docker.DockerClient, sample: str, endpoint: str, tmp_path: Path
) -> None:
    project = Project(tmp_path)

    def file(green: str, traffic: dict[str, int]) -> Path:
        return project.endpoint(
            project.deployment("blue", script=ECHO.replace("echo", "blue")),
            project.deployment("green", script=green),
            traffic=traffic,
        )

    split = {"blue": 50, "green": 50}
    green = ECHO.replace("echo", "green")
    shown = az(f"ml endpoint create --local -n {endpoint} -f {file(green, split)}").json
    assert len({each["port"] for each in shown["deployments"]}) == 2
    before = containers(engine, endpoint)

    all_green = {"blue": 0, "green": 100}
    failed = az(f"ml endpoint update --local -n {endpoint} -f {file(FAILING, all_green)}", expect=1)
    assert "Deployment green crashed while it started" in failed.stderr
    assert containers(engine, endpoint) == before
    assert "blue" in answer(container(engine, endpoint, "blue"))
    assert "green" in answer(container(engine, endpoint, "green"))
    shown = az(f"ml endpoint show --local -n {endpoint}").json
    assert shown["traffic"] == split  # set only when all deployments are ready

    refused = az(
        ["ml", "endpoint", "invoke", "--local", "-n", endpoint, "-d", "red", "--data", "1"],
        expect=3,
    )
    assert f"Local endpoint {endpoint} has no deployment red." in refused.stderr
