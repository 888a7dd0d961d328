"""What is a text in the document arrives as it was written, or is refused."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from azext_ml_endpoint.document import load, schemas
from azext_ml_endpoint.document.model import Code, Deployment, Environment, Model
from tests.unit.document import catalogue, project

NUMBERS = "1.10 0777 12:30:45 1e3 1.e+3 0x1F 0b11 1_000 +12 -0 .5 6.02e+23 1.0 007 0o17"
WORDS = "yes no on Off True FALSE true 2021-01-01 2021-01-01T10:00:00Z .inf -.INF .NaN 1.2.3"
TEXTS = [*NUMBERS.split(), *WORDS.split()]
NOTHING = ["~", "null", "Null", "NULL", ""]

VARIABLE = "-       LEVEL: debug\n"
TAGS = "      model:\n+       tags: {{V: {0}}}\n+       properties: {{V: {0}}}\n"


def _loaded(
    change: str, folder: Path, variables: Mapping[str, str], settings: tuple[str, ...]
) -> load.Loaded[Any]:
    text = catalogue.changed(project.ENDPOINT, change.splitlines())
    (folder / "endpoint.yml").write_text(text)
    return load.load(folder / "endpoint.yml", variables=variables, settings=settings)


def _deployment(
    change: str, folder: Path, *settings: str, variables: Mapping[str, str] | None = None
) -> Deployment:
    (deployment,) = _loaded(change, folder, variables or {}, settings).require().deployments
    assert isinstance(deployment, Deployment)
    return deployment


def _refusal(change: str, folder: Path) -> str:
    (finding,) = _loaded(change, folder, {}, ()).findings
    return str(finding)


@pytest.mark.parametrize("text", TEXTS)
def test_an_environment_variable_is_what_was_written(text: str, folder: Path) -> None:
    deployment = _deployment(f"{VARIABLE}+       V: {text}\n", folder)
    assert deployment.environment_variables == {"V": text}


@pytest.mark.parametrize("text", TEXTS)
def test_tags_and_properties_are_what_was_written(text: str, folder: Path) -> None:
    model = _deployment(TAGS.format(text), folder).model
    assert isinstance(model, Model)
    assert (model.tags, model.properties) == ({"V": text}, {"V": text})


@pytest.mark.parametrize("text", NOTHING)
def test_what_says_nothing_is_refused_and_quotes_are_asked_for(text: str, folder: Path) -> None:
    said = _refusal(f"{VARIABLE}+       V: {text}\n", folder)
    assert said.endswith(
        "V has no value; it must be a string, a number or true or false. If it is a text, "
        f'put it in quotes: "{text}". (deployments[0].environment_variables.V)'
    )


@pytest.mark.parametrize("text", [*TEXTS, *NOTHING])
def test_an_editor_that_knows_the_schema_says_the_same(text: str, folder: Path) -> None:
    values = yaml.safe_load(f"V: {text}\n")
    schema = schemas.load("online-endpoint")["$defs"]["deployment"]["properties"]
    told = list(Draft202012Validator(schema["environment_variables"]).iter_errors(values))
    told = [error for error in told if not hasattr(values["V"], "year")]  # text to YAML 1.2
    assert bool(told) == (text in NOTHING)
    findings = _loaded(f"{VARIABLE}+       V: {text}\n", folder, {}, ()).findings
    assert bool(findings) == (text in NOTHING)


@pytest.mark.parametrize("text", TEXTS)
def test_quotes_and_variables_change_nothing(text: str, folder: Path) -> None:
    change = f'{VARIABLE}+       V: "{text}"\n+       W: ${{W}}\n'
    deployment = _deployment(change, folder, variables={"W": text})
    assert deployment.environment_variables == {"V": text, "W": text}


@pytest.mark.parametrize("text", TEXTS)
def test_an_option_says_what_was_written_too(text: str, folder: Path) -> None:
    setting = f"deployments[0].environment_variables.V={text}"
    assert _deployment("", folder, setting).environment_variables["V"] == text


@pytest.mark.parametrize("tag", ["!!str", "!!float", "!"])
def test_a_yaml_tag_changes_nothing(tag: str, folder: Path) -> None:
    deployment = _deployment(f"{VARIABLE}+       V: {tag} 1.10\n", folder)
    assert deployment.environment_variables == {"V": "1.10"}


@pytest.mark.parametrize("version", ["1.10", "1.0", "007", "0x1F", "1_0", "2021-01-01", "1e3"])
def test_a_version_is_what_was_written(version: str, folder: Path) -> None:
    change = f"-       version: 1\n        local_path: model.pkl\n+       version: {version}\n"
    assert getattr(_deployment(change, folder).model, "version", None) == version


def test_so_are_the_versions_of_code_and_environment(folder: Path) -> None:
    change = (
        "-         local_path: src\n+         local_path: src\n+         name: c\n"
        "+         version: 1.10\n@@\n"
        "-       name: my-environment\n-       version: 1\n+       name: e\n+       version: 2.0\n"
    )
    deployment = _deployment(change, folder)
    assert isinstance(deployment.code, Code) and deployment.code.version == "1.10"
    assert isinstance(deployment.environment, Environment)
    assert deployment.environment.version == "2.0"


@pytest.mark.parametrize("version", ["12:30", ".inf", "true", "-1", "+1"])
def test_a_version_that_cannot_be_one_is_shown_as_it_was_written(
    version: str, folder: Path
) -> None:
    change = f"-       version: 1\n        local_path: model.pkl\n+       version: {version}\n"
    said = _refusal(change, folder)
    assert version in said and said.startswith(f"{folder / 'endpoint.yml'}:11:16: version ")


def test_flavors_are_what_was_written(folder: Path) -> None:
    change = (
        "-       local_path: model.pkl\n+       local_path: model.pkl\n"
        "+       flavors: {python_function: {python_version: 3.10, env: ~, code: yes}}\n"
    )
    model = _deployment(change, folder).model
    assert isinstance(model, Model)
    expected = {"python_version": "3.10", "env": None, "code": "yes"}
    assert model.flavors == {"python_function": expected}


def test_what_is_sent_in_tests_keeps_its_types(folder: Path) -> None:
    change = (
        "      instance_type: Standard_F2s_v2\n"
        "+     tests: [{data: {tags: {a: 1.10}, version: 010, flavors: [yes]}}]\n"
    )
    (check,) = _deployment(change, folder).tests
    assert check.body == b'{"tags": {"a": 1.1}, "version": 8, "flavors": [true]}'


def test_a_conda_mapping_keeps_what_was_written(folder: Path) -> None:
    change = (
        "-       conda_file: file:conda.yml\n+       conda_file:\n"
        "+         name: 1.10\n+         dependencies: [azureml-defaults, {pip: []}]\n"
        "+         channels:\n+         variables: {A: 1.10, B: 0777, C: yes, D: '1.10', E: ''}\n"
    )
    text = "-       conda_file: file:conda.yml\n" + change.partition("\n")[2]
    text = text.replace("+         name: 1.10\n", "")
    environment = _deployment(text, folder).environment
    assert isinstance(environment, Environment)
    assert environment.conda_file == (
        "dependencies:\n- azureml-defaults\n- pip: []\nchannels: null\n"
        "variables:\n  A: 1.10\n  B: 0777\n  C: yes\n  D: '1.10'\n  E: ''\n"
    )


def test_a_number_in_the_wrong_place_is_shown_as_it_was_written(folder: Path) -> None:
    for number in ("1.10", "0777", "12:30", "0x1F", "yes", "1_000"):
        said = _refusal(f"-       name: my-model\n+       name: {number}\n", folder)
        assert f"name must be a string, not {number}. Put it in quotes." in said
