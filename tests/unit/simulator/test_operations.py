"""What takes time, and how it ends."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

import pytest

from tests.simulator.faults import CancelOperation, FailOperation, Fault, Outcome
from tests.simulator.operations import Durations, Operations
from tests.unit.simulator.client import VERSION, Client, endpoint

IRIS = "onlineEndpoints/iris"
REASON = {"code": "OutOfQuota", "message": "Not enough quota."}


def test_an_operation_is_answered_as_recorded(client: Client) -> None:
    client.simulator.backend.durations = Durations(endpoint=90)
    started = client.put(IRIS, endpoint())
    world = client.simulator.world
    operations = (
        f"https://management.azure.com/subscriptions/{world.subscription}/providers/"
        "Microsoft.MachineLearningServices/locations/eastus2/mfeOperationsStatus/"
        f"oeidp:{world.workspace_guid}:"
    )
    address, _, query = started.headers["azure-asyncoperation"].partition("?")
    assert address.startswith(operations)
    assert [name for name, _ in parse_qsl(query)] == ["api-version", "t", "c", "s", "h"]
    assert query.startswith(f"api-version={VERSION}&")
    assert started.headers["x-ms-async-operation-timeout"] == "PT30M"
    assert "retry-after" not in started.headers
    status = client.get(started.headers["azure-asyncoperation"])
    assert "retry-after" not in status.headers
    known = status.json()
    assert known.keys() == {"id", "name", "startTime", "endTime", "percentComplete", "status"}
    assert re.fullmatch(r"[-\d]{10}T[:\d]{8}\.\d{7}\+00:00", known["startTime"])
    assert known["endTime"] == "0001-01-01T00:00:00+00:00"


def test_nothing_passes_but_time(client: Client) -> None:
    client.simulator.backend.durations = Durations(endpoint=90)
    url = client.put(IRIS, endpoint()).headers["azure-asyncoperation"]
    client.clock.now += 89
    assert client.get(url).json()["status"] == "Updating"
    client.clock.now += 1
    ended = client.get(url).json()
    assert (ended["percentComplete"], ended["status"]) == (0.0, "Succeeded")
    assert ended["endTime"] > ended["startTime"]


def test_what_takes_long_can_be_cut_short(client: Client) -> None:
    client.simulator.backend.durations = Durations(endpoint=90)
    url = client.put(IRIS, endpoint()).headers["azure-asyncoperation"]
    client.simulator.backend.operations.end_soon()
    assert client.get(url).json()["status"] == "Succeeded"


@pytest.mark.parametrize(
    ("outcome", "status", "error"),
    [
        (FailOperation(REASON), "Failed", REASON),
        (FailOperation(), "Failed", None),
        (CancelOperation(), "Canceled", None),
    ],
)
def test_an_operation_ends_as_a_fault_wants_it(
    client: Client, outcome: Outcome, status: str, error: object
) -> None:
    client.simulator.faults.add(Fault(outcome, "PUT", "/onlineEndpoints/iris"))
    url = client.put(IRIS, endpoint()).headers["azure-asyncoperation"]
    ended = client.get(url).json()
    assert (ended["status"], ended.get("error")) == (status, error)
    assert client.get(IRIS).json()["properties"]["provisioningState"] == status


def test_a_refused_request_uses_up_no_outcome(client: Client) -> None:
    client.simulator.faults.add(Fault(FailOperation(), "PUT"))
    client.put(IRIS, endpoint(authMode="Open"))
    assert len(client.simulator.faults.waiting()) == 1


def test_the_location_of_what_failed_answers_the_error(client: Client) -> None:
    client.make_endpoint()
    client.simulator.faults.add(Fault(FailOperation(REASON), "PATCH"))
    location = client.send("PATCH", IRIS, {"tags": {}}).headers["location"]
    ended = client.get(location)
    assert (ended.status, ended.json()["error"]) == (400, REASON)


def test_an_update_that_failed_leaves_the_traffic_where_it_was(client: Client) -> None:
    client.make_endpoint()
    client.make_deployment()
    client.make_endpoint(traffic={"blue": 100})
    client.simulator.faults.add(Fault(FailOperation(), "PUT"))
    client.put(IRIS, endpoint(traffic={}))
    assert client.get(IRIS).json()["properties"]["provisioningState"] == "Failed"
    assert client.send("DELETE", f"{IRIS}/deployments/blue").status == 400


def test_operations_end_in_the_order_of_their_ends() -> None:
    operations, ended = Operations(), list[str]()
    for resource, seconds in [("late", 20), ("early", 10)]:
        operations.start(
            "oe", resource, now=0, seconds=seconds, finish=lambda each: ended.append(each.resource)
        )
    operations.settle(30)
    assert ended == ["early", "late"]


def test_an_operation_that_is_not_known_is_not_there(client: Client) -> None:
    url = client.put(IRIS, endpoint()).headers["azure-asyncoperation"]
    assert client.get(url.replace("oeidp:", "odidp:")).status == 404
