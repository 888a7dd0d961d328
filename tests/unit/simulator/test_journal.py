"""What the simulator remembers."""

from __future__ import annotations

import threading

import pytest

from tests.simulator.faults import Fault, Status
from tests.simulator.message import Reply
from tests.simulator.scoring import Scored
from tests.unit.simulator.client import Client, endpoint

IRIS = "onlineEndpoints/iris"


def test_requests_are_remembered_with_their_replies(client: Client) -> None:
    client.put(IRIS, endpoint())
    client.get(IRIS)
    put, _ = client.simulator.journal
    assert (put.request.method, put.reply.status) == ("PUT", 201)
    assert client.simulator.journal.writes() == [put.request]
    assert client.simulator.journal.lines()[1] == f"GET {client.workspace}/{IRIS}"
    client.simulator.journal.clear()
    assert len(client.simulator.journal) == 0


def test_a_test_can_wait_for_what_comes(client: Client) -> None:
    journal = client.simulator.journal
    asking = threading.Thread(target=client.get, args=(IRIS,))
    asking.start()
    journal.wait_until(lambda entries: len(entries) == 1)
    asking.join()
    with pytest.raises(AssertionError, match="not within 0 s"):
        journal.wait_until(lambda entries: len(entries) == 2, seconds=0)


def test_what_a_rule_refuses_is_told_apart(client: Client) -> None:
    client.simulator.faults.add(Fault(Status(429)))
    client.get("")
    client.get(IRIS)
    assert client.simulator.journal.refused() == []
    client.put(IRIS, endpoint(authMode="Open"))
    client.send("POST", f"{IRIS}/listKeys")
    statuses = [entry.reply.status for entry in client.simulator.journal.refused()]
    assert statuses == [400, 404]


def test_what_breaks_the_simulator_is_told_too(client: Client) -> None:
    def broken(scored: Scored) -> Reply:
        raise ValueError("no model")

    client.simulator.scorer = broken
    client.make_endpoint()
    client.make_deployment()
    key = client.send("POST", f"{IRIS}/listKeys").json()["primaryKey"]
    url = "https://iris.eastus2.inference.ml.azure.com/score"
    headers = {"authorization": f"Bearer {key}", "azureml-model-deployment": "blue"}
    assert client.send("POST", url, [1], **headers).status == 500
    assert "no model" in str(client.simulator.journal.refused()[0])
