"""One file is the truth: plan, apply and apply again, in Azure and on this machine."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import docker
import pytest

from tests.integration.az import Az, Result, ended, said_until
from tests.integration.azure import Azure
from tests.integration.deployed import answer, container, log_line, next_start
from tests.integration.project import HANGING, Project
from tests.integration.small import NAME, small_endpoint
from tests.simulator.operations import Durations

READING = {"GET", "HEAD"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return small_endpoint(tmp_path, "blue", "green")


def titles(planned: Result) -> list[str]:
    return [step["title"] for step in planned.json["steps"]]


def methods(azure: Azure) -> set[str]:
    return {request.method for request in azure.simulator.journal.requests()}


def test_plan_apply_and_apply_again_in_azure(azure: Azure, file: Path) -> None:
    journal = azure.simulator.journal
    planned = azure.az(f"ml endpoint plan -n {NAME} -f {file} --detailed-exitcode", expect=2)
    assert "create deployment green" in titles(planned)
    assert planned.json["upload_bytes"] > 0
    assert f"Plan for endpoint {NAME}\n" in planned.stderr
    assert methods(azure) <= READING
    assert list(azure.blobs.journal.requests) == []

    applied = azure.az(f"ml endpoint apply -n {NAME} -f {file}")
    assert applied.json["traffic"] == {"blue": 100}

    journal.clear()
    again = azure.az(f"ml endpoint apply -n {NAME} -f {file}")
    assert again.json == applied.json
    assert again.stderr.endswith(f"{NAME}: nothing to do\n")
    assert methods(azure) <= READING
    assert len(journal.requests()) <= 6
    assert azure.az(f"ml endpoint plan -n {NAME} -f {file} --detailed-exitcode").json["steps"] == []
    assert journal.refused() == []


def test_a_saved_plan_is_carried_out_once(azure: Azure, file: Path, tmp_path: Path) -> None:
    saved = tmp_path / "plan.json"
    azure.az(f"ml endpoint plan -n {NAME} -f {file} --out {saved} -o none")
    shown = azure.az(f"ml endpoint apply --plan {saved}").json
    assert {each["name"] for each in shown["deployments"]} == {"blue", "green"}
    second = azure.az(f"ml endpoint apply --plan {saved}", expect=1)
    assert f"Endpoint {NAME} has changed since it was planned" in second.stderr


def test_of_two_applies_the_second_names_the_first_and_waits_or_stops(
    azure: Azure, file: Path
) -> None:
    azure.simulator.backend.durations = Durations(deployment=8)
    with azure.az.running(f"ml endpoint apply -n {NAME} -f {file}") as first:
        azure.simulator.journal.wait_until(
            lambda entries: any(
                each.request.method == "PUT" and "/deployments/" in each.request.url
                for each in entries
            )
        )
        stopped = azure.az(f"ml endpoint apply -n {NAME} -f {file} --on-conflict fail", expect=1)
        assert "an earlier command is at work on it (begun by A User)." in stopped.stderr
        with azure.az.running(f"ml endpoint apply -n {NAME} -f {file}") as second:
            said_until(second, "an earlier command is at work on it (begun by A User); following")
            assert ended(first).exit_code == 0
            assert ended(second).exit_code == 0
    shown = azure.az(f"ml endpoint show -n {NAME}").json
    assert {each["provisioning_state"] for each in shown["deployments"]} == {"Succeeded"}
    assert azure.az(f"ml endpoint plan -n {NAME} -f {file} --detailed-exitcode").json["steps"] == []


def test_two_applies_at_the_same_moment_end_in_the_same_world(azure: Azure, file: Path) -> None:
    azure.simulator.backend.durations = Durations(endpoint=2, deployment=3)
    command = f"ml endpoint apply -n {NAME} -f {file}"
    with azure.az.running(command) as one, azure.az.running(command) as other:
        assert [ended(each).exit_code for each in (one, other)] == [0, 0]
    assert azure.az(f"ml endpoint show -n {NAME}").json["traffic"] == {"blue": 100}
    assert azure.az(f"ml endpoint plan -n {NAME} -f {file} --detailed-exitcode").json["steps"] == []


def test_plan_apply_and_apply_again_on_docker(
    az: Az, engine: docker.DockerClient, sample: str, endpoint: str, tmp_path: Path
) -> None:
    project = Project(tmp_path)
    file = project.endpoint()
    same = f"--local -n {endpoint} -f {file}"
    planned = az(f"ml endpoint plan {same} --detailed-exitcode", expect=2)
    assert titles(planned)[-2:] == ["create deployment blue", "set traffic to blue 100 %"]
    az(f"ml endpoint show --local -n {endpoint}", expect=3)

    shown: Any = az(f"ml endpoint apply {same}").json
    assert shown["traffic"] == {"blue": 100}
    blue = container(engine, endpoint)
    assert "hello" in answer(blue)
    again = az(f"ml endpoint apply {same}")
    assert again.stderr.endswith(f"{endpoint}: nothing to do\n")
    assert container(engine, endpoint) == blue
    assert az(f"ml endpoint plan {same} --detailed-exitcode").json["steps"] == []


def test_of_two_applies_on_docker_the_second_stops_or_waits(
    az: Az, engine: docker.DockerClient, sample: str, endpoint: str, tmp_path: Path
) -> None:
    hanging, good = Project(tmp_path / "hanging"), Project(tmp_path / "good")
    apply = f"ml endpoint apply --local -n {endpoint} -f"
    began = time.time()
    command = f"{apply} {hanging.endpoint(hanging.deployment(script=HANGING))}"
    with az.running(command) as first:
        log_line(next_start(engine, endpoint, began), "init has begun")
        at_work = f"Another command is at work on endpoint {endpoint} (process {first.pid})"
        stopped = az(f"{apply} {good.endpoint()} --on-conflict fail", expect=1)
        assert at_work in stopped.stderr
        with az.running(f"{apply} {good.endpoint()}") as second:
            said_until(second, f"{at_work}; waiting for it")
            first.terminate()
            assert ended(first).exit_code != 0
            assert ended(second).exit_code == 0
    assert "hello" in answer(container(engine, endpoint))
