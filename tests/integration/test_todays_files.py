"""The files that the official SDK takes are those that az takes and writes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.document.model import OWN_TAGS
from tests.fakes.simulated_arm import WORKSPACE
from tests.integration.azure import Azure
from tests.integration.conftest import SDK_PYTHON, cannot_run
from tests.integration.test_official_sdk import NAME, project, run_flow

__all__ = ["project"]  # a fixture

PROGRAM = Path(__file__).parent / "official_sdk" / "todays_files.py"
CLUSTER = f"{NAME}-3"
OWN_SERVER = f"{NAME}-2"
ENDPOINT = """\
$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineEndpoint.schema.json
name: houses
auth_mode: key
"""
DEPLOYMENT = """\
$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json
name: {name}
endpoint_name: houses
model:
  path: ../model/
code_configuration:
  code: ../code
  scoring_script: score.py
environment:
  conda_file: ../conda.yml
  image: mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:latest
environment_variables:
  CURRENCY: $5 and ${{HOME}}
instance_type: Standard_DS3_v2
instance_count: 1
"""


def send(azure: Azure, folder: Path) -> Mapping[str, str]:
    """All files of the folder, by the SDK: their names, and what it has read them as."""
    if not SDK_PYTHON.exists():
        cannot_run(f"there is no {SDK_PYTHON}; scripts/test makes it")
    answers = folder.parent / "answers.json"
    deployments = sorted(set(folder.glob("*.yml")) - {folder / "endpoint.yml"})
    done = subprocess.run(
        [SDK_PYTHON, PROGRAM, answers, folder / "endpoint.yml", *deployments],
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder.parent), **azure.playground.variables},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{done.stdout}\n--- stderr\n{done.stderr}"
    told: Mapping[str, str] = json.loads(answers.read_text())
    return told


def bodies(azure: Azure, name: str) -> dict[str, Any]:
    """What Azure has of the endpoint and its deployments, but for what no file of the SDK has:
    what Azure notes in properties of its own, and this tool in tags."""
    root = f"{WORKSPACE.id}/onlineEndpoints/{name}"
    deployments = azure.az(f"ml endpoint show -n {name}").json["deployments"]
    ids = [root, *(f"{root}/deployments/{each['name']}" for each in deployments)]
    found = {each: azure.simulator.backend.resources.find(each) for each in ids}
    return {each: _of_files(deepcopy(one.body)) for each, one in found.items() if one is not None}


def _of_files(body: dict[str, Any]) -> dict[str, Any]:
    tags = {key: value for key, value in body["tags"].items() if not key.startswith(OWN_TAGS)}
    properties = {**body["properties"], "properties": None}
    return {**body, "systemData": None, "tags": tags, "properties": properties}


@pytest.mark.parametrize("name", [NAME, OWN_SERVER, CLUSTER])
def test_the_sdk_finds_no_difference_in_what_is_exported(
    azure: Azure, project: Path, name: str
) -> None:
    steps = ("endpoint", "deployment", "registered", "split traffic", "instances of green")
    others = ("answer to an identity", "state on Kubernetes")
    run_flow(azure.playground, project, *steps, *others)
    folder = project / "cloud"
    azure.az(f"ml endpoint export -n {name} --format two-files --out {folder}")
    before = bodies(azure, name)
    azure.simulator.journal.clear()
    read = send(azure, folder)
    kind = "Kubernetes" if name == CLUSTER else "Managed"
    assert read.pop("endpoint.yml") == f"{kind}OnlineEndpoint"
    assert set(read.values()) == {f"{kind}OnlineDeployment"}
    assert [str(entry) for entry in azure.simulator.journal.refused()] == []
    assert bodies(azure, name) == before
    azure.az(f"ml endpoint plan -f {folder} --detailed-exitcode", expect=0)


def test_both_tools_take_turns_with_the_same_files(azure: Azure, project: Path) -> None:
    folder = project / "cloud"
    folder.mkdir()
    (folder / "endpoint.yml").write_text(ENDPOINT)
    (folder / "blue.yml").write_text(DEPLOYMENT.format(name="blue"))
    send(azure, folder)
    azure.simulator.journal.clear()
    files = f"-f {folder}/endpoint.yml -f {folder}/blue.yml"
    azure.az(f"ml endpoint plan {files} --detailed-exitcode", expect=0)
    azure.az(f"ml endpoint apply {files}")
    assert azure.simulator.journal.writes() == []
    text = (folder / "blue.yml").read_text().replace("instance_count: 1", "instance_count: 2")
    (folder / "blue.yml").write_text(text)
    azure.az(f"ml endpoint apply {files} --traffic blue:100")
    before = bodies(azure, "houses")
    blue = before[f"{WORKSPACE.id}/onlineEndpoints/houses/deployments/blue"]
    assert blue["properties"]["environmentVariables"]["CURRENCY"] == "$5 and ${HOME}"
    assert blue["sku"]["capacity"] == 2
    (folder / "endpoint.yml").write_text(f"{ENDPOINT}traffic:\n  blue: 100\n")
    send(azure, folder)
    assert bodies(azure, "houses") == before
    azure.az(f"ml endpoint plan {files} --detailed-exitcode", expect=0)


COLLECTOR = """\
data_collector:
  collections:
    model_inputs: {enabled: 'True'}
    model_outputs: {enabled: 'true', data: {name: outputs, version: '2'}}
  sampling_rate: 0.5
  rolling_rate: day
"""


def test_what_either_tool_collects_is_no_difference_to_the_other(
    azure: Azure, project: Path
) -> None:
    folder = project / "cloud"
    folder.mkdir()
    (folder / "endpoint.yml").write_text(ENDPOINT)
    (folder / "blue.yml").write_text(f"{DEPLOYMENT.format(name='blue')}{COLLECTOR}")
    send(azure, folder)
    azure.az(f"ml endpoint plan -f {folder} --detailed-exitcode", expect=0)
    azure.az(f"ml endpoint export -n houses --format two-files --out {project}/exported/cloud")
    before = bodies(azure, "houses")
    send(azure, project / "exported" / "cloud")
    assert bodies(azure, "houses") == before
    azure.az("ml endpoint delete -n houses --yes")
    azure.az(f"ml endpoint create -f {folder}")
    made = bodies(azure, "houses")
    send(azure, folder)
    assert _collected(bodies(azure, "houses")) == _collected(made) == _collected(before)


def _collected(found: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Each data asset with its share, whatever the capitals of the rest are."""
    collectors = [each["properties"].get("dataCollector") for each in found.values()]
    return [
        (one["dataId"], one["samplingRate"])
        for each in collectors
        for one in (each or {}).get("collections", {}).values()
    ]
