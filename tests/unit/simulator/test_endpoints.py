"""Online endpoints: what is accepted, what is refused, what is answered."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.faults import CancelOperation, FailOperation, Fault, Outcome
from tests.simulator.message import Json
from tests.simulator.operations import Durations
from tests.unit.simulator.client import VERSION, Client, endpoint, reason

IRIS = "onlineEndpoints/iris"
USER = (
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/u"
)


def by_user() -> Json:
    return {"type": "UserAssigned", "userAssignedIdentities": {USER: {}}}


def test_a_new_endpoint_has_no_scoring_uri_before_it_is_made(client: Client) -> None:
    started = client.put(IRIS, endpoint()).json()["properties"]
    assert (started["provisioningState"], started["scoringUri"]) == ("Creating", None)
    made = client.get(IRIS).json()
    assert made["properties"]["scoringUri"] == "https://iris.eastus2.inference.ml.azure.com/score"
    assert (made["kind"], made["identity"]["type"]) == ("Managed", "SystemAssigned")


def test_the_running_operation_can_be_found_in_the_resource(client: Client) -> None:
    client.simulator.backend.durations = Durations(endpoint=60)
    started = client.put(IRIS, endpoint())
    found = client.get(IRIS).json()["properties"]["properties"]["AzureAsyncOperationUri"]
    assert found == started.headers["azure-asyncoperation"].partition("&")[0]
    assert client.get(found).json()["status"] == "Updating"


def test_what_the_official_sdk_sends_back_of_the_service_is_accepted(client: Client) -> None:
    made = client.make_endpoint()
    echoed = made["properties"]["properties"]
    assert echoed.keys() == {"azureml.onlineendpointid", "AzureAsyncOperationUri"}
    assert client.put(IRIS, endpoint(properties=echoed)).status == 201


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("location", None),
        ("location", "westus"),
        ("locations", "eastus2"),
        ("id", "/subscriptions/x"),
        ("tags", {"a": 1}),
        ("identity", {"type": "System"}),
        ("identity", {"type": "UserAssigned"}),
        ("identity", {"type": "SystemAssigned", "principalId": "p"}),
        ("properties.authMode", None),
        ("properties.authMode", "key"),
        ("properties.provisioningState", "Succeeded"),
        ("properties.scoringUri", "https://x"),
        ("properties.traffic", {"blue": 100}),
        ("properties.traffic", {"blue": "100"}),
        ("properties.compute", "aks-test"),
        ("properties.publicNetworkAccess", "open"),
        ("properties.auth_mode", "Key"),
        ("properties.properties", {"a": True}),
    ],
)
def test_a_field_that_is_wrong_is_refused(client: Client, path: str, value: Any) -> None:
    body = endpoint()
    *parents, name = path.split(".")
    target = body["properties"] if parents else body
    target[name] = value
    assert client.put(IRIS, body).status == 400
    assert client.get(IRIS).status == 404


@pytest.mark.parametrize("name", ["ab", "1iris", "iris-", "iris_1", "i" * 33])
def test_a_name_that_is_wrong_is_refused(client: Client, name: str) -> None:
    assert client.put(f"onlineEndpoints/{name}", endpoint()).status == 400


def test_a_field_is_refused_with_its_path(client: Client) -> None:
    error = client.put(IRIS, endpoint(colour="red")).json()["error"]
    assert "'colour' was unexpected" in error["message"]
    assert error["details"][0]["target"] == "properties"
    types = [info["type"] for info in error["additionalInfo"]]
    assert types == ["ComponentName", "Correlation"]


def test_the_reason_is_text_in_json_in_an_error(client: Client) -> None:
    error = client.put(IRIS, endpoint(traffic={"blue": 100})).json()["error"]
    assert (error["code"], error["message"]) == ("BadRequest", "The request is invalid.")
    assert error["details"][0]["code"] == "InferencingClientCallFailed"
    assert reason(error) == "The deployment 'blue' does not exist."


def test_traffic_goes_to_what_is_ready_and_to_no_more_than_all(client: Client) -> None:
    client.make_endpoint()
    client.make_deployment("blue")
    assert client.put(IRIS, endpoint(traffic={"BLUE": 100})).status == 201
    assert client.get(IRIS).json()["properties"]["traffic"] == {"blue": 100}
    client.make_deployment("green")
    assert client.put(IRIS, endpoint(traffic={"blue": 60, "green": 50})).status == 400
    assert client.put(IRIS, endpoint(traffic={"blue": 101})).status == 400
    assert client.put(IRIS, endpoint(mirrorTraffic={"green": 51})).status == 400


def test_a_put_without_traffic_takes_it_away(client: Client) -> None:
    client.make_endpoint()
    client.make_deployment()
    client.make_endpoint(traffic={"blue": 100})
    assert client.make_endpoint()["properties"]["traffic"] == {}


def test_only_tags_can_be_patched(client: Client) -> None:
    client.make_endpoint()
    changed = client.send("PATCH", IRIS, {"tags": {"a": "b"}})
    assert (changed.status, changed.body) == (202, b"")
    assert client.get(changed.headers["location"]).json()["tags"] == {"a": "b"}
    assert client.send("PATCH", IRIS, {"properties": {"traffic": {}}}).status == 400
    assert client.send("PATCH", IRIS, {"sku": {"name": "Default"}}).status == 400


def test_the_identity_of_an_endpoint_never_changes(client: Client) -> None:
    client.make(IRIS, endpoint() | {"identity": by_user()})
    assert client.put(IRIS, endpoint() | {"identity": by_user()}).status == 201
    client.get(IRIS)
    other = {"identity": {"type": "SystemAssigned"}}
    assert client.put(IRIS, endpoint() | other).status == 400
    assert client.send("PATCH", IRIS, other).status == 400


def test_an_endpoint_says_of_itself_what_was_recorded(client: Client) -> None:
    made = client.make_endpoint()
    assert made["systemData"].keys() == {"createdAt", "createdBy", "lastModifiedAt"}
    identifier = made["properties"]["properties"]["azureml.onlineendpointid"]
    assert identifier == made["id"].lower() != made["id"]


def test_a_change_of_tags_alone_leaves_the_time_of_the_last_change(client: Client) -> None:
    made = client.make_endpoint()["systemData"]
    client.clock.now += 60
    assert client.make(IRIS, endpoint() | {"tags": {"a": "b"}})["systemData"] == made
    assert client.make_endpoint(description="d")["systemData"]["lastModifiedAt"] > made["createdAt"]


def test_the_address_of_an_operation_has_the_api_version_of_who_reads_it(client: Client) -> None:
    client.make_endpoint()
    old = client.url(IRIS).replace(VERSION, "2022-05-01")
    noted = client.get(old).json()["properties"]["properties"]["AzureAsyncOperationUri"]
    assert noted.endswith("?api-version=2022-05-01")


@pytest.mark.parametrize("outcome", [FailOperation(), CancelOperation()])
def test_an_endpoint_that_was_never_made_must_be_made_anew(
    client: Client, outcome: Outcome
) -> None:
    client.simulator.faults.add(Fault(outcome, "PUT"))
    client.make_endpoint()
    refused = client.put(IRIS, endpoint())
    assert (refused.status, reason(refused.json()["error"])) == (
        400,
        "Specified endpoint [iris] has not been created successfully. Please recreate the "
        "endpoint.",
    )
    client.send("DELETE", IRIS)
    assert client.make_endpoint()["properties"]["provisioningState"] == "Succeeded"


def test_an_update_that_failed_can_be_put_again(client: Client) -> None:
    client.make_endpoint()
    client.simulator.faults.add(Fault(FailOperation(), "PUT"))
    assert client.make_endpoint()["properties"]["provisioningState"] == "Failed"
    assert client.make_endpoint()["properties"]["provisioningState"] == "Succeeded"


def test_an_endpoint_that_goes_takes_nothing_any_more(client: Client) -> None:
    client.make_endpoint()
    client.make_assets()
    client.simulator.backend.durations = Durations(delete=60)
    assert client.send("DELETE", IRIS).json() is None
    for path, body in [(IRIS, endpoint()), (f"{IRIS}/deployments/blue", client.deployment())]:
        refused = client.put(path, body)
        assert refused.status == 400
        assert "or is in deleting provisioning state" in reason(refused.json()["error"])
    assert client.send("DELETE", IRIS).status == 409


def test_what_is_busy_says_so_as_pasted(client: Client) -> None:
    client.simulator.backend.durations = Durations(endpoint=60)
    client.put(IRIS, endpoint())
    error = client.put(IRIS, endpoint()).json()["error"]
    assert (error["message"], error["details"][0]["code"]) == (
        "Conflict",
        "OperationDuplicationConflict",
    )


def test_one_operation_at_a_time(client: Client) -> None:
    client.simulator.backend.durations = Durations(endpoint=60)
    client.put(IRIS, endpoint())
    for method, body in [("PUT", endpoint()), ("PATCH", {"tags": {}}), ("DELETE", None)]:
        refused = client.send(method, IRIS, body)
        assert (refused.status, refused.json()["error"]["code"]) == (409, "Conflict")
    client.clock.now += 60
    assert client.put(IRIS, endpoint()).status == 201


def test_deleting_takes_the_deployments_too(client: Client) -> None:
    client.make_endpoint()
    client.make_deployment()
    deleted = client.send("DELETE", IRIS)
    assert deleted.status == 202
    assert client.get(deleted.headers["azure-asyncoperation"]).json()["status"] == "Succeeded"
    assert client.get(deleted.headers["location"]).status == 204
    assert client.get(f"{IRIS}/deployments/blue").status == 404
    assert client.send("DELETE", IRIS).status == 204


def test_keys_are_chosen_once_listed_and_renewed(client: Client) -> None:
    client.make_endpoint(keys={"primaryKey": "mine"})
    keys = client.send("POST", f"{IRIS}/listKeys").json()
    assert keys["primaryKey"] == "mine"
    renewed = client.send("POST", f"{IRIS}/regenerateKeys", {"keyType": "Secondary"})
    assert renewed.status == 202
    now = client.get(renewed.headers["location"]).json()
    assert now["primaryKey"] == "mine" and now["secondaryKey"] != keys["secondaryKey"]
    assert client.put(IRIS, endpoint(keys={"primaryKey": "other"})).status == 400
    assert client.send("POST", f"{IRIS}/regenerateKeys", {"keyType": "primary"}).status == 400


def test_keys_appear_in_no_resource(client: Client) -> None:
    client.make_endpoint(keys={"primaryKey": "planted"})
    assert b"planted" not in client.get(IRIS).body


@pytest.mark.parametrize(
    ("mode", "listed", "token"), [("Key", 200, 400), ("AMLToken", 400, 200), ("AADToken", 400, 400)]
)
def test_credentials_are_those_of_the_authentication_mode(
    client: Client, mode: str, listed: int, token: int
) -> None:
    client.make_endpoint(authMode=mode)
    assert client.send("POST", f"{IRIS}/listKeys").status == listed
    assert client.send("POST", f"{IRIS}/token").status == token


def test_a_token_lives_a_day(client: Client) -> None:
    client.make_endpoint(authMode="AMLToken")
    token = client.send("POST", f"{IRIS}/token").json()
    assert token["expiryTimeUtc"] - int(client.clock.now) == 86400
    assert token["refreshAfterTimeUtc"] - int(client.clock.now) == 43200


def test_a_kubernetes_endpoint_is_on_a_compute_that_exists(client: Client) -> None:
    compute = f"{client.workspace}/computes/aks-test"
    assert client.make_endpoint(compute=compute)["kind"] == "Kubernetes"
    assert client.put(IRIS, endpoint()).status == 400
    assert client.put("onlineEndpoints/other", endpoint(compute=compute + "2")).status == 400


def test_endpoints_are_listed_by_kind_and_name(client: Client) -> None:
    client.make_endpoint("one")
    client.make_endpoint("two")

    def names(query: str) -> list[str]:
        return [each["name"] for each in client.get(f"onlineEndpoints{query}").json()["value"]]

    assert names("") == ["one", "two"]
    assert names("?name=two") == ["two"]
    assert names("?computeType=Kubernetes") == []
