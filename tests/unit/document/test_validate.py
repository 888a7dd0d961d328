"""The catalogues in the folder findings, and what a catalogue cannot say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from azext_ml_endpoint.document import shape
from azext_ml_endpoint.document.finding import Place
from azext_ml_endpoint.document.node import Node
from azext_ml_endpoint.document.spot import Spot
from azext_ml_endpoint.document.validate import (
    validate,
    validate_deployment,
    validate_environment,
    validate_model,
)
from tests.unit.document import catalogue, project


@pytest.mark.parametrize(
    ("change", "findings"),
    [
        case
        for name in ("sound", "shape", "rules", "assets", "tests")
        for case in catalogue.cases(name)
    ],
)
def test_these_are_the_findings_of(change: list[str], findings: list[str], folder: Path) -> None:
    text = catalogue.changed(project.ENDPOINT, change)
    assert project.lines(validate(project.tree(text, folder)), folder) == findings


DEPLOYMENT = """\
name: green
endpoint_name: my-endpoint
model: azureml:my-model:2
code_configuration: {code: src, scoring_script: score.py}
environment: azureml:my-environment:1
scale_settings: {scale_type: auto, min_instances: 1, max_instances: 2}
resource_requirements: {cpu: 1}
"""


def _found(text: str, folder: Path) -> list[str]:
    return project.lines(validate(project.tree(text, folder)), folder)


def test_a_deployments_file_may_be_for_either_kind_of_endpoint(folder: Path) -> None:
    assert validate_deployment(project.tree(DEPLOYMENT, folder)) == []
    managed = DEPLOYMENT.replace(
        "resource_requirements: {cpu: 1}", "instance_type: Standard_F2s_v2"
    )
    assert validate_deployment(project.tree(managed, folder)) == []


def test_a_deployments_file_follows_the_rules_of_deployments(folder: Path) -> None:
    text = DEPLOYMENT.replace("score.py", "scor.py").replace("model:", "modell:")
    findings = validate_deployment(project.tree(text, folder, "green.yml"))
    assert project.lines(findings, folder) == [
        "green.yml:3:1: 'modell' is no key of a deployment; did you mean 'model'? (modell)",
        "green.yml:4:49: scoring_script 'scor.py' does not exist. Did you mean 'score.py'?"
        " (code_configuration.scoring_script)",
    ]


def test_a_deployment_in_place_of_an_endpoint_is_one_finding(folder: Path) -> None:
    assert _found(DEPLOYMENT, folder) == [
        "endpoint.yml:1:1: this is a deployment, and an endpoint is expected."
        " Give its endpoint's file too: -f ENDPOINT.yml -f endpoint.yml."
        " Where the endpoint is there already: az ml endpoint update -f endpoint.yml."
    ]


@pytest.mark.parametrize("kind", ["batch", "Batch"])
def test_a_batch_endpoint_is_one_finding(kind: str, folder: Path) -> None:
    text = f"name: b\ntype: {kind}\nauth_mode: aad\ndeployments: [{{mini_batch_size: 10}}]\n"
    assert _found(text, folder) == [
        "endpoint.yml:2:7: type 'batch' is not supported: this tool is for online endpoints only"
        " (type)"
    ]


def test_a_models_file_needs_a_name(folder: Path) -> None:
    tree = project.tree("name: m\nversion: 1\nlocal_path: model.pkl\n", folder)
    assert validate_model(tree) == []
    tree = project.tree("version: 1\nlocal_path: modl.pkl\n", folder, "model.yml")
    assert project.lines(validate_model(tree), folder) == [
        "model.yml:1:1: a model needs 'name'",
        "model.yml:2:13: local_path 'modl.pkl' does not exist. Did you mean 'model.pkl'?"
        " (local_path)",
    ]


def test_an_environments_file_is_checked_like_an_environment_in_an_endpoint(folder: Path) -> None:
    tree = project.tree("docker: {image: ubuntu}\nconda_file: file:conda.yml\n", folder)
    assert validate_environment(tree) == []
    tree = project.tree("name: e\nconda_file: file:cond.yml\n", folder, "env.yml")
    assert project.lines(validate_environment(tree), folder) == [
        "env.yml:1:1: an environment needs 'docker.image' or a Dockerfile",
        "env.yml:2:13: conda_file 'file:cond.yml' does not exist. Did you mean 'conda.yml'?"
        " (conda_file)",
    ]


def test_a_file_that_two_deployments_share_is_told_of_once(folder: Path) -> None:
    (folder / "conda.yml").write_text("dependencies: []\n")
    blue = project.ENDPOINT[project.ENDPOINT.index("  - name: blue") :]
    green = blue.replace("blue", "green").replace("score.py", "empty.py")
    text = project.ENDPOINT.replace("score.py", "empty.py") + green
    found = _found(text, folder)
    assert [line.partition(" (")[2] for line in found] == [
        "deployments[0].environment.conda_file)",
        "deployments[0].code_configuration.scoring_script)",
        "deployments[0].code_configuration.scoring_script)",
    ]


def test_a_value_of_an_option_stands_at_the_option(folder: Path) -> None:
    node = project.tree(project.ENDPOINT, folder)
    assert isinstance(node.value, dict)
    option = Place("--set auth_mod")
    added = Node(value="keys", place=option, base=folder)
    node = replace(node, value={**node.value, "auth_mod": added, "auth_mode": added})
    assert project.lines(validate(node), folder) == [
        "--set auth_mod: 'auth_mod' is no key of an online endpoint (auth_mod)",
        "--set auth_mod: auth_mode must be 'key', 'aml_token' or 'aad_token', not 'keys';"
        " did you mean 'key'? (auth_mode)",
    ]


SECRET = "hunter2"


def _with_secrets(node: Node) -> Node:
    """The tree with a secret in place of every scalar."""
    if isinstance(node.value, dict):
        value = {key: _with_secrets(below) for key, below in node.value.items()}
        return replace(node, value=value)
    if isinstance(node.value, list):
        return replace(node, value=[_with_secrets(below) for below in node.value])
    return replace(node, value=SECRET, secret=True)


def test_only_environment_variables_can_be_secrets_and_no_finding_shows_one(folder: Path) -> None:
    text = project.ENDPOINT.replace("LEVEL: debug", "LEVEL: debug\n      LIST: [1]")
    findings = project.lines(validate(_with_secrets(project.tree(text, folder))), folder)
    only = "a secret can be the value of an environment variable only"
    assert findings[0] == f"endpoint.yml:1:7: {only} (name)"
    assert len([line for line in findings if only in line]) == 17
    assert [line for line in findings if only not in line] == [
        "endpoint.yml:24:13: LIST must be a string, a number or true or false, not a list"
        " (deployments[0].environment_variables.LIST)"
    ]
    assert not [line for line in findings if SECRET in line]


def test_a_secret_of_the_wrong_shape_is_not_shown(folder: Path) -> None:
    tree = project.tree("name: my-endpoint\nsecrets: x\n", folder)
    findings, _ = shape.check(Spot(_with_secrets(tree)), "online-endpoint")
    assert [finding.message for finding in findings] == [
        "'secrets' is no key of an online endpoint"
    ]
    tree = project.tree("name: my-endpoint\nauth_mode: keyy\ntraffic: {blue: 12}\n", folder)
    findings, _ = shape.check(Spot(_with_secrets(tree)), "online-endpoint")
    assert [finding.message for finding in findings] == [
        "auth_mode must be 'key', 'aml_token' or 'aad_token', not <secret>",
        "blue must be an integer, not <secret>",
    ]
