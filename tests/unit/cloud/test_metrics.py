from __future__ import annotations

from typing import Any

import pytest

from azext_ml_endpoint.cloud.metrics import figures
from azext_ml_endpoint.rollout.guards import Figures
from tests.fakes.simulated_arm import simulated_arm
from tests.unit.cloud.conversation import Conversation, ok

MINUTE = 60.0


def series(*values: float | None, **dimensions: str) -> dict[str, Any]:
    return {
        "metadatavalues": [
            {"name": {"value": name}, "value": value} for name, value in dimensions.items()
        ],
        "data": [
            {"timeStamp": "t", **({"average": each} if each is not None else {})} for each in values
        ],
    }


def answer(*all_series: dict[str, Any]) -> Any:
    return ok({"value": [{"timeseries": list(all_series)}]})


def read(*answers: Any, since: float = 60.0, until: float = 240.0) -> Figures | None:
    return figures(simulated_arm(Conversation(*answers)), "houses", "green", since, until)


def test_requests_are_counted_by_status_and_the_slowest_minute_counts() -> None:
    found = read(
        answer(series(40.0, 50.0, statuscode="200"), series(1.0, None, 9.0, StatusCode="424")),
        answer(series(120.0, 340.0, None, deployment="green")),
    )
    assert found == Figures(source="Azure Monitor", requests=100, errors=10, p95=0.34)


@pytest.mark.parametrize(
    ("status", "errors"),
    [("200", 0), ("500", 1), ("503", 1), ("408", 1), ("424", 1), ("429", 1), ("400", 0), ("", 0)],
)
def test_only_what_the_deployment_can_help_is_its_error(status: str, errors: int) -> None:
    found = read(answer(series(1.0, statuscode=status)), answer())
    assert found is not None
    assert (found.requests, found.errors, found.p95) == (1, errors, None)


def test_only_whole_minutes_are_asked_for() -> None:
    azure = Conversation(answer(), answer())
    figures(simulated_arm(azure), "houses", "green", 61.0, 250.0)
    assert azure.requests[0].query["timespan"] == "1970-01-01T00:02:00Z/1970-01-01T00:04:00Z"
    assert azure.requests[0].query["$filter"] == "deployment eq 'green' and statusCode eq '*'"


def test_before_a_whole_minute_is_over_nothing_is_asked() -> None:
    assert read(since=61.0, until=179.0) is None
