"""What is remembered of a deployment is recalled, key by key as the model has them."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.document.model import (
    KEYS,
    PLAIN,
    SECTIONS,
    TEXTS,
    Code,
    Deployment,
    Environment,
    Model,
    ScaleSettings,
)
from azext_ml_endpoint.local import remembered
from azext_ml_endpoint.local.remembered import Damaged, recall, remember
from azext_ml_endpoint.local.runtime import EndpointRecord
from azext_ml_endpoint.plan.aspects import aspects
from tests.fakes.builders import OWN_ROUTES, deployment, reference

SECRET = "kept-between-us"
OWN = Environment(
    name="e",
    version="2",
    image="ubuntu",
    conda_path=Path("/work/conda.yml"),
    dockerfile_path=Path("/work/Dockerfile"),
    context=Path("/work"),
    inference_config=OWN_ROUTES,
    os_type="windows",
    description="",
    tags={"a": "b"},
    digest="e-1",
)
MODEL = Model(
    name="m",
    anonymous=True,
    path=Path("/work/m"),
    description="d",
    tags={"a": "b"},
    properties={"c": "d"},
    flavors={"sklearn": {"version": "1"}},
    digest="m-1",
)
ASSETS = {
    "model": MODEL,
    "code": Code(path=Path("/work/src"), name="c", version="4", digest="c-1"),
    "environment": OWN,
}


def through_json(wanted: Deployment) -> dict[str, Any]:
    return dict(json.loads(json.dumps(remember(wanted))))


def values(key: str) -> Any:
    """Something that a key can be."""
    if kind := SECTIONS.get(key):
        texts = {"scale_type": "auto"}
        return kind(**{each.name: texts.get(each.name, 3) for each in fields(kind)})
    known = {
        "app_insights_enabled": False,
        "egress_public_network_access": "disabled",
        "data_collector": {"collections": {"request": {"enabled": True}}, "sampling_rate": 0.5},
        **ASSETS,
    }
    return {**dict.fromkeys(PLAIN, "text"), **known}.get(key, {"a": "b"})


@pytest.mark.parametrize("key", sorted({*KEYS} - {"environment_variables"}))
def test_every_key_comes_back(key: str) -> None:
    wanted = Deployment(name="blue", **{key: values(key)})
    assert recall(through_json(wanted), "blue") == wanted
    assert recall(through_json(Deployment(name="blue")), "blue") == Deployment(name="blue")


@pytest.mark.parametrize("key", [*SECTIONS, *TEXTS])
def test_what_says_nothing_is_no_difference(key: str) -> None:
    wanted = Deployment(name="blue", **{key: SECTIONS.get(key, dict)()})
    assert aspects(recall(through_json(wanted), "blue")) == aspects(wanted)


def test_what_is_registered_elsewhere_is_still_that() -> None:
    wanted = deployment(model=reference(), code=reference(), environment=reference())
    assert aspects(recall(through_json(wanted), "blue")) == aspects(wanted)


def test_no_value_of_a_variable_and_no_text_of_a_file_is_remembered() -> None:
    wanted = deployment(
        environment=replace(OWN, conda_file=SECRET, dockerfile=SECRET),
        environment_variables={"A": SECRET, "B": SECRET},
        secrets=frozenset({"B"}),
    )
    record = through_json(wanted)
    assert SECRET not in json.dumps(record) and "environment_variables" not in record
    assert recall(record).secrets == {"B"}
    assert recall(record).environment == OWN


def test_keys_of_the_tool_are_not_of_the_deployment() -> None:
    edited = replace(deployment(), edited=True, dropped=frozenset({"tags.a"}))
    assert remember(edited) == remember(deployment())
    assert not recall({**through_json(edited), "edited": True}).edited


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"format": 3}, "has format 3, which is not known here"),
        ({"format": 0}, "has format 0, which is not known here"),
        ({"format": "2"}, "has text for format, where a number belongs"),
        ({"tags": {"a": 1}}, "has a number for tags.a, where text belongs"),
        ({"model": {"version": "1"}}, "says nothing of model.name"),
        ({"code": {"path": ""}}, "has no code.path"),
        ({"environment": {"os_type": "dos"}}, "has 'dos' for environment.os_type"),
        ({"scale_settings": []}, "has a list for scale_settings, where a mapping belongs"),
        ({"scale_settings": {"instance_count": "1"}}, "has text for scale_settings.instance_count"),
        ({"app_insights_enabled": "no"}, "has text for app_insights_enabled, where a yes or no"),
        ({"resource_requirements": {"cpu": "1"}}, "has text for resource_requirements.cpu"),
        ({"secrets": "A"}, "has text for secrets, where a list belongs"),
    ],
)
def test_what_cannot_be_is_damage(change: dict[str, Any], told: str) -> None:
    with pytest.raises(Damaged, match=f"^{told}"):
        remembered.record({**through_json(deployment()), **change})


def test_what_nobody_here_knows_is_passed_over() -> None:
    record = {**through_json(deployment(scale_settings=ScaleSettings())), "colour": "red"}
    record["scale_settings"]["colour"] = "red"
    assert remembered.record(record) == record
    assert recall(record, "blue") == deployment(scale_settings=ScaleSettings())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"format": 3}, "has format 3"),
        ({"auth_mode": "none"}, "has 'none' for auth_mode"),
        ({"traffic": {"blue": 101}}, "has 101 for traffic.blue, which is no percentage"),
        ({"kept": {"a": 1}}, "has a number for kept.a"),
        ({"target": 1}, "has a number for target"),
    ],
)
def test_likewise_of_an_endpoint(change: dict[str, Any], told: str) -> None:
    with pytest.raises(Damaged, match=f"^{told}"):
        remembered.properties(change)


def test_an_endpoint_is_recalled_as_far_as_it_is_remembered() -> None:
    said = {"auth_mode": "key", "target": "azureml:aks", "traffic": {"blue": 100}, "kept": {}}
    found = remembered.recalled_endpoint(EndpointRecord(name="houses", properties=said))
    assert found.target and (found.name, found.target.text) == ("houses", "aks")
    assert (found.auth_mode, found.traffic, found.deployments) == ("key", {"blue": 100}, ())
