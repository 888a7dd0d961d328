"""From nothing to an answer, and what the simulator does around every request."""

from __future__ import annotations

import json

from tests.simulator.message import Request
from tests.unit.simulator.client import Client, endpoint


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


def test_a_put_is_followed_by_the_url_that_it_answers(client: Client) -> None:
    started = client.put("onlineEndpoints/iris", endpoint())
    assert started.status == 201
    assert started.json()["properties"]["provisioningState"] == "Creating"
    status = client.get(started.headers["azure-asyncoperation"]).json()
    assert (status["status"], status["percentComplete"]) == ("Succeeded", 100.0)
    assert (
        client.get("onlineEndpoints/iris").json()["properties"]["provisioningState"] == "Succeeded"
    )
