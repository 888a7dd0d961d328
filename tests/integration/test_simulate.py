"""`--simulate` with the real server and the real `az`, in both runtimes: each status is seen."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import docker
import pytest
import requests

from tests.integration.az import Az
from tests.integration.deployed import container
from tests.integration.project import BASE_IMAGE, ECHO, HANGING, Project

SCRIPT = """
import os
import threading

def init():
    pass

def run(data):
    if "wait" in data:
        threading.Event().wait(3)
    if "fail" in data:
        raise ValueError("no such house")
    return {"workers": os.environ.get("WORKER_COUNT")}
"""
ENVIRONMENT = {
    "conda_file": "dependencies: [python=3.11, pip, {pip: [azureml-inference-server-http]}]",
    "docker": {"image": BASE_IMAGE},
}
SETTINGS = {
    "request_timeout_ms": 1500,
    "max_concurrent_requests_per_instance": 1,
    "max_queue_wait_ms": 0,
}
READINESS = {"initial_delay": 2, "period": 1, "success_threshold": 2}
"""Three seconds, whatever the server does."""
TOO_LARGE = b'"' + b"x" * 10 * 1024 * 1024 + b'"'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    project = Project(tmp_path)
    deployment = project.deployment(
        script=SCRIPT,
        environment=ENVIRONMENT,
        request_settings=SETTINGS,
        readiness_probe=READINESS,
        scale_settings={"scale_type": "manual", "instance_count": 2},
    )
    return project.endpoint(deployment)


@pytest.fixture
def in_processes(az: Az, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Az, str]]:
    home = tmp_path_factory.mktemp("simulating")
    own, name = az.having(AZURE_CONFIG_DIR=str(home)), f"it-{uuid4().hex[:12]}"
    yield own, name
    own(f"ml endpoint delete --local --runtime process -n {name} --yes")


class Client:
    """Of one endpoint, with its primary key."""

    def __init__(self, az: Az, name: str, uri: str) -> None:
        self.az, self.name, self.uri = az, name, uri
        self.key = str(az(f"ml endpoint get-credentials --local -n {name}").json["primaryKey"])

    def post(self, body: bytes | str = '"x"', key: str | None = None) -> requests.Response:
        headers = {
            "Authorization": f"Bearer {self.key if key is None else key}",
            "Content-Type": "application/json",
        }
        return requests.post(self.uri, data=body, headers=headers, timeout=60)

    def fails(self, data: str) -> str:
        command = ["ml", "endpoint", "invoke", "--local", "-n", self.name, "--data", data]
        return self.az(command, expect=1).stderr


def see_all_of_it(az: Az, name: str, file: Path, runtime: str) -> None:
    options = f"--local --runtime {runtime} -n {name}"
    created = az(f"ml endpoint create {options} -f {file} --simulate", timeout=600)
    ready = re.search(r"blue: ready in ([\d.]+) s", created.stderr)
    assert ready and float(ready[1]) >= 3.0
    made = created.json
    assert made["simulate"] is True
    client = Client(az, name, made["scoring_uri"])
    see_what_opens_it(client)
    see_what_is_answered(client)
    see_what_is_explained(client)
    see_tokens_open_it(client, file)
    see_it_end(client, file)


def see_tokens_open_it(client: Client, file: Path) -> None:
    tokens = f"--local -n {client.name} -f {file} --set endpoint.auth_mode=aml_token"
    client.az(f"ml endpoint update {tokens}")
    given = client.az(f"ml endpoint get-credentials --local -n {client.name}").json
    assert "primaryKey" not in given
    assert client.post(key=given["accessToken"]).status_code == 200
    assert client.post().status_code == 401, "its key"
    client.az(f"ml endpoint update --local -n {client.name} -f {file}")
    assert client.post().status_code == 200


def see_what_opens_it(client: Client) -> None:
    assert [client.post(key=each).status_code for each in ("", "wrong")] == [403, 401]
    answer = client.post()
    assert (answer.status_code, answer.json()) == (200, {"workers": "2"})
    assert answer.headers["x-ms-server-version"].startswith("azmlinfsrv/")
    assert answer.headers["azureml-model-deployment"] == "blue"
    assert client.az(f"ml endpoint invoke --local -n {client.name} --data 1").json["workers"] == "2"
    client.az(f"ml endpoint regenerate-keys --local -n {client.name} --key-type primary")
    assert client.post().status_code == 401
    client.key = Client(client.az, client.name, client.uri).key
    assert client.post().status_code == 200


def see_what_is_answered(client: Client) -> None:
    failed = client.post('"fail"')
    assert failed.status_code == 424
    assert failed.headers["ms-azureml-model-error-statuscode"] == "500"
    assert failed.headers["ms-azureml-model-error-reason"] == "model_error"
    assert client.post(TOO_LARGE).status_code == 413
    with ThreadPoolExecutor(3) as pool:
        together = pool.map(lambda _: client.post('"wait"').status_code, range(3))
    assert Counter(together) == {408: 2, 429: 1}  # two instances with one request each


def see_what_is_explained(client: Client) -> None:
    failed = client.fails('"fail"')
    assert "answered 424: the model failed with status 500 (model_error)" in failed
    assert "ValueError: no such house" in failed
    slow = client.fails('"wait"')
    assert "answered 408: the model took longer than its request_timeout_ms" in slow
    assert "Raise request_settings.request_timeout_ms" in slow


def see_it_end(client: Client, file: Path) -> None:
    options = f"--local -n {client.name} -f {file}"
    planned = client.az(f"ml endpoint plan {options} --simulate false").json
    assert [each["title"] for each in planned["steps"]] == [
        f"update endpoint {client.name}",
        "update deployment blue",
    ]
    client.az(f"ml endpoint apply {options} --simulate false", timeout=600)
    answer = client.post('"fail"', key="")
    assert answer.status_code == 500
    assert client.post(key="").json() == {"workers": "1"}
    assert client.az(f"ml endpoint plan {options}").json["steps"] == []


def test_in_processes(in_processes: tuple[Az, str], file: Path) -> None:
    az, name = in_processes
    see_all_of_it(az, name, file, "process")


def test_in_docker(az: Az, endpoint: str, file: Path) -> None:
    see_all_of_it(az, endpoint, file, "docker")


def test_a_container_has_what_its_instances_have(
    az: Az, endpoint: str, file: Path, engine: docker.DockerClient
) -> None:
    az(f"ml endpoint create --local -n {endpoint} -f {file} --simulate", timeout=600)
    host: dict[str, Any] = container(engine, endpoint).attrs["HostConfig"]
    assert (host["Memory"], host["MemorySwap"]) == (8 * 1024**3, 8 * 1024**3)
    assert host["CpuQuota"] / host["CpuPeriod"] == 4


def refused_by_its_probe(az: Az, name: str, folder: Path, runtime: str) -> None:
    """init() never ends; each probe is given up after a second."""
    project = Project(folder / "hanging")
    figures = {"initial_delay": 1, "period": 1, "timeout": 1, "failure_threshold": 2}
    blue = project.deployment(script=HANGING, environment=ENVIRONMENT, liveness_probe=figures)
    file = project.endpoint(blue)
    options = f"--local --runtime {runtime} -n {name} -f {file} --simulate"
    failed = az(f"ml endpoint create {options}", expect=1, timeout=600)
    assert "blue: its liveness probe failed 2 times in a row" in failed.stderr
    assert "raise liveness_probe.initial_delay, period or failure_threshold" in failed.stderr
    options = f"--local --runtime {runtime} -n {name} -f {echo(folder)}"
    az(f"ml endpoint create {options}", timeout=600)  # whose end takes the environment along


def test_a_liveness_probe_gives_up_in_processes(
    in_processes: tuple[Az, str], tmp_path: Path
) -> None:
    az, name = in_processes
    refused_by_its_probe(az, name, tmp_path, "process")


def test_a_liveness_probe_gives_up_in_docker(az: Az, endpoint: str, tmp_path: Path) -> None:
    refused_by_its_probe(az, endpoint, tmp_path, "docker")


def echo(folder: Path, *names: str) -> Path:
    project = Project(folder)
    described = (
        project.deployment(each, script=ECHO, environment=ENVIRONMENT) for each in names or ["blue"]
    )
    return project.endpoint(*described)


def see_what_is_mirrored(az: Az, name: str, folder: Path, runtime: str) -> None:
    """Every other request, of which each is logged; who is named answers, and nobody else."""
    file = echo(folder, "blue", "green")
    options = f"--local --runtime {runtime} -n {name} -f {file} --set mirror_traffic.green=50"
    uri = az(f"ml endpoint create {options}", timeout=600).json["scoring_uri"]
    for _ in range(20):
        answer = requests.post(uri, json="hello", timeout=60)
        assert answer.headers["azureml-model-deployment"] == "blue"
    log = az(f"ml endpoint get-logs --local -n {name} -d green").stdout
    assert 9 <= log.count("POST /score 200") <= 11
    chosen = {"azureml-model-deployment": "green"}
    answer = requests.post(uri, json="hello", headers=chosen, timeout=60)
    assert answer.headers["azureml-model-deployment"] == "green"


def test_processes_get_what_is_mirrored(in_processes: tuple[Az, str], tmp_path: Path) -> None:
    az, name = in_processes
    see_what_is_mirrored(az, name, tmp_path, "process")


def test_containers_get_what_is_mirrored(az: Az, endpoint: str, tmp_path: Path) -> None:
    see_what_is_mirrored(az, endpoint, tmp_path, "docker")
