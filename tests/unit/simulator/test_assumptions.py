"""What has not been seen: each assumption can be turned round."""

from __future__ import annotations

import json

import pytest

from tests.simulator.message import Json
from tests.simulator.operations import Durations
from tests.unit.simulator.client import Client, endpoint, environment, reason

IRIS = "onlineEndpoints/iris"
BLUE = f"{IRIS}/deployments/blue"
ENVIRONMENT = "environments/e/versions/1"


@pytest.mark.parametrize("status", [200, 401, 404])
def test_the_way_to_an_operation_without_its_signature(client: Client, status: int) -> None:
    client.simulator.assumptions.unsigned_monitor = status
    client.simulator.backend.durations = Durations(endpoint=60)
    signed = client.put(IRIS, endpoint()).headers["azure-asyncoperation"]
    noted = client.get(IRIS).json()["properties"]["properties"]["AzureAsyncOperationUri"]
    assert client.get(signed).status == 200
    assert client.get(noted).status == status


@pytest.mark.parametrize("status", [400, 409])
def test_an_endpoint_that_says_succeeded_can_lag(client: Client, status: int) -> None:
    client.simulator.assumptions.lagging = status
    client.make_endpoint()
    client.make_assets()
    client.simulator.lag("iris")
    refused = client.put(BLUE, client.deployment())
    assert refused.status == status
    assert reason(refused.json()["error"]) == (
        "Cannot create a deployment in endpoint iris because it is in Updating provisioning state."
    )
    assert client.put(BLUE, client.deployment()).status == 201


def test_braces_can_be_doubled(client: Client) -> None:
    client.simulator.assumptions.doubled_braces = True
    error = client.put(IRIS, endpoint(traffic={"blue": 100})).json()["error"]
    message = error["details"][0]["message"]
    assert message.startswith('{{"errors": {{"Traffic": [')
    assert json.loads(message.replace("{{", "{").replace("}}", "}"))["errors"]


@pytest.mark.parametrize(("taken", "described"), [(True, "new"), (False, "old")])
def test_an_endpoint_s_description_may_stay_what_it_was(
    client: Client, taken: bool, described: str
) -> None:
    client.simulator.assumptions.endpoint_description = taken
    client.make_endpoint(description="old")
    assert client.make_endpoint(description="new")["properties"]["description"] == described


@pytest.mark.parametrize(("can", "status"), [(True, 201), (False, 400)])
def test_the_authentication_mode_may_be_fixed(client: Client, can: bool, status: int) -> None:
    client.simulator.assumptions.auth_mode_in_place = can
    client.make_endpoint()
    assert client.put(IRIS, endpoint(authMode="AADToken")).status == status


def test_the_identity_may_change(client: Client) -> None:
    client.simulator.assumptions.identity_in_place = True
    client.make_endpoint()
    user = "/subscriptions/s/resourceGroups/g/providers/M/userAssignedIdentities/u"
    other: Json = {"type": "UserAssigned", "userAssignedIdentities": {user: {}}}
    assert client.make(IRIS, endpoint() | {"identity": other})["identity"]["type"] == other["type"]
    changed = client.send("PATCH", IRIS, {"identity": {"type": "SystemAssigned"}})
    assert client.get(changed.headers["location"]).json()["identity"]["type"] == "SystemAssigned"


@pytest.mark.parametrize(("partial", "status"), [(True, 201), (False, 400)])
def test_traffic_may_have_to_be_all_or_nothing(client: Client, partial: bool, status: int) -> None:
    client.simulator.assumptions.partial_traffic = partial
    client.make_endpoint()
    client.make_deployment()
    assert client.put(IRIS, endpoint(traffic={"blue": 60})).status == status
    assert client.put(IRIS, endpoint(traffic={"blue": 100})).status == 201


@pytest.mark.parametrize("status", [400, 409])
def test_a_changed_environment_is_refused_somehow(client: Client, status: int) -> None:
    client.simulator.assumptions.changed_environment = status
    client.make(ENVIRONMENT, environment())
    assert client.put(ENVIRONMENT, environment(image="other")).status == status
