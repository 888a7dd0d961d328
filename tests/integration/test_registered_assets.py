"""What is registered in Azure runs on this machine: fetched with the real az and real blobs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
import yaml

from azext_ml_endpoint.local.gateway.environment import GatewayEnvironment
from tests.fakes.recording_report import RecordingReport
from tests.integration import own_server
from tests.integration.az import Az
from tests.integration.azure import Azure
from tests.integration.conftest import SAMPLES, endpoints
from tests.simulator.world import OTHER_TEMPLATE, VLLM

SAMPLE = SAMPLES / "endpoints/online/custom-container"

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
def name(here: Az, engine: docker.DockerClient) -> Iterator[str]:
    with endpoints(here, engine) as new_endpoint:
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
