"""Deployments: what is accepted, what is refused, what is answered."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.faults import FailOperation, Fault
from tests.simulator.message import Json
from tests.simulator.operations import Durations
from tests.unit.simulator.client import Client, endpoint, model, reason

IRIS = "onlineEndpoints/iris"
BLUE = f"{IRIS}/deployments/blue"


@pytest.fixture
def ready(client: Client) -> Client:
    """With an endpoint, and the assets of a deployment."""
    client.make_endpoint()
    client.make_assets()
    return client


def changed(body: Json, path: str, value: Any) -> Json:
    *parents, name = path.split(".")
    target = body
    for parent in parents:
        target = target.setdefault(parent, {})
    target[name] = value
    return body


def test_the_service_fills_in_what_a_body_leaves_open(ready: Client) -> None:
    made = ready.make_deployment(livenessProbe={"period": "PT5S"})
    properties = made["properties"]
    assert made["sku"] == {"name": "Default", "tier": "Standard", "capacity": 1}
    assert properties["requestSettings"] == {
        "maxQueueWait": "PT0S",
        "maxConcurrentRequestsPerInstance": 1,
        "requestTimeout": "PT5S",
    }
    assert properties["livenessProbe"] == {
        "failureThreshold": 30,
        "successThreshold": 1,
        "timeout": "PT2S",
        "period": "PT5S",
        "initialDelay": "PT10S",
    }
    assert properties["egressPublicNetworkAccess"] == "Enabled"


def test_a_deployment_is_being_made_until_it_is(ready: Client) -> None:
    ready.simulator.backend.durations = Durations(deployment=600)
    started = ready.put(BLUE, ready.deployment())
    assert started.json()["properties"]["provisioningState"] == "Creating"
    ready.clock.now += 599
    status = ready.get(started.headers["azure-asyncoperation"]).json()
    assert (status["status"], status["percentComplete"]) == ("Updating", 0.0)
    ready.clock.now += 1
    assert ready.get(BLUE).json()["properties"]["provisioningState"] == "Succeeded"
    again = ready.put(BLUE, ready.deployment(description="new"))
    assert again.json()["properties"]["provisioningState"] == "Updating"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("sku", None),
        ("sku.name", "Standard_DS3_v2"),
        ("sku.capacity", 0),
        ("sku.capacity", "1"),
        ("location", "westus"),
        ("properties.endpointComputeType", None),
        ("properties.endpointComputeType", "managed"),
        ("properties.endpointComputeType", "Kubernetes"),
        ("properties.instanceType", None),
        ("properties.instanceCount", 1),
        ("properties.provisioningState", "Succeeded"),
        ("properties.model", "m:1"),
        ("properties.model", "azureml:m:1"),
        ("properties.environmentId", None),
        ("properties.environmentId", "azureml://registries/azureml/environments/no/versions/1"),
        ("properties.codeConfiguration.scoringScript", None),
        ("properties.environmentVariables", {"A": 1}),
        ("properties.requestSettings", {"requestTimeout": "5s"}),
        ("properties.requestSettings", {"requestTimeout": "PT3M1S"}),
        ("properties.requestSettings", {"requestTimeoutMs": 5000}),
        ("properties.scaleSettings", {"scaleType": "TargetUtilization"}),
        ("properties.appInsightsEnabled", "true"),
        ("properties.containerResourceRequirements", {}),
    ],
)
def test_a_field_that_is_wrong_is_refused(ready: Client, path: str, value: Any) -> None:
    assert ready.put(BLUE, changed(ready.deployment(), path, value)).status == 400
    assert ready.get(BLUE).status == 404


@pytest.mark.parametrize("collection", ["models", "codes", "environments"])
def test_assets_must_be_registered_in_this_workspace(ready: Client, collection: str) -> None:
    other = ready.workspace.removesuffix("/ws") + "/other"
    for workspace in (ready.workspace, other):
        reference = f"{workspace}/{collection}/unknown/versions/1"
        path = {
            "models": "properties.model",
            "codes": "properties.codeConfiguration.codeId",
            "environments": "properties.environmentId",
        }[collection]
        refused = ready.put(BLUE, changed(ready.deployment(), path, reference))
        assert refused.status == 400
        assert reason(refused.json()["error"]).startswith(f"The asset '{reference}' does not exist")


def test_an_asset_of_a_registry_needs_no_registration(ready: Client) -> None:
    reference = "azureml://registries/azureml/environments/sklearn-1.5/versions/1"
    body = changed(ready.deployment(), "properties.environmentId", reference)
    assert ready.put(BLUE, body).status == 201


def test_a_model_of_mlflow_needs_neither_code_nor_environment(ready: Client) -> None:
    ready.make("models/flow/versions/1", model(modelType="mlflow_model"))
    body = ready.deployment(model=f"{ready.workspace}/models/flow/versions/1")
    del body["properties"]["codeConfiguration"], body["properties"]["environmentId"]
    assert ready.put(BLUE, body).status == 201


def test_an_asset_is_a_version_and_of_the_right_kind(ready: Client) -> None:
    for reference in ("codes/c/versions/1", "models/m"):
        body = ready.deployment(model=f"{ready.workspace}/{reference}")
        assert ready.put(BLUE, body).status == 400


def test_an_endpoint_that_was_never_made_takes_no_deployment(client: Client) -> None:
    client.simulator.faults.add(Fault(FailOperation(), "PUT"))
    client.make_endpoint()
    client.make_assets()
    refused = client.put(BLUE, client.deployment())
    assert refused.status == 400
    assert reason(refused.json()["error"]).startswith(
        "This endpoint has not been created successfully or is in deleting provisioning state."
    )


def test_a_deployment_says_of_itself_what_was_recorded(ready: Client) -> None:
    ready.simulator.backend.durations = Durations(deployment=60)
    ready.put(BLUE, ready.deployment())
    ready.clock.now += 60
    made = ready.get(BLUE).json()
    assert made["properties"]["properties"].keys() == {"AzureAsyncOperationUri"}
    known = made["systemData"]
    assert known.keys() == {"createdAt", "createdBy", "lastModifiedAt"}
    assert known["lastModifiedAt"] == known["createdAt"]


def test_an_endpoint_takes_twenty_deployments(ready: Client) -> None:
    for number in range(20):
        assert ready.put(f"{BLUE}-{number}", ready.deployment()).status == 201
    assert ready.put(BLUE, ready.deployment()).status == 400
    assert ready.put(f"{BLUE}-0", ready.deployment()).status == 201


def test_without_its_endpoint_there_is_no_deployment(client: Client) -> None:
    client.make_assets()
    refused = client.put(BLUE, client.deployment())
    assert (refused.status, refused.json()["error"]["code"]) == (404, "ParentResourceNotFound")


def test_tags_and_sku_can_be_patched_and_nothing_else(ready: Client) -> None:
    ready.make_deployment()
    scaled = ready.send("PATCH", BLUE, {"sku": {"capacity": 3}})
    assert (scaled.status, "azure-asyncoperation" in scaled.headers) == (202, False)
    assert ready.get(scaled.headers["location"]).json()["sku"]["capacity"] == 3
    assert ready.send("PATCH", BLUE, {"tags": {"a": "b"}}).status == 202
    refused = ready.send("PATCH", BLUE, {"properties": {"description": "new"}})
    assert refused.status == 400
    assert ready.send("PATCH", BLUE, {"sku": {"capacity": 51}}).status == 400


def test_a_location_answers_202_until_the_operation_ends(ready: Client) -> None:
    ready.simulator.backend.durations = Durations(scale=60)
    ready.make_deployment()
    scaled = ready.send("PATCH", BLUE, {"sku": {"name": "Default", "capacity": 3}})
    assert ready.get(BLUE).json()["properties"]["provisioningState"] == "Scaling"
    assert ready.get(scaled.headers["location"]).status == 202
    ready.clock.now += 60
    assert ready.get(scaled.headers["location"]).status == 200


def test_the_instance_type_never_changes(ready: Client) -> None:
    ready.make_deployment()
    assert ready.put(BLUE, ready.deployment(instanceType="Standard_F2s_v2")).status == 400
    assert ready.put(BLUE, ready.deployment(description="new")).status == 201


def test_a_deployment_that_never_worked_must_be_deleted(ready: Client) -> None:
    ready.simulator.faults.add(Fault(FailOperation(), "PUT", "/deployments/blue"))
    ready.put(BLUE, ready.deployment())
    assert ready.get(BLUE).json()["properties"]["provisioningState"] == "Failed"
    refused = ready.put(BLUE, ready.deployment())
    assert "Delete and re-create" in reason(refused.json()["error"])
    assert ready.send("PATCH", BLUE, {"sku": {"capacity": 2}}).status == 400
    assert ready.put(IRIS, endpoint(traffic={"blue": 100})).status == 400
    ready.send("DELETE", BLUE)
    assert ready.put(BLUE, ready.deployment()).status == 201


def test_a_deployment_that_worked_can_be_put_again_after_a_failure(ready: Client) -> None:
    ready.make_deployment()
    ready.simulator.faults.add(Fault(FailOperation(), "PUT", "/deployments/blue"))
    ready.put(BLUE, ready.deployment(description="new"))
    assert ready.get(BLUE).json()["properties"]["provisioningState"] == "Failed"
    assert ready.put(BLUE, ready.deployment()).status == 201


def test_a_script_that_was_not_uploaded_fails_the_start(ready: Client) -> None:
    code = ready.deployment()["properties"]["codeConfiguration"] | {"scoringScript": "no.py"}
    started = ready.put(BLUE, ready.deployment(codeConfiguration=code))
    error = ready.get(started.headers["azure-asyncoperation"]).json()["error"]
    assert error["code"] == "ResourceNotReady" and "no.py" in error["message"]


def test_a_build_context_without_its_dockerfile_fails_the_build(ready: Client) -> None:
    ready.upload("LocalUpload/d/readme.md")
    uri = "https://wsstorage.blob.core.windows.net/azureml-blobstore/LocalUpload/d/"
    ready.make("environments/d/versions/1", {"properties": {"build": {"contextUri": uri}}})
    environment_id = f"{ready.workspace}/environments/d/versions/1"
    started = ready.put(BLUE, ready.deployment(environmentId=environment_id))
    error = ready.get(started.headers["azure-asyncoperation"]).json()["error"]
    assert error["code"] == "ImageBuildFailure"


def test_traffic_keeps_a_deployment_from_being_deleted(ready: Client) -> None:
    ready.make_deployment()
    ready.make_endpoint(traffic={"blue": 100})
    refused = ready.send("DELETE", BLUE)
    assert (refused.status, reason(refused.json()["error"])) == (
        400,
        "Can't delete deployment [blue] with non-zero traffic weight",
    )
    ready.make_endpoint(traffic={"blue": 0})
    deleted = ready.send("DELETE", BLUE)
    assert (deleted.status, deleted.body) == (202, b"null")
    assert {"azure-asyncoperation", "location"} <= deleted.headers.keys()
    assert ready.get(BLUE).status == 404
    assert ready.send("DELETE", BLUE).status == 204


def test_deployments_of_one_endpoint_go_side_by_side_unless_they_are_serialized(
    ready: Client,
) -> None:
    ready.simulator.backend.durations = Durations(deployment=60)
    deployments = f"{IRIS}/deployments"
    assert ready.put(f"{deployments}/blue", ready.deployment()).status == 201
    assert ready.put(f"{deployments}/blue", ready.deployment()).status == 409
    assert ready.put(f"{deployments}/green", ready.deployment()).status == 201
    ready.simulator.serialize_deployments = True
    assert ready.put(f"{deployments}/red", ready.deployment()).status == 409


def test_endpoint_and_deployment_wait_for_each_other(ready: Client) -> None:
    ready.simulator.backend.durations = Durations(deployment=60, endpoint=60)
    ready.put(BLUE, ready.deployment())
    assert ready.put(IRIS, endpoint()).status == 409
    assert ready.send("DELETE", IRIS).status == 409
    ready.clock.now += 60
    assert ready.put(IRIS, endpoint()).status == 201
    assert ready.put(BLUE, ready.deployment()).status == 409
    assert ready.send("PATCH", BLUE, {"tags": {}}).status == 409
    assert ready.send("DELETE", BLUE).status == 409


def test_a_kubernetes_deployment_scales_with_its_load(ready: Client) -> None:
    compute = f"{ready.workspace}/computes/aks-test"
    ready.make_endpoint("cluster", compute=compute)
    scale = {"scaleType": "TargetUtilization", "minInstances": 1, "maxInstances": 3}
    limits = {"containerResourceLimits": {"cpu": "1", "memory": "1Gi"}}
    body = ready.deployment(
        endpointComputeType="Kubernetes",
        scaleSettings=scale,
        containerResourceRequirements=limits,
    )
    made = ready.make("onlineEndpoints/cluster/deployments/blue", body)
    assert made["properties"]["scaleSettings"] == scale


def test_logs_are_those_of_the_container_and_as_many_lines_as_wanted(ready: Client) -> None:
    ready.make_deployment()
    ready.simulator.logs["iris", "blue", "InferenceServer"] = "one\ntwo\nthree\n"

    def logs(body: Json | None) -> str:
        content: str = ready.send("POST", f"{BLUE}/getLogs", body).json()["content"]
        return content

    assert logs({"containerType": "InferenceServer", "tail": 2}) == "two\nthree\n"
    assert logs(None) == "one\ntwo\nthree\n"
    assert "Downloading model" in logs({"containerType": "StorageInitializer"})
    unknown = {"containerType": "inference-server"}
    assert ready.send("POST", f"{BLUE}/getLogs", unknown).status == 400


def test_the_sku_of_a_deployment_can_be_counted(ready: Client) -> None:
    ready.make_deployment()
    sku = ready.get(f"{BLUE}/skus").json()["value"][0]
    assert sku["capacity"]["maximum"] == 50
