"""The gateway as az's commands make it, heal it and do without it; deployments are processes."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import docker
import psutil
import pytest

from tests.integration.az import Az
from tests.integration.deployed import container, post
from tests.integration.project import BASE_IMAGE, ECHO, Project

ENVIRONMENT = {
    "conda_file": "dependencies: [python=3.11, pip, {pip: [azureml-inference-server-http]}]",
    "docker": {"image": BASE_IMAGE},
}


@pytest.fixture(scope="module")
def own_az(az: Az, tmp_path_factory: pytest.TempPathFactory) -> Az:
    """With a configuration of its own, in which processes are the default."""
    home = tmp_path_factory.mktemp("gateway-home")
    own = az.having(AZURE_CONFIG_DIR=str(home))
    own("config set ml_endpoint.local_runtime=process --only-show-errors")
    return own


@pytest.fixture
def home(own_az: Az) -> Path:
    return Path(own_az.variables["AZURE_CONFIG_DIR"], "ml-endpoint")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture
def name(own_az: Az, home: Path) -> Iterator[str]:
    """Of an endpoint that is deleted; nothing of its gateway may be left."""
    name = f"it-{uuid4().hex[:12]}"
    yield name
    own_az(f"ml endpoint delete --local --runtime process -n {name} --yes")
    assert not gateway_of(name)
    assert not list(home.glob(f"gateways/{name}*"))


def gateway_of(name: str) -> list[psutil.Process]:
    """The supervisor and the gateway itself."""
    every = psutil.process_iter(["cmdline"])
    return [
        each
        for each in every
        if any(f"gateways/{name}." in word for word in each.info["cmdline"] or ())
    ]


def document(project: Project, script: str = ECHO) -> Path:
    return project.endpoint(project.deployment(script=script, environment=ENVIRONMENT))


def created(az: Az, name: str, project: Project, options: str = "") -> str:
    """The scoring URI, which answers."""
    create = f"ml endpoint create --local --runtime process -n {name} -f {document(project)}"
    uri = str(az(f"{create} {options}", timeout=600).json["scoring_uri"])
    assert "hello" in post(uri, '"hello"')
    return uri


def kill(processes: list[psutil.Process]) -> None:
    for each in processes:
        with suppress(psutil.NoSuchProcess):  # it ended with another of them
            each.kill()
    psutil.wait_procs(processes)


@pytest.mark.parametrize(
    "command", ["show --local -n {name}", "list --local", "invoke --local -n {name} --data 1"]
)
def test_the_next_command_heals_it(own_az: Az, name: str, project: Project, command: str) -> None:
    uri = created(own_az, name, project)
    kill(gateway_of(name))
    own_az(f"ml endpoint {command.format(name=name)}")
    assert "hello" in post(uri, '"hello"')


def test_after_a_reboot_it_is_where_it_was(own_az: Az, name: str, project: Project) -> None:
    uri = created(own_az, name, project)
    folder = str(Path(own_az.variables["AZURE_CONFIG_DIR"]))
    kill([each for each in psutil.process_iter() if folder in _environment(each)])
    shown = own_az(f"ml endpoint show --local -n {name}").json
    assert (shown["scoring_uri"], shown["provisioning_state"]) == (uri, "Failed")
    failed = own_az(f"ml endpoint invoke --local -n {name} --data 1", expect=1)
    assert f"Deployment blue of endpoint {name} does not run" in failed.stderr
    own_az(f"ml endpoint update --local -n {name} -f {document(project)}")
    assert "hello" in post(uri, '"hello"')


def routes_of(az: Az, name: str) -> list[dict[str, Any]]:
    """What the gateway of containers is told of them."""
    home = Path(az.variables["AZURE_CONFIG_DIR"], "ml-endpoint")
    said = json.loads((home / f"gateways/{name}.docker/routes.json").read_text())
    return list(said["targets"])


def _environment(process: psutil.Process) -> str:
    try:
        return str(process.environ())
    except psutil.Error:  # it has ended meanwhile, or is somebody else's
        return ""


def test_a_port_is_chosen_kept_and_refused(own_az: Az, name: str, project: Project) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        create = f"ml endpoint create --local -n {name} -f {document(project)} --port {port}"
        refused = own_az(create, expect=1)
        assert f"port {port} of 127.0.0.1: another program listens there" in refused.stderr
        own_az(f"ml endpoint show --local -n {name}", expect=3)
    uri = created(own_az, name, project, f"--port {port}")
    assert urlsplit(uri).port == port
    project.endpoint(
        project.deployment(script=ECHO.replace("echo", "edited"), environment=ENVIRONMENT)
    )
    updated = own_az(f"ml endpoint update --local -n {name} -f {project.folder}/endpoint.yml").json
    assert updated["scoring_uri"] == uri
    assert "edited" in post(uri, '"hello"')


def test_containers_have_one_that_is_healed_too(
    az: Az, engine: docker.DockerClient, endpoint: str, project: Project
) -> None:
    """Its port is chosen and kept; containers that were stopped are told of, and made again."""
    with closing(socket.create_server(("127.0.0.1", 0))) as found:
        port = found.getsockname()[1]
    file = document(project)
    made = az(f"ml endpoint create --local -n {endpoint} -f {file} --port {port}", timeout=600).json
    uri = made["scoring_uri"]
    assert urlsplit(uri).port == urlsplit(made["swagger_uri"]).port == port
    (place,) = [each["place"] for each in routes_of(az, endpoint)]
    facts = container(engine, endpoint).attrs
    bridge = facts["NetworkSettings"]["Networks"]["bridge"]
    assert (place["host"], place["pid"]) == (bridge["IPAddress"], facts["State"]["Pid"])
    kill(gateway_of(endpoint))
    az("ml endpoint list --local")
    assert "hello" in post(uri, '"hello"')

    kill(gateway_of(endpoint))
    container(engine, endpoint).kill()
    shown = az(f"ml endpoint show --local -n {endpoint}").json
    assert (shown["scoring_uri"], shown["provisioning_state"]) == (uri, "Failed")
    az(f"ml endpoint update --local -n {endpoint} -f {file}")
    assert "hello" in post(uri, '"hello"')
    az(f"ml endpoint delete --local -n {endpoint} --yes")
    assert gateway_of(endpoint) == []


def test_without_its_packages_the_deployments_serve_by_themselves(
    own_az: Az, name: str, project: Project, home: Path, tmp_path: Path
) -> None:
    """The environment of the deployment is there already."""
    kept = f"it-{uuid4().hex[:12]}"
    created(own_az, kept, project)
    shutil.rmtree(home / "gateway-environments")
    nothing = {"UV_OFFLINE": "1", "UV_CACHE_DIR": str(tmp_path / "empty"), "PIP_NO_INDEX": "1"}
    create = f"ml endpoint create --local --runtime process -n {name} -f {document(project)}"
    made = own_az(create, env=nothing)
    assert f"{name} has no gateway: each deployment is at its own port" in made.stderr
    assert "The packages of the gateway could not be installed." in made.stderr
    assert "build.log" in made.stderr
    own = made.json["deployments"][0]["scoring_uri"]
    assert made.json["scoring_uri"] == own
    assert "hello" in post(own, '"hello"')
    asked = own_az(["ml", "endpoint", "invoke", "--local", "-n", name, "--data", '"hello"'])
    assert "hello" in asked.stdout

    (home / "gateway-environments/failed").unlink()
    edited = document(project, ECHO.replace("echo", "edited"))
    uri = own_az(f"ml endpoint update --local -n {name} -f {edited}").json["scoring_uri"]
    assert uri != own and "edited" in post(uri, '"hello"')
    own_az(f"ml endpoint delete --local -n {kept} --yes")
