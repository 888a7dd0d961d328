"""Azure Monitor: what the scoring plane has answered, by the minute.

Source: "Metrics - List" of Azure Monitor's REST API, and "Supported metrics for
Microsoft.MachineLearningServices/workspaces/onlineEndpoints".
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from tests.simulator.backend import Backend
from tests.simulator.endpoints import ENDPOINT, require_endpoint
from tests.simulator.message import Json, Reply, json_reply
from tests.simulator.refusal import Refusal
from tests.simulator.resources import SERVICE, short_timestamp
from tests.simulator.routes import Call, Route

_STATUS = ("deployment", "statusCode", "statusCodeClass", "modelStatusCode")
_TERM = re.compile(r"(?P<name>\w+) eq '(?P<value>[^']*)'")
_MINUTE = 60


@dataclass(frozen=True)
class Scored:
    """An answer of the scoring plane. at: seconds since 1970. seconds: that it took."""

    endpoint: str
    deployment: str
    status: int
    at: float
    seconds: float


@dataclass(frozen=True)
class _Metric:
    """value: what a minute's answers come to."""

    dimensions: tuple[str, ...]
    unit: str
    value: Callable[[list[Scored]], float]


def _p95(answers: list[Scored]) -> float:
    taken = sorted(each.seconds * 1000 for each in answers)
    return taken[math.ceil(0.95 * len(taken)) - 1]


def _mean(answers: list[Scored]) -> float:
    return sum(each.seconds * 1000 for each in answers) / len(answers)


_METRICS: Mapping[str, _Metric] = {
    "RequestsPerMinute": _Metric(_STATUS, "Count", lambda answers: float(len(answers))),
    "RequestLatency": _Metric(("deployment",), "MilliSeconds", _mean),
    "RequestLatency_P95": _Metric(("deployment",), "MilliSeconds", _p95),
}


class Metrics:
    """``note`` what was answered; the route tells it."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._answers: list[Scored] = []
        self._lock = threading.Lock()

    def routes(self) -> list[Route]:
        return [Route("GET", ENDPOINT + "/providers/Microsoft.Insights/metrics", self._list)]

    def note(self, scored: Scored) -> None:
        with self._lock:
            self._answers.append(scored)

    def _list(self, call: Call) -> Reply:
        endpoint = require_endpoint(self._backend, call)
        query = call.query
        name = query.get("metricnames", "")
        if name not in _METRICS:
            raise _bad(f"Failed to find metric configuration for metric: {name}.")
        _require(query.get("interval", "PT1M"), {"PT1M"}, "interval")
        _require(query.get("aggregation", "Average").lower(), {"average"}, "aggregation")
        metric, terms = _METRICS[name], _terms(query.get("$filter", ""))
        if unknown := [each for each in terms if each not in metric.dimensions]:
            raise _bad(f"Metric {name} does not support dimension {', '.join(unknown)}.")
        since, until = _timespan(query.get("timespan", ""))
        found = [each for each in self._of(endpoint.name, terms) if since <= each.at < until]
        series = [_series(values, each, metric) for values, each in _split(found, terms).items()]
        value = {
            "id": f"{endpoint.id}/providers/Microsoft.Insights/metrics/{name}",
            "type": "Microsoft.Insights/metrics",
            "name": {"value": name, "localizedValue": name},
            "unit": metric.unit,
            "timeseries": series,
            "errorCode": "Success",
        }
        return json_reply(
            200,
            {
                "cost": 0,
                "timespan": query["timespan"],
                "interval": "PT1M",
                "value": [value],
                "namespace": f"{SERVICE}/workspaces/onlineEndpoints",
                "resourceregion": self._backend.world.location,
            },
        )

    def _of(self, endpoint: str, terms: Mapping[str, str]) -> list[Scored]:
        with self._lock:
            answers = [each for each in self._answers if each.endpoint == endpoint]
        fixed = {name: value for name, value in terms.items() if value != "*"}
        return [
            each
            for each in answers
            if all(_dimension(each, name) == value for name, value in fixed.items())
        ]


def _split(
    answers: Iterable[Scored], terms: Mapping[str, str]
) -> dict[tuple[tuple[str, str], ...], list[Scored]]:
    """By the values of the dimensions that were asked for."""
    found: dict[tuple[tuple[str, str], ...], list[Scored]] = {}
    for each in answers:
        values = tuple((name, _dimension(each, name)) for name in terms)
        found.setdefault(values, []).append(each)
    return found


def _series(values: tuple[tuple[str, str], ...], answers: list[Scored], metric: _Metric) -> Json:
    minutes: dict[int, list[Scored]] = {}
    for each in answers:
        minutes.setdefault(int(each.at) // _MINUTE * _MINUTE, []).append(each)
    return {
        "metadatavalues": [
            {"name": {"value": name.lower(), "localizedValue": name.lower()}, "value": value}
            for name, value in values
        ],
        "data": [
            {"timeStamp": short_timestamp(minute), "average": metric.value(each)}
            for minute, each in sorted(minutes.items())
        ],
    }


def _dimension(scored: Scored, name: str) -> str:
    status = str(scored.status)
    values = {"deployment": scored.deployment, "statusCode": status, "modelStatusCode": status}
    return values.get(name, f"{status[0]}xx")


def _terms(text: str) -> dict[str, str]:
    if not text:
        return {}
    terms = [_TERM.fullmatch(each.strip()) for each in text.split(" and ")]
    if None in terms:
        raise _bad(f"Invalid filter: {text}")
    return {each["name"]: each["value"] for each in terms if each}


def _timespan(text: str) -> tuple[float, float]:
    try:
        since, until = (
            datetime.fromisoformat(part.replace("Z", "+00:00")) for part in text.split("/")
        )
    except ValueError as error:
        raise _bad(f"Invalid timespan: {text}") from error
    if since.tzinfo is None or until < since:
        raise _bad(f"Invalid timespan: {text}")
    return since.timestamp() // _MINUTE * _MINUTE, until.timestamp()


def _require(value: str, known: set[str], name: str) -> None:
    if value not in known:
        raise _bad(f"Unsupported {name}: {value}.")


def _bad(message: str) -> Refusal:
    return Refusal(400, "BadRequest", message)
