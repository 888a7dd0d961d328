"""What `-o table` shows."""

from __future__ import annotations

from typing import Any

from azext_ml_endpoint.cli.tables import endpoint_row, endpoint_rows

HOUSES: dict[str, Any] = {
    "name": "houses",
    "provisioning_state": "Succeeded",
    "scoring_uri": "http://127.0.0.1:50001/score",
    "traffic": {"blue": 90, "green": 10},
    "deployments": [{"name": "blue"}, {"name": "green"}, {"name": "grey"}],
}
BARE: dict[str, Any] = {
    "name": "bare",
    "provisioning_state": "Failed",
    "scoring_uri": None,
    "deployments": [],
}


def test_a_row_says_what_an_endpoint_is_and_who_gets_its_traffic() -> None:
    assert endpoint_row(HOUSES) == {
        "Name": "houses",
        "State": "Succeeded",
        "Traffic": "blue 90 %, green 10 %, grey 0 %",
        "Scoring URI": "http://127.0.0.1:50001/score",
    }


def test_an_endpoint_without_deployments_has_empty_cells() -> None:
    assert endpoint_row(BARE) == {
        "Name": "bare",
        "State": "Failed",
        "Traffic": "",
        "Scoring URI": "",
    }


def test_a_list_has_a_row_per_endpoint() -> None:
    assert [row["Name"] for row in endpoint_rows([HOUSES, BARE])] == ["houses", "bare"]
