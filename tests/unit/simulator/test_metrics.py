"""Azure Monitor's figures of an endpoint."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.simulator.message import Json, Reply, Request
from tests.simulator.scoring import model_error, one_number_per_row
from tests.unit.simulator.client import Client

PATH = "onlineEndpoints/iris/providers/Microsoft.Insights/metrics"


@pytest.fixture
def scored(client: Client) -> Client:
    """Green was asked twice and failed once, blue once."""
    client.make_endpoint(keys={"primaryKey": "first", "secondaryKey": "second"})
    client.make_deployment("blue")
    client.make_deployment("green")
    for name in ("green", "green", "blue"):
        url = "https://iris.eastus2.inference.ml.azure.com/score"
        headers = {"authorization": "Bearer first", "azureml-model-deployment": name}
        client.simulator.handle(Request("POST", url, headers, b"[1]"))
        client.simulator.scorer = lambda _: model_error(500, "out of tune")
    client.simulator.scorer = one_number_per_row
    return client


def ask(client: Client, **changes: str | None) -> Reply:
    query: dict[str, str | None] = {
        "metricnames": "RequestsPerMinute",
        "timespan": "2027-01-15T07:59:00Z/2027-01-15T08:01:00Z",
        "interval": "PT1M",
        "aggregation": "Average",
        "$filter": "deployment eq 'green' and statusCode eq '*'",
        "api-version": "2023-10-01",
        **changes,
    }
    text = "&".join(f"{name}={quote(value)}" for name, value in query.items() if value)
    return client.get(f"https://management.azure.com{client.workspace}/{PATH}?{text}")


def series(reply: Reply) -> list[Json]:
    assert reply.status == 200, reply.body
    [metric] = reply.json()["value"]
    found: list[Any] = metric["timeseries"]
    return found


def test_requests_are_counted_by_the_dimensions_that_are_asked_for(scored: Client) -> None:
    found = {each["metadatavalues"][1]["value"]: each["data"] for each in series(ask(scored))}
    assert {status: [point["average"] for point in data] for status, data in found.items()} == {
        "200": [1.0],
        "424": [1.0],
    }


def test_latency_is_in_milliseconds(scored: Client) -> None:
    reply = ask(scored, metricnames="RequestLatency_P95", **{"$filter": "deployment eq 'blue'"})
    [each] = series(reply)
    assert each["metadatavalues"][0]["name"]["value"] == "deployment"
    assert [point["average"] for point in each["data"]] == [0.0]


def test_nothing_was_asked_at_another_time(scored: Client) -> None:
    assert series(ask(scored, timespan="2026-01-01T00:00:00Z/2026-01-02T00:00:00Z")) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"metricnames": "Requests"},
        {"metricnames": "RequestLatency_P95"},  # it is not known by status
        {"$filter": "deployment = 'green'"},
        {"$filter": "instance eq 'a'"},
        {"aggregation": "Total"},
        {"interval": "PT7M"},
        {"timespan": "yesterday"},
        {"timespan": None},
        {"timespan": "2027-01-15T08:01:00Z/2027-01-15T07:59:00Z"},
        {"api-version": "2025-12-01"},
        {"api-version": None},
    ],
)
def test_what_azure_monitor_does_not_know_is_refused(
    scored: Client, changes: dict[str, str | None]
) -> None:
    assert ask(scored, **changes).status == 400
