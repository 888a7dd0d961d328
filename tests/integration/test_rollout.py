"""A rollout that guards itself, on this machine: the same commands as in Azure."""

from __future__ import annotations

import re
from pathlib import Path

import docker
import pytest

from tests.integration.az import Az
from tests.integration.deployed import container
from tests.integration.project import ECHO, Project

GREEN = ECHO.replace("echo", "green")
SPOILT = """
import itertools

asked = itertools.count(1)

def init():
    pass

def run(data):
    if next(asked) > 3:
        raise RuntimeError("out of tune")
    return {"red": data}
"""
"""As long as it is proven, it answers well."""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_a_good_deployment_gets_the_traffic_and_a_bad_one_loses_it(
    az: Az, engine: docker.DockerClient, sample: str, project: Project, endpoint: str
) -> None:
    """``sample`` keeps the image of the environment."""
    az(f"ml endpoint create --local -n {endpoint} -f {project.endpoint()}")
    blue = container(engine, endpoint)
    (project.folder / "request.json").write_text('{"data": "a"}')
    project.endpoint(
        project.deployment("green", script=GREEN), project.deployment("red", script=SPOILT)
    )
    rollout = (
        f"ml endpoint rollout --local -n {endpoint} -f {project.folder / 'endpoint.yml'} "
        f"--probe {project.folder / 'request.json'} --steps 10,100"
    )
    history = f"ml endpoint history --local -n {endpoint}"

    done = az([*f"{rollout} --to green --bake 1s --expect".split(), "length(green) > 0"])
    assert done.json["traffic"] == {"green": 100}
    assert "green at 10 %: 0 of " in done.stderr
    assert container(engine, endpoint) == blue
    assert [each["traffic"] for each in az(history).json] == [{"green": 100}, {"blue": 100}]

    failed = az(f"{rollout} --to red --bake 1h", expect=1)
    assert "Traffic is green 90 %, red 10 %" in failed.stderr
    # One request in ten through the endpoint itself goes to red too.
    assert re.search(
        r"The rollout to red was stopped: error rate: (1 of 1 request|2 of 2 requests) failed",
        failed.stderr,
    )
    assert "expected status 200, got 500" in failed.stderr
    assert az(f"ml endpoint show --local -n {endpoint} --query traffic").json == {"green": 100}

    back = az(f"ml endpoint rollback --local -n {endpoint}")
    assert back.json["traffic"] == {"blue": 100}
