"""From nothing to an answer, and what the simulator asks of every request."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError

import pytest

from tests.simulator.message import Request
from tests.simulator.simulator import Simulator
from tests.simulator.storage import MemoryStorage
from tests.unit.simulator.client import Client, Clock, endpoint, model

WORKSPACE = (
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg"
    "/providers/Microsoft.MachineLearningServices/workspaces/ws"
)


def test_an_endpoint_is_made_deployed_to_opened_and_asked(client: Client) -> None:
    client.make_endpoint()
    client.make_deployment()
    made = client.make_endpoint(traffic={"blue": 100})
    key = client.send("POST", "onlineEndpoints/iris/listKeys").json()["primaryKey"]
    url = made["properties"]["scoringUri"]
    asked = Request("POST", url, {"authorization": f"Bearer {key}"}, json.dumps([1, 2]).encode())
    reply = client.simulator.handle(asked)
    assert (reply.status, reply.json()) == (200, [0.0, 1.0])
    assert reply.headers["azureml-model-deployment"] == "blue"
    assert client.simulator.journal.refused() == []


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (WORKSPACE.replace("0001", "0002"), "SubscriptionNotFound"),
        (WORKSPACE.replace("/rg/", "/other/"), "ResourceGroupNotFound"),
        (WORKSPACE + "2", "ResourceNotFound"),
        (WORKSPACE + "/onlineEndpoints/iris", "ResourceNotFound"),
        (WORKSPACE + "/jobs", "InvalidResourceType"),
    ],
)
def test_what_is_not_there_is_not_found(client: Client, path: str, code: str) -> None:
    reply = client.get(path)
    assert (reply.status, reply.json()["error"]["code"]) == (404, code)


def test_ids_mean_the_same_in_any_case(client: Client) -> None:
    client.make_endpoint()
    assert client.get(WORKSPACE.upper() + "/ONLINEENDPOINTS/IRIS").json()["name"] == "iris"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "MissingApiVersionParameter"),
        ("?api-version=2021-01-01", "NoRegisteredProviderFound"),
        ("?api-version=latest", "NoRegisteredProviderFound"),
    ],
)
def test_an_api_version_is_needed(client: Client, query: str, code: str) -> None:
    reply = client.get(f"https://management.azure.com{WORKSPACE}{query}")
    assert (reply.status, reply.json()["error"]["code"]) == (400, code)


def test_another_provider_has_versions_of_its_own(client: Client) -> None:
    assert client.get("https://management.azure.com/subscriptions?api-version=2019-11-01").json()
    assert client.get("https://management.azure.com/subscriptions?api-version=new").status == 400


def test_a_token_is_for_management_and_for_a_while(client: Client) -> None:
    def code(token: str) -> str:
        reply = client.send("GET", "", authorization=f"Bearer {token}")
        assert reply.status == 401 and "Bearer" in reply.headers["www-authenticate"]
        return str(reply.json()["error"]["code"])

    assert code("") == "AuthenticationFailed"
    assert code("made-up") == "InvalidAuthenticationToken"
    other = client.simulator.tokens.issue("https://ml.azure.com")
    assert code(other) == "InvalidAuthenticationTokenAudience"
    client.clock.now += 3600
    assert code(client.token) == "ExpiredAuthenticationToken"


def test_a_body_is_json(client: Client) -> None:
    path = "onlineEndpoints/iris"
    texts = {"content-type": "text/plain"}
    assert client.send("PUT", path, endpoint(), **texts).status == 415
    headers = {"authorization": f"Bearer {client.token}", "content-type": "application/json"}
    broken = client.simulator.handle(Request("PUT", client.url(path), headers, b"{"))
    assert broken.json()["error"]["code"] == "InvalidRequestContent"


def test_a_method_that_a_resource_does_not_know_is_refused(client: Client) -> None:
    assert client.send("PATCH", "models/m/versions/1", {}).status == 405


def test_every_answer_can_be_correlated(client: Client) -> None:
    refused = client.put("onlineEndpoints/iris", endpoint(authMode="Open"))
    [_, info] = refused.json()["error"]["additionalInfo"]
    assert info["info"]["value"]["operation"] == refused.headers["x-ms-correlation-request-id"]


class MeetingPlace(MemoryStorage):
    """Notes whether two threads were in it at once. It waits for the second one a little."""

    def __init__(self) -> None:
        super().__init__()
        self.met = False
        self._barrier = Barrier(2, timeout=0.2)

    def exists(self, container: str, path: str) -> bool:
        with suppress(BrokenBarrierError):
            self._barrier.wait()
            self.met = True
        return True


def test_one_request_is_answered_at_a_time() -> None:
    storage, clock = MeetingPlace(), Clock()
    client = Client(Simulator(storage, clock=clock), storage, clock)
    paths = ["models/m/versions/1", "models/n/versions/1"]
    with ThreadPoolExecutor(2) as threads:
        replies = list(threads.map(lambda path: client.put(path, model()), paths))
    assert [reply.status for reply in replies] == [201, 201]
    assert not storage.met


def test_many_threads_may_ask(client: Client) -> None:
    names = [f"iris-{number}" for number in range(40)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda name: client.put(f"onlineEndpoints/{name}", endpoint()), names))
    listed = client.get("onlineEndpoints").json()["value"]
    assert sorted(each["name"] for each in listed) == sorted(names)


@pytest.mark.parametrize(
    "path",
    [
        "/subscriptions",
        "/tenants",
        "/subscriptions/00000000-0000-0000-0000-000000000001",
        "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups",
        "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg",
        WORKSPACE.removesuffix("/ws"),
        WORKSPACE,
        f"{WORKSPACE}/computes",
        f"{WORKSPACE}/computes/aks-test",
    ],
)
def test_what_stands_above_the_resources_can_be_read(client: Client, path: str) -> None:
    assert client.get(path).status == 200
