"""Nothing of the official format is lost without a word: key by key, as its schemas have them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azext_ml_endpoint.document import load, official, proof, write
from azext_ml_endpoint.document.model import Endpoint
from tests.unit.document import official_format as form

Data = dict[str, Any]
Outcome = tuple[Endpoint | None, frozenset[tuple[str, str]]]

SILENT = {"$schema", "endpoint_name", "type"}
"""Of a file: they say what the file is of, and what contradicts that is an error."""

NEEDED: Mapping[form.Path, Data] = {
    (): {
        "name": "blue",
        "endpoint_name": "houses",
        "type": "kubernetes",
        "model": "azureml:m:1",
        "environment": "azureml:e:1",
        "code_configuration": {"code": "src", "scoring_script": "score.py"},
    },
    ("model",): {"path": "mlflow-model"},
    ("code_configuration",): {"code": "src", "scoring_script": "score.py"},
    ("environment",): {"image": "ubuntu:22.04"},
    ("environment", "build"): {"path": "."},
    ("environment", "inference_config"): form.DEPLOYMENT["environment",]["inference_config"],
    ("environment", "inference_config", "liveness_route"): form.ROUTE,
    ("environment", "inference_config", "readiness_route"): form.ROUTE,
    ("environment", "inference_config", "scoring_route"): {"port": 8080, "path": "/score"},
    ("data_collector",): {"collections": {"model_inputs": {"enabled": "true"}}},
    ("data_collector", "collections", "*"): {"enabled": "false"},
    ("scale_settings",): {"type": "target_utilization", "min_instances": 1, "max_instances": 3},
}
"""What makes a sound section with only the key that is looked at."""


def outcome(endpoint: Data, *deployments: Data) -> Outcome:
    files = [endpoint, *deployments]
    for number, data in enumerate(files):
        Path(f"{number}.yml").write_text(json.dumps(data))
    read = official.load([f"{number}.yml" for number in range(len(files))])
    told = frozenset((each.severity, each.message) for each in read.findings)
    return read.described and read.described.endpoint, told


def put(data: Data, path: form.Path, section: Data) -> Data:
    """A copy of the data with the section at the path."""
    if not path:
        return section
    first, *rest = map(str, path)
    below = data.get(first)
    below = below if isinstance(below, dict) else {}
    return {**data, first: put(below, tuple(rest), section)}


def of_deployment(path: form.Path, section: Data) -> Outcome:
    base = deepcopy(NEEDED[()])
    if path and path[0] == "environment":
        base["environment"] = {} if path[1:2] == ("build",) else {"image": "ubuntu:22.04"}
    if path[:3] == ("data_collector", "collections", "*"):
        base["data_collector"] = {"collections": {"*": {"enabled": "true"}}}
    if path[:2] == ("data_collector", "request_logging"):
        base["data_collector"] = {"collections": {}}
    if "inference_config" in path:
        base["environment"]["inference_config"] = deepcopy(NEEDED[path[:2]])
    return outcome({"name": "houses", "compute": "azureml:aks"}, put(base, path, section))


def keys(sections: Mapping[form.Path, form.Section]) -> list[Any]:
    return [
        pytest.param(path, key, value, id=".".join(map(str, (*path, key))))
        for path, section in sections.items()
        for key, value in section.items()
        if key != "$schema" and (path or key not in SILENT)
    ]


@pytest.mark.parametrize(("path", "key", "value"), keys(form.DEPLOYMENT))
@pytest.mark.usefixtures("folder")
def test_a_key_of_a_deployment_means_something_or_is_told_of(
    path: form.Path, key: str, value: Any
) -> None:
    needed = NEEDED.get(path, {})
    without = {name: below for name, below in needed.items() if name != key}
    assert of_deployment(path, {**needed, key: value}) != of_deployment(path, without)


@pytest.mark.parametrize(("path", "key", "value"), keys(form.ENDPOINT))
@pytest.mark.usefixtures("folder")
def test_a_key_of_an_endpoint_means_something_or_is_told_of(
    path: form.Path, key: str, value: Any
) -> None:
    needed = {"type": "none"} if path else {"name": "flats"}
    without = {name: below for name, below in needed.items() if name != key}
    houses = {"name": "houses"}
    with_it = outcome(put(houses, path, {**needed, key: value}))
    assert with_it != outcome(put(houses, path, without))


@pytest.mark.parametrize(
    ("endpoint", "change"),
    [
        ({"compute": "azureml:aks"}, {"type": "managed"}),
        ({"compute": "azureml:aks"}, {"type": "serverless"}),
        ({}, {"type": "kubernetes"}),
        ({}, {"type": None, "$schema": "https://h/latest/kubernetesOnlineDeployment.schema.json"}),
        ({"$schema": "https://h/latest/kubernetesOnlineEndpoint.schema.json"}, {"type": "managed"}),
        ({"compute": "azureml:aks"}, {"endpoint_name": "flats"}),
        ({"compute": "azureml:aks"}, {"endpoint_name": 5}),
    ],
)
@pytest.mark.usefixtures("folder")
def test_what_says_nothing_else_must_be_right(endpoint: Data, change: Data) -> None:
    _, told = outcome({"name": "houses", **endpoint}, {**NEEDED[()], **change})
    assert "error" in dict(told)


PLACES = [*form.DEPLOYMENT]
VALUES = st.none() | st.booleans() | st.integers() | st.text("ab ", max_size=3)


@given(path=st.sampled_from(PLACES), key=st.text("abc_", min_size=1), value=VALUES | st.just({}))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@pytest.mark.usefixtures("folder")
def test_a_key_that_the_format_does_not_have_is_an_error(
    path: form.Path, key: str, value: Any
) -> None:
    described, told = of_deployment(path, {**NEEDED.get(path, {}), key: value})
    assert described is None
    assert any(severity == "error" and key in message for severity, message in told)


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@pytest.mark.usefixtures("folder")
def test_what_is_converted_is_written_as_a_valid_file(data: st.DataObject) -> None:
    """Of any keys together, with the values that they have there or others."""
    deployment: Data = dict(NEEDED[()])
    for path in data.draw(st.lists(st.sampled_from(PLACES), max_size=4)):
        section = form.DEPLOYMENT[path]
        chosen = data.draw(st.sets(st.sampled_from(sorted(section)), max_size=6))
        values = {key: section[key] for key in chosen}
        deployment = put(deployment, path, {**NEEDED.get(path, {}), **values})
    Path("0.yml").write_text(json.dumps({"name": "houses", "compute": "azureml:aks"}))
    Path("1.yml").write_text(json.dumps(deployment))
    converted = official.load(["0.yml", "1.yml"]).described
    if converted:
        written = write.endpoint(converted.endpoint, Path.cwd())
        assert proof.errors(written, Path.cwd(), converted.tree) == []
        Path("all.yml").write_text(written.text)
        assert load.load("all.yml", variables={}).described == converted.endpoint


NAMES = st.sampled_from(
    sorted(
        {
            key
            for part in (form.ENDPOINT, form.DEPLOYMENT)
            for section in part.values()
            for key in section
        }
    )
)
WORDS = st.sampled_from(
    [
        *(
            "blue",
            "houses",
            "azureml:m",
            "azureml:m:1",
            "azureml://subscriptions/s",
            "",
            "1",
            "1.0",
        ),
        *("Kubernetes", "managed", "Default", "TargetUtilization", "Mlflow_Model", "src", "500m"),
    ]
)
SCALARS = VALUES | st.floats() | WORDS
TREES = st.recursive(
    SCALARS,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(NAMES, below, max_size=5),
    max_leaves=20,
)


@given(endpoint=TREES, deployment=st.dictionaries(NAMES, TREES, max_size=8))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@pytest.mark.usefixtures("folder")
def test_whatever_the_files_hold_they_are_judged(endpoint: Any, deployment: Data) -> None:
    described, told = outcome(endpoint, {"endpoint_name": "houses", **deployment})
    assert described is None or "error" not in dict(told)
    with_sound_rest = of_deployment((), {**NEEDED[()], **deployment})
    assert (with_sound_rest[0] is None) == (
        "error" in {severity for severity, _ in with_sound_rest[1]}
    )
