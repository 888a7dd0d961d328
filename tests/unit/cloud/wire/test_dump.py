"""What `show` prints of ARM's JSON."""

from __future__ import annotations

from typing import Any

from azext_ml_endpoint.cloud.wire import deployment, dump, endpoint
from azext_ml_endpoint.document.model import (
    Identity,
    Probe,
    Reference,
    RequestSettings,
    ScaleSettings,
)
from tests.fakes import builders
from tests.unit.cloud.wire.answers import WORKSPACE, answered
from tests.unit.cloud.wire.test_deployment import (
    CODE,
    ENVIRONMENT,
    IDS,
    MODEL,
    ON_KUBERNETES,
)
from tests.unit.cloud.wire.test_endpoint import USER


def blue(**changes: Any) -> dict[str, Any]:
    wanted = builders.deployment(
        "blue",
        instance_type="Standard_F2s_v2",
        scale_settings=ScaleSettings(scale_type="manual", instance_count=2),
        **changes,
    )
    return answered("blue", deployment.body(wanted, "managed", "eastus2", IDS))


def houses(**changes: Any) -> dict[str, Any]:
    body = endpoint.created(builders.endpoint(**changes), WORKSPACE, "eastus2")
    uri = "https://houses.eastus2.inference.ml.azure.com/score"
    return answered("houses", body, scoringUri=uri, traffic={"blue": 100})


def test_an_endpoint_is_printed_in_the_words_of_2021_without_what_is_null() -> None:
    assert dump.endpoint(houses(properties={"stage": "test"}), []) == {
        "id": f"{WORKSPACE.id}/houses",
        "name": "houses",
        "type": "online",
        "auth_mode": "key",
        "tags": {},
        "properties": {"stage": "test"},
        "traffic": {"blue": 100},
        "location": "eastus2",
        "identity": {
            "type": "system_assigned",
            "principal_id": "principal",
            "tenant_id": "tenant",
        },
        "provisioning_state": "Succeeded",
        "scoring_uri": "https://houses.eastus2.inference.ml.azure.com/score",
        "deployments": [],
    }


def test_a_deployment_is_printed_in_the_keys_and_units_of_the_document() -> None:
    said = {
        "request_settings": RequestSettings(request_timeout_ms=5000),
        "liveness_probe": Probe(initial_delay=10, failure_threshold=30),
        "app_insights_enabled": False,
    }
    assert dump.deployment(blue(**said)) == {
        "id": f"{WORKSPACE.id}/blue",
        "name": "blue",
        "type": "managed",
        "model": f"azureml:{MODEL}",
        "code_configuration": {"code": f"azureml:{CODE}", "scoring_script": "score.py"},
        "environment": f"azureml:{ENVIRONMENT}",
        "environment_variables": {},
        "instance_type": "Standard_F2s_v2",
        "scale_settings": {"scale_type": "manual", "instance_count": 2},
        "request_settings": {"request_timeout_ms": 5000},
        "liveness_probe": {"initial_delay": 10, "failure_threshold": 30},
        "app_insights_enabled": False,
        "tags": {},
        "properties": {},
        "provisioning_state": "Succeeded",
    }


def test_deployments_are_a_list_within_the_endpoint_or_left_out() -> None:
    (shown,) = dump.endpoint(houses(), [blue()])["deployments"]
    assert shown["name"] == "blue"
    assert "deployments" not in dump.endpoint(houses())


def test_kubernetes_is_told_by_its_cluster_and_by_what_a_deployment_asks_of_it() -> None:
    target = Reference(text="aks-test", name="aks-test")
    shown = dump.endpoint(houses(kind="kubernetes", target=target))
    assert shown["target"] == f"azureml:{WORKSPACE.id}/computes/aks-test"
    body = deployment.body(ON_KUBERNETES, "kubernetes", "eastus2", IDS)
    printed = dump.deployment(answered("blue", body))
    assert printed["resource_requirements"] == {"cpu": 0.5, "memory_in_gb": 0.5, "gpu": 1}
    assert printed["scale_settings"] == {
        "scale_type": "auto",
        "min_instances": 1,
        "max_instances": 3,
    }


def test_what_the_service_answers_where_nothing_was_sent_is_not_shown_as_set() -> None:
    there = blue()
    there["properties"] |= {
        "requestSettings": {
            "requestTimeout": "PT0S",
            "maxConcurrentRequestsPerInstance": 0,
            "maxQueueWait": "PT0S",
        },
        "livenessProbe": None,
        "environmentVariables": None,
        "description": "",
    }
    shown = dump.deployment(there)
    for name in ("request_settings", "liveness_probe", "readiness_probe", "description"):
        assert name not in shown
    assert shown["environment_variables"] == {}


def test_a_users_identity_is_listed_with_its_ids() -> None:
    identity = Identity(type="user_assigned", user_assigned_identities=(USER,))
    there = houses(identity=identity)
    there["identity"]["userAssignedIdentities"][USER] = {"principalId": "p", "clientId": "c"}
    assert dump.endpoint(there)["identity"]["user_assigned_identities"] == [
        {"resource_id": USER, "principal_id": "p", "client_id": "c"}
    ]


def test_ids_of_a_registry_are_printed_as_they_are() -> None:
    there = blue()
    there["properties"]["model"] = "azureml://registries/azureml/models/m/versions/1"
    assert dump.deployment(there)["model"] == "azureml://registries/azureml/models/m/versions/1"


def test_deployments_are_in_the_order_of_their_names() -> None:
    bodies = [{"name": name} for name in ("green", "blue")]
    shown = dump.endpoint({"name": "houses"}, bodies)
    assert [each["name"] for each in shown["deployments"]] == ["blue", "green"]
