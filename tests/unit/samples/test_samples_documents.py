"""The sample documents hang together: what they name exists, and the rollout goes in safe steps."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from azext_ml_endpoint.document import spelled
from tests.unit.document import project

ROOT = Path(__file__).resolve().parents[3]
SCHEMAS = ROOT / "azext_ml_endpoint/document/schema"
SAMPLES = ROOT / "samples"
ONLINE = SAMPLES / "endpoints/online"
DEPLOYMENTS = sorted(ONLINE.glob("managed/canary-imperative-flow/[2-9]*.yml"))
"""Deployments in files of their own."""
TODAYS = sorted(ONLINE.glob("managed/two-files/*.yml"))
"""In the format of the extension ml, and in its words."""
DOCUMENTS = sorted(
    [
        *{*ONLINE.glob("managed/*/*.yml")}.difference(TODAYS),
        *ONLINE.glob("kubernetes/*.yml"),
        ONLINE / "mlflow/endpoint.yml",
        ONLINE / "custom-container/endpoint.yml",
    ]
)
ENDPOINTS = [file for file in DOCUMENTS if file not in DEPLOYMENTS]
ENVIRONMENT = ONLINE / "model-1/environment/environment.yml"
ROLLOUT = sorted(ONLINE.glob("managed/simple-flow/*.yml"))

# The vocabulary of 2021, as far as the samples need it. Later names (compute, resources,
# environment.image, ...) are understood by the extension; these samples stay in one format.
# Tests are the extension's own.
KEYS = {
    "": "name type target auth_mode identity traffic deployments tests",
    "identity": "type user_assigned_identities",
    "user_assigned_identities": "resource_id",
    "deployments": "name model code_configuration environment environment_variables instance_type"
    " scale_settings request_settings liveness_probe resource_requirements tests",
    "tests": "name request_file data expect",
    "expect": "json max_latency_ms",
    "model": "name version local_path",
    "code_configuration": "code scoring_script",
    "code": "local_path",
    "environment": "name version path conda_file docker inference_config",
    "docker": "image build",
    "build": "dockerfile",
    "inference_config": "liveness_route readiness_route scoring_route",
    "scale_settings": "scale_type instance_count"
    " min_instances max_instances polling_interval target_utilization_percentage",
}


def read(file: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(file.read_text())
    return document


def named_schema(file: Path) -> Path:
    """What the comment for editors in the first line leads to."""
    comment = file.read_text().splitlines()[0]
    return (file.parent / comment.removeprefix("# yaml-language-server: $schema=")).resolve()


def walk(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Every value below, with the nearest key above it (the list's key for items of a list)."""
    yield key, value
    if isinstance(value, dict):
        for name, child in value.items():
            yield from walk(child, name)
    elif isinstance(value, list):
        for child in value:
            yield from walk(child, key)


def named_paths(file: Path) -> Iterator[Path]:
    """Every path that a document names, those of the documents it includes too."""
    for key, value in walk(read(file)):
        if key in ("local_path", "path", "request_file") and not str(value).startswith("/"):
            yield file.parent / value
        elif isinstance(value, str) and value.startswith("file:"):
            yield (included := file.parent / value.removeprefix("file:"))
            if key == "environment":
                yield from named_paths(included)


def deployments_of(file: Path) -> list[dict[str, Any]]:
    document = read(file)
    return [document] if file in DEPLOYMENTS else document.get("deployments", [])


def deployments() -> Iterator[tuple[Path, dict[str, Any]]]:
    for file in DOCUMENTS:
        for deployment in deployments_of(file):
            yield file, deployment


def environment(file: Path, deployment: dict[str, Any]) -> dict[str, Any]:
    """The environment with absolute paths, whether it is written in place or included."""
    value = deployment["environment"]
    if isinstance(value, str):
        file = file.parent / value.removeprefix("file:")
        value = read(file)
    conda = str(value.get("conda_file", "")).removeprefix("file:")
    return {**value, "conda_file": (file.parent / conda).resolve()}


def each(files: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "file", files, ids=lambda file: file.relative_to(ONLINE).as_posix()
    )


@each(TODAYS)
def test_todays_files_are_in_todays_words_only(file: Path) -> None:
    schema = read(file)["$schema"]
    kind = "Endpoint" if file.stem == "endpoint" else "Deployment"
    assert schema.endswith(f"/latest/managedOnline{kind}.schema.json")
    assert not list(spelled.remarks(project.tree(file.read_text(), file.parent, file.name)))


def test_the_samples_of_every_kind_are_there() -> None:
    folders = {file.parent.relative_to(ONLINE).as_posix() for file in ENDPOINTS}
    assert folders == {
        "managed/simple-flow",
        "managed/blue-green",
        "managed/with-tests",
        "managed/canary-imperative-flow",
        "managed/managed-identity",
        "custom-container",
        "kubernetes",
        "mlflow",
    }
    assert len(ROLLOUT) == 6
    assert len(DEPLOYMENTS) == 2


@each(DOCUMENTS)
def test_every_path_in_a_document_exists(file: Path) -> None:
    assert [path for path in named_paths(file) if not path.exists()] == []


@each(DOCUMENTS)
def test_the_scoring_script_is_in_the_code_folder(file: Path) -> None:
    found = deployments_of(file)
    for code in (d["code_configuration"] for d in found if "code_configuration" in d):
        assert (file.parent / code["code"]["local_path"] / code["scoring_script"]).is_file()


@each([*DOCUMENTS, ENVIRONMENT])
def test_the_keys_are_those_of_the_2021_format(file: Path) -> None:
    top = "environment" if file == ENVIRONMENT else "deployments" if file in DEPLOYMENTS else ""
    for key, value in walk(read(file), top):
        if isinstance(value, dict) and key in KEYS:
            assert set(value) <= set(KEYS[key].split()), key


@each([*DOCUMENTS, ENVIRONMENT])
def test_editors_find_the_schema(file: Path) -> None:
    schema = named_schema(file)
    assert schema.parent == SCHEMAS
    assert schema.is_file()
    kind = "online-deployment" if file in DEPLOYMENTS else "online-endpoint"
    assert schema.stem == ("environment" if file == ENVIRONMENT else kind)


@each(DOCUMENTS)
def test_the_document_fits_its_schema(file: Path) -> None:
    schemas = {each.name: json.loads(each.read_text()) for each in SCHEMAS.glob("*.json")}
    known = [(name, DRAFT202012.create_resource(schema)) for name, schema in schemas.items()]
    schema = schemas[named_schema(file).name]
    jsonschema.validate(read(file), schema, registry=Registry().with_resources(known))


@each(DOCUMENTS)
def test_names_keep_the_rules_of_the_service(file: Path) -> None:
    for name in (read(file)["name"], *(deployment["name"] for deployment in deployments_of(file))):
        assert re.fullmatch(r"[a-zA-Z](-?[a-zA-Z0-9]){2,31}", name)
        assert len(name) <= 32


@each([file for file in ENDPOINTS if deployments_of(file)])
def test_traffic_is_a_hundred_percent_of_the_deployments(file: Path) -> None:
    document = read(file)
    assert sum(document["traffic"].values()) == 100
    assert list(document["traffic"]) == [
        deployment["name"] for deployment in document["deployments"]
    ]


def test_one_version_of_a_model_is_one_file_in_all_samples() -> None:
    files: dict[tuple[str, int], set[Path]] = {}
    for file, deployment in deployments():
        model = deployment["model"]
        path = (file.parent / model["local_path"]).resolve()
        files.setdefault((model["name"], model["version"]), set()).add(path)
    assert [version for version, paths in files.items() if len(paths) > 1] == []


def test_one_version_of_an_environment_is_the_same_in_all_samples() -> None:
    seen: dict[tuple[str, int], dict[str, Any]] = {}
    described = [each for each in deployments() if "environment" in each[1]]
    for file, deployment in described:
        found = environment(file, deployment)
        assert seen.setdefault((found["name"], found["version"]), found) == found


@pytest.mark.parametrize(
    ("step", "change"),
    [
        (2, {"deployments": {"blue": {"scale_settings"}}}),
        (3, {"traffic": {"green"}, "deployments": {"green": {"(new)"}}}),
        (4, {"traffic": {"blue", "green"}, "deployments": {}}),
        (5, {"traffic": {"blue", "green"}, "deployments": {}}),
        (6, {"traffic": {"blue"}, "deployments": {"blue": {"(gone)"}}}),
    ],
)
def test_each_step_of_the_rollout_changes_one_thing(step: int, change: dict[str, Any]) -> None:
    before, after = read(ROLLOUT[step - 2]), read(ROLLOUT[step - 1])
    found: dict[str, Any] = {"deployments": deployment_changes(before, after)}
    if traffic := different_keys(before.pop("traffic"), after.pop("traffic")):
        found["traffic"] = traffic
    assert found == change
    assert different_keys(before, after) <= {"deployments"}


def different_keys(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}


def deployment_changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, set[str]]:
    old, new = ({d["name"]: d for d in document["deployments"]} for document in (before, after))
    changes = {name: different_keys(old[name], new[name]) for name in old.keys() & new.keys()}
    changes |= {name: {"(gone)"} for name in old.keys() - new.keys()}
    changes |= {name: {"(new)"} for name in new.keys() - old.keys()}
    return {name: keys for name, keys in changes.items() if keys}


def test_the_readme_names_files_that_exist_and_every_folder() -> None:
    text = (SAMPLES / "README.md").read_text()
    named = {SAMPLES / path for path in re.findall(r"endpoints/online/[\w./-]+\w", text)}
    listed = {ONLINE / folder for folder in re.findall(r"^\| `(.+?)/`", text, re.MULTILINE)}
    assert [path for path in named | listed if not path.exists()] == []
    assert {file.parent for file in ENDPOINTS} <= listed
