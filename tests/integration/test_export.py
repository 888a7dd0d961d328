"""What others have made, under the care of one file: by the real az."""

from __future__ import annotations

from pathlib import Path

import yaml

from tests.integration.az import Az
from tests.integration.azure import Azure
from tests.integration.test_official_sdk import NAME, project, run_flow

__all__ = ["project"]  # a fixture

ENDPOINT = """\
$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineEndpoint.schema.json
name: houses
description: Prices of houses
auth_mode: key
traffic:
  blue: 90
  green: 10
public_network_access: enabled
mirror_traffic:
  green: 20
tags:
  team: prices
"""

DEPLOYMENT = """\
$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json
name: {name}
endpoint_name: houses
model:
  path: ../../model/
code_configuration:
  code: ../../code
  scoring_script: score.py
environment:
  conda_file: ../../conda.yml
  image: mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:latest
environment_variables:
  CURRENCY: $
instance_type: Standard_DS3_v2
instance_count: 1
app_insights_enabled: true
request_settings:
  request_timeout_ms: 3000
  max_concurrent_requests_per_instance: 2
liveness_probe:
  initial_delay: 30
data_collector:
  collections:
    model_inputs:
      enabled: 'True'
private_network_connection: true
"""


def test_endpoints_of_the_official_sdk_exported_need_no_change(azure: Azure, project: Path) -> None:
    """Inline and registered assets, a container of its own with tokens, a cluster."""
    steps = ("endpoint", "deployment", "registered", "split traffic", "instances of green")
    others = ("answer to an identity", "state on Kubernetes")
    run_flow(azure.playground, project, *steps, *others)
    for name in (NAME, f"{NAME}-2", f"{NAME}-3"):
        out = project / f"{name}.yml"
        azure.az(f"ml endpoint export -n {name} --out {out}")
        azure.simulator.journal.clear()
        azure.az(f"ml endpoint plan -f {out} --detailed-exitcode", expect=0)
        assert "nothing to do" in azure.az(f"ml endpoint update -f {out}").stderr
        assert azure.simulator.journal.writes() == []
    said = yaml.safe_load((project / f"{NAME}.yml").read_text())
    assert said["traffic"] == {"blue": 90, "green": 10}
    assert said["deployments"][1]["model"] == f"azureml:{NAME}-model:1"
    assert said["deployments"][1]["scale_settings"]["instance_count"] == 2
    assert str(project) not in yaml.safe_dump(said), "all is where the workspace has it"
    on_cluster = yaml.safe_load((project / f"{NAME}-3.yml").read_text())
    assert on_cluster["target"] == "azureml:aks-test"
    needs = {"cpu": 0.1, "memory_in_gb": 0.2}
    assert on_cluster["deployments"][0]["resource_requirements"] == needs


def test_official_files_are_converted_offline_and_valid(azure: Azure, project: Path) -> None:
    folder = project / "cloud" / "houses"
    folder.mkdir(parents=True)
    (folder / "endpoint.yml").write_text(ENDPOINT)
    for name in ("blue", "green"):
        (folder / f"{name}.yml").write_text(DEPLOYMENT.format(name=name))
    files = " ".join(f"{folder}/{name}.yml" for name in ("endpoint", "blue", "green"))
    azure.simulator.journal.clear()
    made = azure.az(f"ml endpoint export --from {files} --out {project}/all.yml")
    line = DEPLOYMENT.splitlines().index("private_network_connection: true") + 1
    told = f"{folder}/green.yml:{line}:1: private_network_connection is sent as the property"
    assert told in made.stderr
    assert azure.simulator.journal.requests() == []
    azure.az(f"ml endpoint validate -f {project}/all.yml")
    said = yaml.safe_load((project / "all.yml").read_text())
    assert said["deployments"][0]["model"] == {"local_path": "model"}
    assert said["deployments"][0]["data_collector"]["collections"]["model_inputs"]["enabled"]
    assert said["deployments"][0]["properties"] == {"private-network-connection": "true"}
    created = azure.az(f"ml endpoint create -f {project}/all.yml").json
    assert created["traffic"] == {"blue": 90, "green": 10}
    assert created["mirror_traffic"] == {"green": 20}
    assert created["deployments"][0]["environment_variables"] == {"CURRENCY": "$"}


def test_what_does_not_serve_is_pruned(azure: Azure, project: Path) -> None:
    run_flow(
        azure.playground, project, "endpoint", "deployment", "registered", "all traffic to green"
    )
    listed = azure.az(f"ml endpoint prune -n {NAME}")
    assert [(each["name"], each["removed"]) for each in listed.json] == [("blue", False)]
    removed = azure.az(f"ml endpoint prune -n {NAME} --yes")
    assert [(each["name"], each["removed"]) for each in removed.json] == [("blue", True)]
    left = azure.az(f"ml endpoint show -n {NAME}").json["deployments"]
    assert [each["name"] for each in left] == ["green"]


def test_an_endpoint_in_docker_exported_needs_no_change(
    az: Az, sample: str, tmp_path: Path
) -> None:
    out = tmp_path / "exported.yml"
    az(f"ml endpoint export --local -n {sample} --out {out}")
    az(f"ml endpoint validate -f {out}")
    assert f"{sample}: nothing to do" in az(f"ml endpoint update --local -f {out}").stderr
    (blue,) = yaml.safe_load(out.read_text())["deployments"]
    named = tmp_path / blue["model"]["local_path"]
    assert named.resolve().name == "sklearn_regression_model.pkl"
    assert blue["environment"]["conda_file"].startswith("file:")
