"""ARM's bodies as documents: what a document made is told as that document again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from azext_ml_endpoint.cloud.contract import Json
from azext_ml_endpoint.cloud.wire import deployment as deployments
from azext_ml_endpoint.cloud.wire import document
from azext_ml_endpoint.cloud.wire import endpoint as endpoints
from azext_ml_endpoint.document.model import (
    Deployment,
    Endpoint,
    Identity,
    Probe,
    Reference,
    RequestSettings,
    ResourceRequirements,
    ScaleSettings,
)
from tests.unit.cloud.wire.answers import WORKSPACE, answered

OTHER = "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.MachineLearningServices"
REGISTRY = "azureml://registries/azureml/models/phi/versions/3"
USER = "/subscriptions/sub/resourceGroups/rg/providers/p/userAssignedIdentities/i"
MODEL = Reference(text="prices:1", name="prices", version="1")
BLUE = Deployment(
    name="blue",
    model=MODEL,
    code=Reference(text="6f1c:1", name="6f1c", version="1"),
    scoring_script="score.py",
    environment=Reference(text="sklearn:2", name="sklearn", version="2"),
    instance_type="Standard_F2s_v2",
    scale_settings=ScaleSettings(scale_type="manual", instance_count=2),
)


def told(wanted: Endpoint, **properties: Any) -> Endpoint:
    return document.endpoint(*bodies(wanted, **properties), WORKSPACE)


def bodies(wanted: Endpoint, **properties: Any) -> tuple[Json, list[Json]]:
    """What Azure answers once ``wanted`` was made. properties: of the endpoint."""
    there = answered(wanted.name, endpoints.created(wanted, WORKSPACE, "eastus2"))
    there["properties"] |= {"traffic": dict(wanted.traffic or {})} | properties
    deployed = [
        answered(each.name, deployments.body(with_ids(each), wanted.kind, "eastus2", {}))
        for each in wanted.deployments
    ]
    return there, deployed


def with_ids(deployment: Deployment) -> Deployment:
    """As the driver hands it over: references say ids of the workspace."""
    kinds = {"model": "models", "code": "codes", "environment": "environments"}
    ids: dict[str, Any] = {
        kind: replace(asset, text=WORKSPACE.asset(collection, asset.name, asset.version or ""))
        for kind, collection in kinds.items()
        if isinstance(asset := getattr(deployment, kind), Reference) and "/" not in asset.text
    }
    return replace(deployment, **ids)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"auth_mode": "aml_token", "description": "Prices", "tags": {"team": "prices"}},
        {"properties": {"made": "by hand"}},
        {"identity": Identity(type="none")},
        {"identity": Identity(type="user_assigned", user_assigned_identities=(USER,))},
        {
            "identity": Identity(
                type="system_assigned,user_assigned", user_assigned_identities=(USER,)
            )
        },
        {"kind": "kubernetes", "target": Reference(text="aks", name="aks")},
    ],
)
def test_an_endpoint_is_told_as_it_was_wanted(changes: dict[str, Any]) -> None:
    wanted = Endpoint(name="houses", **changes)
    assert told(wanted) == replace(wanted, auth_mode=wanted.auth_mode or "key")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"environment_variables": {"A": "1"}, "app_insights_enabled": True},
        {"environment_variables": {"A": "1"}, "secrets": frozenset({"A"})},
        {"request_settings": RequestSettings(request_timeout_ms=2500)},
        {"liveness_probe": Probe(period=7), "readiness_probe": Probe(initial_delay=1)},
        {"description": "blue", "tags": {"a": "b"}, "properties": {"c": "d"}},
        {"code": None, "scoring_script": None},
        {"model": Reference(text=REGISTRY, name=REGISTRY)},
        {"model": Reference(text=f"{OTHER}/workspaces/other/models/m/versions/1", name="")},
    ],
)
def test_a_deployment_is_told_as_it_was_wanted(changes: dict[str, Any]) -> None:
    blue = replace(BLUE, **changes)
    (read,) = told(Endpoint(name="houses", deployments=(blue,))).deployments
    if isinstance(blue.model, Reference) and "/" in blue.model.text:
        blue = replace(blue, model=Reference(text=blue.model.text, name=blue.model.text))
    assert read == blue


def test_a_deployment_on_a_cluster_is_told_as_it_was_wanted() -> None:
    blue = replace(
        BLUE,
        instance_type=None,
        scale_settings=ScaleSettings(
            scale_type="auto",
            min_instances=1,
            max_instances=3,
            polling_interval=10,
            target_utilization_percentage=70,
        ),
        resource_requirements=ResourceRequirements(cpu=0.5, memory_in_gb=0.25, cpu_cores_limit=2),
    )
    target = Reference(text="aks", name="aks")
    wanted = Endpoint(name="houses", kind="kubernetes", target=target, deployments=(blue,))
    assert told(wanted).deployments == (blue,)


def test_deployments_are_in_the_order_of_their_names_and_traffic_says_theirs() -> None:
    both = (replace(BLUE, name="Green"), BLUE)
    wanted = Endpoint(name="houses", deployments=both)
    read = told(wanted, traffic={"green": 10, "blue": 90})
    assert [each.name for each in read.deployments] == ["Green", "blue"]
    assert read.traffic == {"Green": 10, "blue": 90}


def test_what_a_document_can_say_is_all_told() -> None:
    wanted = Endpoint(name="houses", traffic={"blue": 100}, deployments=(BLUE,))
    assert list(document.unsaid(*bodies(wanted))) == []


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ({"traffic": {"blue": 40}}, "endpoint: traffic, which adds up to 40 and not to 100"),
    ],
)
def test_what_no_document_can_say_of_an_endpoint(properties: dict[str, Any], said: str) -> None:
    wanted = Endpoint(name="houses", deployments=(BLUE,))
    assert list(document.unsaid(*bodies(wanted, **properties))) == [said]


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        (
            {
                "dataCollector": {
                    "collections": {"a": {"samplingRate": 1}, "b": {"samplingRate": 0.5}}
                }
            },
            "data_collector",
        ),
        ({"livenessProbe": {"timeout": "PT0.5S"}}, "liveness_probe.timeout"),
        ({"readinessProbe": {"period": "P1M"}}, "readiness_probe.period"),
        (
            {"requestSettings": {"requestTimeout": "PT0.0001S"}},
            "request_settings.request_timeout_ms",
        ),
    ],
)
def test_what_no_document_can_say_of_a_deployment(properties: dict[str, Any], said: str) -> None:
    there, (blue,) = bodies(Endpoint(name="houses", deployments=(BLUE,)))
    blue["properties"] |= properties
    assert list(document.unsaid(there, [blue])) == [f"deployment blue: {said}"]


def test_two_identities_are_more_than_a_document_can_say() -> None:
    there, deployed = bodies(Endpoint(name="houses"))
    there["identity"] = {
        "type": "SystemAssigned,UserAssigned",
        "userAssignedIdentities": {USER: {}},
    }
    there["identity"]["userAssignedIdentities"][f"{USER}2"] = {}
    assert document.endpoint(there, deployed, WORKSPACE).identity is None
    assert list(document.unsaid(there, deployed)) == ["endpoint: an identity of several identities"]
