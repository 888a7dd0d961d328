"""Files of the later format are recognized, and mixtures of both are told of."""

from __future__ import annotations

from pathlib import Path

import pytest

from azext_ml_endpoint.document import two_files, validate
from azext_ml_endpoint.document.node import Node
from tests.unit.document import project

AZURE = "https://azuremlschemas.azureedge.net/latest/"
SOUND = project.ENDPOINT
DEPLOYMENTS = {
    "a schema": f"$schema: {AZURE}managedOnlineDeployment.schema.json\nname: blue\n",
    "another schema": f"$schema: {AZURE}kubernetesOnlineDeployment.schema.json\nname: blue\n",
    "its endpoint": "name: blue\nendpoint_name: e\n",
    "its network": "name: blue\negress_public_network_access: disabled\n",
    "its type": "name: blue\ntype: kubernetes\nmodel: azureml:m:1\n",
    "its resources": "name: blue\nresources: {requests: {cpu: 1}}\n",
    "where its model is": "name: blue\nmodel_mount_path: /m\n",
    "its keys, beside an endpoint's schema": (
        f"$schema: {AZURE}managedOnlineEndpoint.schema.json\nname: blue\nmodel: azureml:m:1\n"
    ),
}
ENDPOINTS = {
    "a schema": f"$schema: {AZURE}managedOnlineEndpoint.schema.json\nname: e\nauth_mode: key\n",
    "another one": f"$schema: {AZURE}kubernetesOnlineEndpoint.schema.json\nname: e\n",
    "its network": "name: e\npublic_network_access: disabled\n",
    "its mirror": "name: e\nmirror_traffic: {green: 10}\n",
    "its cluster": "name: e\ncompute: azureml:c\n",
}
NEITHER = {
    "an endpoint": SOUND,
    "an endpoint of 2021": f"$schema: {AZURE}managedOnlineEndpoint.schema.json\n{SOUND}",
    "an endpoint alone": "name: e\nauth_mode: key\n",
    "a deployment": "name: blue\nmodel: azureml:m:1\ninstance_type: x\n",
    "a list": "[1]\n",
    "a schema that is none": "$schema: 5\nname: e\n",
}


OTHERS = {
    "a conda file": "name: c\nchannels: [a]\ndependencies: [python]\n",
    "a model": "name: m\nversion: 1\npath: m\ndescription: x\n",
    "an environment": "name: e\nimage: ubuntu\nconda_file: conda.yml\n",
    "a model with a schema": f"$schema: {AZURE}model.schema.json\nname: m\n",
    "a list": "[1]\n",
    "a job": f"$schema: {AZURE}commandJob.schema.json\nenvironment: a\ncompute: b\n",
}


def tree(text: str, folder: Path) -> Node:
    return project.tree(text, folder, "x.yml")


@pytest.mark.parametrize("text", DEPLOYMENTS.values(), ids=DEPLOYMENTS)
def test_a_deployment_of_the_later_format_is_recognized(text: str, tmp_path: Path) -> None:
    assert two_files.role(tree(text, tmp_path)) == "deployment"


@pytest.mark.parametrize("text", ENDPOINTS.values(), ids=ENDPOINTS)
def test_an_endpoint_of_the_later_format_is_recognized(text: str, tmp_path: Path) -> None:
    assert (
        two_files.role(tree(text, tmp_path)) == two_files.kind(tree(text, tmp_path)) == "endpoint"
    )


@pytest.mark.parametrize("text", NEITHER.values(), ids=NEITHER)
def test_other_files_have_nothing_of_it(text: str, tmp_path: Path) -> None:
    assert two_files.kind(tree(text, tmp_path)) is None


@pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS)
def test_what_is_of_neither_kind_is_no_part(text: str, tmp_path: Path) -> None:
    assert two_files.role(tree(text, tmp_path)) is None


@pytest.mark.parametrize("text", ["name: e\n", "name: e\nauth_mod: key\n", "auth_mode: key\n"])
def test_an_endpoint_with_little_or_a_slip_is_one(text: str, tmp_path: Path) -> None:
    assert two_files.role(tree(text, tmp_path)) == "endpoint"


def test_a_deployment_in_place_of_an_endpoint_names_the_next_step(tmp_path: Path) -> None:
    node = project.tree(f"{DEPLOYMENTS['a schema']}model: azureml:m:1\n", tmp_path, "d.yml")
    (finding,) = validate.validate(node)
    assert "-f ENDPOINT.yml -f d.yml" in str(finding.hint)
    assert two_files.kind(node) == "deployment"


# Hints that name the cause

HEAD = "name: e\ndeployments:\n  - name: blue\n    "
MLFLOW = "has no file MLmodel"
CLUSTER = "target: azureml:COMPUTE"


def hints(deployment: str, folder: Path) -> str:
    (folder / "model").mkdir()
    (folder / "model/model.pkl").touch()
    return "\n".join(map(str, validate.validate(project.tree(HEAD + deployment, folder, "e.yml"))))


@pytest.mark.parametrize(
    "model",
    [
        "{name: m, version: 1, local_path: model, type: mlflow_model}",
        "{name: m, version: 1, local_path: model/model.pkl, type: mlflow_model}",
        "{name: m, version: 1, path: model, type: mlflow_model}",
        "{name: m, version: 1, local_path: model, flavors: {python_function: {}}}",
    ],
)
def test_an_mlflow_type_without_its_file_is_the_cause(model: str, tmp_path: Path) -> None:
    assert MLFLOW in hints(f"instance_type: x\n    model: {model}\n", tmp_path)


@pytest.mark.parametrize("rest", ["", "environment: {docker: {image: x}}", "description: x"])
def test_a_deployment_without_a_model_is_told_so(rest: str, tmp_path: Path) -> None:
    told = hints(f"instance_type: x\n    {rest}\n", tmp_path)
    assert "and the deployment has no 'model'" in told and MLFLOW not in told


@pytest.mark.parametrize(
    "mark",
    [
        "resource_requirements: {cpu: 1}",
        "scale_settings: {scale_type: auto, min_instances: 1, max_instances: 2}",
        "scale_settings: {scale_type: Auto}",
        "type: kubernetes",
        "resources: {requests: {cpu: 1}}",
    ],
)
def test_a_cluster_that_nobody_names_is_the_cause(mark: str, tmp_path: Path) -> None:
    assert CLUSTER in hints(f"model: azureml:m:1\n    {mark}\n", tmp_path)
