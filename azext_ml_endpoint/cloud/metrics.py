"""What Azure Monitor has measured of a deployment: requests by status, and their latency.

Source: "Supported metrics for Microsoft.MachineLearningServices/workspaces/onlineEndpoints", and
"Metrics - List" of Azure Monitor's REST API. Points are a minute each, and a minute or more late.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

from azext_ml_endpoint.cloud.arm.body import objects
from azext_ml_endpoint.cloud.arm.paths import endpoint_path
from azext_ml_endpoint.cloud.contract import Arm, Json
from azext_ml_endpoint.rollout.guards import Figures

API_VERSION = "2023-10-01"
"""Of Microsoft.Insights/metrics."""
_MINUTE = 60
_MODELS_FAULT = frozenset({408, 424, 429})
"""Beside 5xx: too slow, failed, too busy. Other 4xx are the callers' own mistakes."""


def figures(arm: Arm, name: str, deployment: str, since: float, until: float) -> Figures | None:
    """Of the whole minutes between two times, in seconds since 1970; None where there is none.

    What was asked before ``since``, in the same minute, is nobody's business any more.
    Raises ServiceError, with status 403 for an account that may not read it.
    """
    first, last = math.ceil(since / _MINUTE), math.floor(until / _MINUTE)
    if first >= last:
        return None
    asked = {"timespan": f"{_time(first)}/{_time(last)}", "interval": "PT1M"}
    only = f"deployment eq '{deployment}'"
    by_status = {
        **asked,
        "metricnames": "RequestsPerMinute",
        "aggregation": "Average",
        "$filter": f"{only} and statusCode eq '*'",
    }
    latency = {
        **asked,
        "metricnames": "RequestLatency_P95",
        "aggregation": "Average",
        "$filter": only,
    }
    return _read(_ask(arm, name, by_status), _ask(arm, name, latency))


def _ask(arm: Arm, name: str, query: dict[str, str]) -> list[Json]:
    """The time series."""
    path = f"{endpoint_path(name)}/providers/Microsoft.Insights/metrics"
    body = arm.get(path, {**query, "api-version": API_VERSION}).body
    listed = objects(body, "value", path)
    return [series for metric in listed for series in objects(metric, "timeseries", path)]


def _read(by_status: list[Json], latency: list[Json]) -> Figures:
    counts = {_status(each): round(sum(_averages(each))) for each in by_status}
    slowest = [point for each in latency for point in _averages(each)]
    return Figures(
        source="Azure Monitor",
        requests=sum(counts.values()),
        errors=sum(count for status, count in counts.items() if _is_error(status)),
        p95=max(slowest) / 1000 if slowest else None,
    )


def _averages(series: Json) -> Iterator[float]:
    """Of the minutes of which something is known."""
    points = objects(series, "data", "metrics")
    return (point["average"] for point in points if point.get("average") is not None)


def _status(series: Json) -> str:
    values: dict[str, Any] = {
        str(each["name"]["value"]).lower(): each["value"]
        for each in objects(series, "metadatavalues", "metrics")
    }
    return str(values.get("statuscode", ""))


def _is_error(status: str) -> bool:
    return status.isdigit() and (int(status) >= 500 or int(status) in _MODELS_FAULT)


def _time(minutes: int) -> str:
    return datetime.fromtimestamp(minutes * _MINUTE, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
