"""What deployments of this machine collect, and where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.local.collect import collection
from azext_ml_endpoint.local.gateway.collecting import Collected

ROOT = Path("/home/modelDataCollector/houses")


def said(*names: str, **changes: Any) -> dict[str, Any]:
    return {"collections": {name: {"enabled": True} for name in names}, **changes}


def passing(said: Any) -> Collected | None:
    return collection.passing(said, ROOT, "Houses", "Blue")


def test_the_gateway_collects_requests_and_answers() -> None:
    assert passing(said("request", "model_inputs")) == Collected(
        folder=f"{ROOT}/blue",
        source="/onlineEndpoints/Houses/deployments/Blue",
        collections=("request",),
    )


def test_it_is_told_how_many_how_and_with_which_headers() -> None:
    found = passing(
        said(
            "response",
            sampling_rate=0.1,
            rolling_rate="Day",
            request_logging={"capture_headers": ["x-user"]},
        )
    )
    assert found
    assert (found.rate, found.rolling, found.headers) == (0.1, "day", ("x-user",))


@pytest.mark.parametrize(
    "damaged",
    [
        None,
        {},
        {"collections": None},
        {"collections": {"request": None}},
        {"collections": {"request": {"enabled": "true"}}},
        {"collections": {"request": {"enabled": False}}},
        {"collections": {"model_inputs": {"enabled": True}}},
    ],
)
def test_what_is_not_asked_for_or_damaged_is_not_collected(damaged: Any) -> None:
    assert passing(damaged) is None


@pytest.mark.parametrize("logging", [None, [], {}, {"capture_headers": "x"}])
def test_headers_that_are_damaged_are_none(logging: Any) -> None:
    found = passing(said("request", request_logging=logging, sampling_rate="x"))
    assert found and (found.headers, found.rate) == ((), 1.0)


def test_endpoints_whose_names_differ_in_capitals_share_a_folder() -> None:
    home = Path("/home")
    assert collection.root(home, "Houses") == collection.root(home, "houses") == ROOT


def test_the_folder_is_shown_where_something_is_collected() -> None:
    collects = {"name": "blue", "data_collector": said("model_inputs")}
    shown = collection.told(
        {"name": "houses", "deployments": [collects, {"name": "green"}]}, ROOT.parents[1]
    )
    assert shown["deployments"] == [
        {**collects, "collected_data": f"{ROOT}/blue"},
        {"name": "green"},
    ]
