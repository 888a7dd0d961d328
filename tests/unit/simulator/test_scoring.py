"""The scoring plane."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.simulator.message import Reply, Request
from tests.simulator.operations import Durations
from tests.simulator.scoring import Scored, model_error
from tests.unit.simulator.client import Client

URL = "https://iris.eastus2.inference.ml.azure.com/score"


@pytest.fixture
def ready(client: Client) -> Client:
    """With two deployments that share the traffic, and a key as the client's token."""
    client.make_endpoint(keys={"primaryKey": "first", "secondaryKey": "second"})
    client.make_deployment("blue")
    client.make_deployment("green")
    client.make_endpoint(traffic={"blue": 90, "green": 10})
    return client


def score(client: Client, key: str | None = "first", **headers: str) -> Reply:
    credentials = {} if key is None else {"authorization": f"Bearer {key}"}
    request = Request("POST", URL, {**credentials, **headers}, b'{"data": [[1], [2]]}')
    return client.simulator.handle(request)


def told(reply: Reply) -> tuple[int, bytes]:
    return reply.status, reply.body


def test_both_keys_open_and_nothing_else_does(ready: Client) -> None:
    assert [score(ready, key).status for key in ("first", "second")] == [200, 200]
    for key in ("third", ready.token):
        assert told(score(ready, key)) == (401, b"key_auth_access_denied")
    for headers in ({}, {"authorization": "Basic first"}, {"api-key": "first"}):
        assert told(score(ready, None, **headers)) == (403, b"key_auth_bad_header_forbidden")


def test_an_answer_is_dressed_as_recorded(ready: Client) -> None:
    reply = score(ready)
    assert reply.json() == [0.0, 1.0]
    assert reply.headers["server"] == "azureml-frontdoor"
    assert {"x-request-id", "x-ms-run-fn-exec-ms", "x-ms-run-function-failed"} <= set(reply.headers)


def test_traffic_is_shared_as_it_was_set(ready: Client) -> None:
    answered = Counter(score(ready).headers["azureml-model-deployment"] for _ in range(200))
    assert answered["blue"] > answered["green"] > 0


def test_a_header_asks_one_deployment_whatever_its_traffic(ready: Client) -> None:
    ready.make_endpoint(traffic={"blue": 100})
    asked = score(ready, **{"azureml-model-deployment": "green"})
    assert asked.headers["azureml-model-deployment"] == "green"
    assert score(ready, **{"azureml-model-deployment": "red"}).status == 404


def test_without_traffic_nobody_answers(ready: Client) -> None:
    ready.make_endpoint()
    assert score(ready).status == 404


def test_an_aml_token_opens_until_it_expires(ready: Client) -> None:
    ready.make_endpoint(authMode="AMLToken", traffic={"blue": 100})
    token = ready.send("POST", "onlineEndpoints/iris/token").json()["accessToken"]
    assert score(ready, token).status == 200
    assert told(score(ready, "first")) == (401, b"Jwt issuer is not configured")
    assert told(score(ready, None)) == (401, b"Jwt is missing")
    ready.clock.now += 24 * 3600
    assert told(score(ready, token)) == (401, b"Jwt is expired")


def test_a_token_of_entra_must_be_for_machine_learning(ready: Client) -> None:
    ready.make_endpoint(authMode="AADToken", traffic={"blue": 100})
    assert score(ready, ready.simulator.tokens.issue("https://ml.azure.com/.default")).status == 200
    assert told(score(ready, ready.token)) == told(score(ready, None)) == (401, b"")


def test_a_scorer_answers_as_it_likes(ready: Client) -> None:
    asked: list[Scored] = []

    def scorer(scored: Scored) -> Reply:
        asked.append(scored)
        return model_error(400, "bad input")

    ready.simulator.scorer = scorer
    reply = score(ready, **{"azureml-model-deployment": "green"})
    assert reply.status == 424
    assert reply.headers["ms-azureml-model-error-statuscode"] == "400"
    assert reply.headers["ms-azureml-model-error-reason"] == "bad input"
    assert (asked[0].endpoint, asked[0].deployment) == ("iris", "green")


def test_an_endpoint_that_is_being_made_has_no_scoring_uri(client: Client) -> None:
    client.simulator.backend.durations = Durations(endpoint=60)
    client.make_endpoint(keys={"primaryKey": "first"})
    assert score(client).body == b"There is no endpoint 'iris'."


def test_an_endpoint_that_is_not_there_has_no_scoring_uri(ready: Client) -> None:
    ready.send("DELETE", "onlineEndpoints/iris")
    assert score(ready).status == 404
