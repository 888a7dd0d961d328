"""What is registered in Azure runs on this machine: fetched with the real az and real blobs."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import pytest
import yaml

from azext_ml_endpoint.local.gateway.environment import GatewayEnvironment
from tests.fakes.interrupt import PATIENCE
from tests.fakes.recording_report import RecordingReport
from tests.integration import own_server
from tests.integration.az import Az
from tests.integration.azure import Azure
from tests.integration.conftest import SAMPLES, endpoints
from tests.integration.deployed import image
from tests.integration.project import BASE_IMAGE, Project
from tests.integration.test_update import SERVER_FOLDER
from tests.simulator import registries
from tests.simulator.faults import Fault, Held
from tests.simulator.world import OTHER_TEMPLATE, UNTEMPLATED, VLLM

SAMPLE = SAMPLES / "endpoints/online/custom-container"

READING = """
import os
from pathlib import Path

def init():
    pass

def run(data):
    model = Path(os.environ["AZUREML_MODEL_DIR"]) / "words.txt"
    return [model.read_text(), model.stat().st_mode & 0o222, opened(model)]

def opened(file):
    try:
        file.open("r+").close()
    except OSError:
        return "read-only"
    return "as root"
"""
ENVIRONMENT = {
    "conda_file": "dependencies: [python=3.11, pip, {pip: [azureml-inference-server-http]}]",
    "docker": {"image": BASE_IMAGE},
}


RULED = """\
name: {name}
type: online
deployments:
  - name: blue
    model: azureml:houses:1
    instance_type: Standard_NC24ads_A100_v4
    properties: {{azureml.deploymentTemplateOverride: "{override}"}}
    environment_variables: {{HF_HOME: /mine}}
"""


@dataclass(frozen=True)
class Packages:
    """How a deployment gets its packages in a runtime. install: puts them on this machine."""

    runtime: str
    environment: Mapping[str, Any]
    install: Callable[[], None]


@pytest.fixture
def here(azure: Azure, tmp_path: Path) -> Az:
    """A folder with the sample's file, whose model and environment are registered."""
    folder = tmp_path / "sample"
    shutil.copytree(SAMPLE, folder)
    az = azure.az.within(folder)
    home = Path(az.variables["AZURE_CONFIG_DIR"], "ml-endpoint")
    GatewayEnvironment(home, RecordingReport()).make()  # this az reaches no package index
    document = yaml.safe_load((folder / "endpoint.yml").read_text())
    (blue,) = document["deployments"]
    environment = {**blue["environment"], "name": "own", "version": "1"}
    (folder / "own.yml").write_text(json.dumps(environment))
    az("ml environment create -f own.yml")
    az("ml model create -n houses --version 1 --path model/house_price.json")
    blue |= {"model": "azureml:houses@latest", "environment": "azureml:own:1"}
    (folder / "registered.yml").write_text(json.dumps(document))
    shutil.rmtree(folder / "model")
    shutil.rmtree(folder / "environment")
    return az


@pytest.fixture
def name(azure: Azure, engine: docker.DockerClient) -> Iterator[str]:
    with endpoints(azure.az, engine) as new_endpoint:
        yield new_endpoint()


def test_a_file_of_references_runs_here_and_needs_azure_once(
    here: Az, azure: Azure, name: str
) -> None:
    file = f"--local -n {name} -f registered.yml"
    made = here(f"ml endpoint create {file}", timeout=600)
    assert "Downloaded model houses@latest" in made.stderr
    asked = here(f"ml endpoint invoke --local -n {name} --request-file sample-request.json")
    assert asked.json == {"prices": [335000, 200000]}
    shown = here(f"ml endpoint show --local -n {name}").json
    assert shown["deployments"][0]["model"]["version"] == "1"

    before = len(azure.simulator.journal.requests())
    same = "--set deployments[blue].model=azureml:houses:1"
    assert "nothing to do" in here(f"ml endpoint update {file} {same}").stderr
    requests = azure.simulator.journal.requests()[before:]
    assert {each.path.rpartition("/models/")[2] for each in requests} == {"houses/versions/1"}

    nowhere = "http://127.0.0.1:9"
    away = here.having(HTTPS_PROXY=nowhere, https_proxy=nowhere, ALL_PROXY=nowhere)
    assert "nothing to do" in away(f"ml endpoint update {file} {same}").stderr
    still = away(f"ml endpoint update {file}").stderr
    assert "nothing to do" in still and "cannot be reached" in still

    prune = "ml endpoint prune --local --assets --yes"
    assets = Path(here.variables["AZURE_CONFIG_DIR"], "ml-endpoint/assets/content")
    for model in assets.glob("*/house_price.json"):
        os.utime(model.with_name("complete"), (0, 0))
    assert here(prune).json == []
    here(f"ml endpoint delete --local -n {name} --yes")
    (gone,) = here(prune).json
    assert (gone["asset"], gone["removed"]) == ("house_price.json", True)
    assert not Path(gone["path"]).exists()


@pytest.fixture
def in_processes(az: Az, azure: Azure, tmp_path: Path) -> Packages:
    """Packages of a conda file, which this az installs: that of the workspace reaches no index."""

    def install() -> None:
        kept = azure.az("ml environment show -n server --version 1 --query conda_file -o tsv")
        environment = {**ENVIRONMENT, "conda_file": kept.stdout.removesuffix("\n")}
        make_environment(az, azure, environment, tmp_path / "packages")

    return Packages("process", ENVIRONMENT, install)


def make_environment(az: Az, azure: Azure, environment: Mapping[str, Any], folder: Path) -> None:
    """For processes, by an az that reaches an index of packages."""
    project = Project(folder)
    file = project.endpoint(project.deployment(environment=environment))
    online = az.having(AZURE_CONFIG_DIR=azure.az.variables["AZURE_CONFIG_DIR"])
    create = f"ml endpoint create --local --runtime process -n packages -f {file}"
    online(create, timeout=600)
    online("ml endpoint delete --local -n packages --yes")


@pytest.fixture
def in_docker(engine: docker.DockerClient, sample: str, tmp_path: Path) -> Packages:
    """Those of the samples, by a Dockerfile with its context."""
    (made,) = engine.images.get(image(engine, sample)).tags
    context = tmp_path / "context"
    context.mkdir()
    (context / "words.txt").write_text("beside the Dockerfile")
    lines = (f"FROM {made}", f"ENV {SERVER_FOLDER}", "COPY words.txt /words.txt")
    (context / "Dockerfile").write_text("\n".join(lines))
    build = {"build": {"dockerfile": f"file:{context / 'Dockerfile'}"}}
    return Packages("docker", {"path": str(context), "docker": build}, lambda: None)


@pytest.fixture(params=["in_processes", pytest.param("in_docker", marks=pytest.mark.docker)])
def packages(request: pytest.FixtureRequest) -> Packages:
    found: Packages = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def exported(azure: Azure, tmp_path: Path, packages: Packages) -> Path:
    """What serves in Azure, by the ids of its assets; all that was fetched before is gone."""
    home = Path(azure.az.variables["AZURE_CONFIG_DIR"], "ml-endpoint")
    GatewayEnvironment(home, RecordingReport()).make()
    shutil.rmtree(home / "assets", ignore_errors=True)
    project = Project(tmp_path / "mine")
    (tmp_path / "words.txt").write_text("from Azure")
    model = {"name": "words", "version": 1, "local_path": str(tmp_path / "words.txt")}
    environment = {**packages.environment, "name": "server", "version": 1}
    blue = project.deployment(script=READING, model=model, environment=environment)
    azure.az(f"ml endpoint create -n words -f {project.endpoint(blue)}")
    packages.install()
    azure.az(f"ml endpoint export -n words --out {tmp_path / 'exported.yml'}")
    return tmp_path / "exported.yml"


def test_what_serves_in_azure_serves_here_by_its_ids(
    azure: Azure, exported: Path, packages: Packages, name: str
) -> None:
    file = f"--local --runtime {packages.runtime} -n {name} -f {exported}"
    made = azure.az(f"ml endpoint create {file}").stderr
    assert "Downloaded model words:1" in made and "Downloaded code" in made
    asked = azure.az(f"ml endpoint invoke --local -n {name} --data 1").json
    assert asked[:2] == ["from Azure", 0]
    assert asked[2] == "read-only" or packages.runtime == "process"

    nowhere = "http://127.0.0.1:9"
    away = azure.az.having(HTTPS_PROXY=nowhere, https_proxy=nowhere, ALL_PROXY=nowhere)
    assert "nothing to do" in away(f"ml endpoint update {file}").stderr

    path = azure.az("ml model show -n words --version 1 --query path -o tsv").stdout.strip()
    in_datastore = {"name": "words", "version": "1", "path": path}
    exported.write_text(exported.read_text().replace("azureml:words:1", json.dumps(in_datastore)))
    again = azure.az(f"ml endpoint update {file}").stderr
    assert "Downloaded model words:1" in again and "nothing to do" in again


def test_a_model_of_a_registry_comes_once(az: Az, azure: Azure, tmp_path: Path, name: str) -> None:
    azure.playground.shared.put(registries.CONTAINER, f"{registries.FOLDER}/words.txt", b"shared")
    make_environment(az, azure, ENVIRONMENT, tmp_path / "packages")
    project = Project(tmp_path / "mine")
    script = READING.replace("words.txt", f"{Path(registries.FOLDER).name}/words.txt")
    blue = project.deployment(script=script, model=UNTEMPLATED, environment=ENVIRONMENT)
    file = f"--local --runtime process -n {name} -f {project.endpoint(blue)}"
    azure.blobs.clear()

    made = azure.az(f"ml endpoint create {file}").stderr
    assert f"Downloaded model {UNTEMPLATED}" in made
    assert azure.az(f"ml endpoint invoke --local -n {name} --data 1").json[:2] == ["shared", 0]
    assert "nothing to do" in azure.az(f"ml endpoint update {file}").stderr
    assert read(azure, "words.txt") == 1
    opened = {each.query["sp"] for each in azure.blobs.journal.requests}
    assert opened == {"rl"}, "by the registry's SAS"

    nowhere = "http://127.0.0.1:9"
    away = azure.az.having(HTTPS_PROXY=nowhere, https_proxy=nowhere, ALL_PROXY=nowhere)
    assert "nothing to do" in away(f"ml endpoint update {file}").stderr


def test_a_download_that_was_cut_off_goes_on(azure: Azure, tmp_path: Path) -> None:
    folder, held = tmp_path / "parts", Held()
    folder.mkdir()
    (folder / "a.bin").write_bytes(b"first")
    (folder / "b.bin").write_bytes(b"second")
    azure.az(f"ml model create -n parts --version 1 --path {folder}")
    project = Project(tmp_path / "mine")
    file = project.endpoint(project.deployment(model="azureml:parts:1"))
    plan = f"ml endpoint plan --local --runtime process -n parts -f {file}"
    home = Path(azure.az.variables["AZURE_CONFIG_DIR"], "ml-endpoint/assets")
    azure.blobs.clear()
    azure.blobs.faults.add(Fault(held, "GET", "b.bin"))
    with azure.az.running(plan) as process:
        deadline = time.monotonic() + PATIENCE
        while not list(home.rglob(".unfinished/*.0")) and time.monotonic() < deadline:
            time.sleep(0.05)  # until one of them has been noted as being here
        assert held.reached.wait(PATIENCE)
        process.kill()
    held.release.set()
    assert azure.az(plan).json["steps"] != []
    assert (read(azure, "a.bin"), read(azure, "b.bin")) == (1, 1)
    (found,) = home.rglob("b.bin")
    assert found.read_bytes() == b"second" and (found.parent / "a.bin").read_bytes() == b"first"


def read(azure: Azure, name: str) -> int:
    """How often a blob has come whole."""
    every = list(azure.blobs.journal.requests)
    whole = (each for each in every if each.method == "GET" and each.status in (200, 206))
    return sum(each.path.endswith(name) for each in whole)


def test_a_deployment_template_brings_image_routes_and_variables(
    here: Az,
    azure: Azure,
    engine: docker.DockerClient,
    name: str,
    own_image: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = azure.simulator.world
    health = {"path": "/health", "port": own_server.PORT}
    probes = {"livenessProbe": health, "readinessProbe": health}
    scoring = {"scoringPath": "/v1/chat", "scoringPort": own_server.PORT}
    template = {**world.templates[OTHER_TEMPLATE], **probes, **scoring}
    monkeypatch.setitem(world.templates, OTHER_TEMPLATE, template)
    monkeypatch.setitem(world.images, VLLM, own_image)
    (here.cwd / "ruled.yml").write_text(RULED.format(name=name, override=OTHER_TEMPLATE))

    made = here("ml endpoint create --local -f ruled.yml", timeout=600)
    assert f"blue: completed by the template {OTHER_TEMPLATE}" in made.stderr
    (shown,) = made.json["deployments"]
    assert shown["image"] == own_image
    assert shown["scoring_uri"].endswith("/v1/chat")
    invoke = ["ml", "endpoint", "invoke", "--local", "-n", name, "--data", "toro"]
    assert here(invoke).stdout == "¡Olé, toro!"
    (container,) = engine.containers.list(filters={"label": f"ml-endpoint.endpoint={name}"})
    variables = container.attrs["Config"]["Env"]
    assert {"HF_HOME=/mine", "VLLM_MAX_NUM_SEQS=48"} <= set(variables)
    assert "nothing to do" in here("ml endpoint update --local -f ruled.yml").stderr


def test_without_a_workspace_it_is_said_what_is_missing(here: Az) -> None:
    nowhere = here.having(AZURE_DEFAULTS_WORKSPACE="", AZURE_DEFAULTS_GROUP="")
    refused = nowhere("ml endpoint create --local -f registered.yml", expect=1)
    assert "model azureml:houses@latest is registered in Azure" in refused.stderr
    assert "--workspace-name" in refused.stderr
