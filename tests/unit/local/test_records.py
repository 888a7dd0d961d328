"""What is remembered, what the planner sees of it, and what people see."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.document.model import ScaleSettings
from azext_ml_endpoint.errors import UnsupportedError
from azext_ml_endpoint.local import records
from azext_ml_endpoint.local.driver import LocalDriver
from azext_ml_endpoint.local.remembered import remember
from azext_ml_endpoint.local.runtime import EndpointRecord, Instance
from azext_ml_endpoint.plan.aspects import differences
from azext_ml_endpoint.plan.memory import recalled_deployment
from tests.fakes.builders import (
    OWN_ROUTES,
    code,
    deployment,
    endpoint,
    environment,
    model,
    reference,
)

SECRET = "kept-between-us"
VARIABLES = {"COLOUR": "blue", "KEY": SECRET}
BLUE = deployment(environment_variables=VARIABLES, secrets=frozenset({"KEY"}))


def kept(record: dict[str, Any]) -> dict[str, Any]:
    """As it comes back from a label."""
    return dict(json.loads(json.dumps(record)))


def instance(**changes: Any) -> Instance:
    known: dict[str, Any] = {
        "id": "blue-1",
        "endpoint": "houses",
        "deployment": "blue",
        "promoted": True,
        "state": "running",
        "ports": {5001: 50001},
        "image": "ml-endpoint/abc",
        "variables": VARIABLES,
        "record": kept(remember(BLUE)),
        "started_at": "2026-01-01T00:00:00Z",
    }
    return Instance(**{**known, **changes})


STOPPED = instance(state="exited", exit_code=137, ports={})
HOUSES = records.with_traffic(
    records.endpoint_record(
        endpoint(BLUE, description="by the sea", tags={"team": "houses"}),
        kept={"ml-endpoint.history.1": "blue"},
    ),
    {"blue": 100},
)


# Remembering


def test_what_is_remembered_of_an_endpoint_is_not_yet_its_traffic() -> None:
    record = records.endpoint_record(endpoint(BLUE, traffic={"blue": 100}))
    assert record.properties["traffic"] == {}


@pytest.mark.parametrize(
    "wanted",
    [
        BLUE,
        deployment(),
        deployment(model=None, code=None, scoring_script=None),
        deployment(environment=environment(inference_config=OWN_ROUTES)),
        deployment(
            scale_settings=ScaleSettings(scale_type="manual", instance_count=2), tags={"a": "b"}
        ),
        deployment(model=reference(), code=reference(), environment=reference()),
    ],
)
def test_what_was_made_true_differs_in_nothing_from_what_is_wanted(wanted: Any) -> None:
    there = instance(record=kept(remember(wanted)), variables=wanted.environment_variables)
    (seen,) = records.observed(HOUSES, [there]).deployments
    assert differences(recalled_deployment(wanted, seen), seen, LocalDriver.honours) == []


def test_a_changed_variable_is_a_difference() -> None:
    (seen,) = records.observed(HOUSES, [instance(variables={"COLOUR": "red"})]).deployments
    assert differences(BLUE, seen, LocalDriver.honours) == ["environment_variables"]


def test_what_the_file_has_no_longer_is_a_difference() -> None:
    (seen,) = records.observed(HOUSES, [instance()]).deployments
    alone = recalled_deployment(replace(BLUE, code=None, scoring_script=None), seen)
    assert differences(alone, seen, LocalDriver.honours) == ["code", "scoring_script"]


# Observing


def test_an_endpoint_is_observed_with_all_that_it_is() -> None:
    seen = records.observed(HOUSES, [instance()])
    assert (seen.name, seen.provisioning_state) == ("houses", "Succeeded")
    assert (seen.aspects["description"], seen.aspects["tags"], seen.traffic) == (
        "by the sea",
        {"team": "houses"},
        {"blue": 100},
    )


@pytest.mark.parametrize(
    ("state", "exit_code", "trouble"),
    [
        ("exited", 137, "it exited with code 137"),
        ("exited", None, "it is exited"),
        ("paused", None, "it is paused"),
        ("created", None, "it is created"),
    ],
)
def test_what_does_not_run_is_in_trouble(state: Any, exit_code: int | None, trouble: str) -> None:
    there = instance(state=state, exit_code=exit_code)
    seen = records.observed(HOUSES, [there, replace(there, state="running")])
    assert [each.trouble for each in seen.deployments] == [trouble, None]
    assert [each.provisioning_state for each in seen.deployments] == ["Failed", "Succeeded"]
    assert seen.provisioning_state == "Failed"


def test_why_it_ended_is_what_the_runtime_knows() -> None:
    there = replace(STOPPED, error="it was killed: it needed more memory than there is")
    assert records.trouble(there) == "it was killed: it needed more memory than there is"


def test_a_record_without_properties_is_an_endpoint_all_the_same() -> None:
    seen = records.observed(EndpointRecord(name="houses"), [])
    assert (seen.aspects["auth_mode"], seen.aspects["tags"], seen.traffic, seen.deployments) == (
        "key",
        {},
        {},
        (),
    )


# Showing


def test_show_has_the_endpoint_and_all_its_deployments() -> None:
    shown = records.dump(HOUSES, [instance()])
    assert {key: shown[key] for key in shown if key != "deployments"} == {
        "name": "houses",
        "type": "online",
        "auth_mode": "key",
        "description": "by the sea",
        "tags": {"team": "houses"},
        "properties": {},
        "traffic": {"blue": 100},
        "location": "local",
        "provisioning_state": "Succeeded",
        "scoring_uri": "http://127.0.0.1:50001/score",
    }
    (blue,) = shown["deployments"]
    assert blue == {
        "name": "blue",
        "model": {"name": "prices", "version": "1", "path": "/work/model.pkl"},
        "code_configuration": {"code": "/work/onlinescoring", "scoring_script": "score.py"},
        "environment": {"image": "python:3.11"},
        "environment_variables": {"COLOUR": "blue", "KEY": "********"},
        "instance_type": "local",
        "provisioning_state": "Succeeded",
        "state": "running",
        "port": 50001,
        "scoring_uri": "http://127.0.0.1:50001/score",
        "image": "ml-endpoint/abc",
        "started_at": "2026-01-01T00:00:00Z",
        "last_error": None,
    }


def test_what_the_file_says_about_a_deployment_is_shown() -> None:
    said = deployment(
        model=model(tags={"kind": "linear"}, description="d"),
        code=code(),
        environment=environment(conda_path=Path("/work/conda.yml")),
        scale_settings=ScaleSettings(scale_type="manual", instance_count=2),
        description="first",
        tags={"a": "b"},
    )
    record = kept(remember(said))
    (shown,) = records.dump(HOUSES, [instance(record=record)])["deployments"]
    assert shown["model"]["tags"] == {"kind": "linear"}
    assert shown["environment"]["conda_path"] == "/work/conda.yml"
    assert shown["scale_settings"] == {"scale_type": "manual", "instance_count": 2}
    assert (shown["description"], shown["tags"]) == ("first", {"a": "b"})


def test_a_custom_container_scores_on_its_own_port_and_route() -> None:
    own = deployment(environment=environment(inference_config=OWN_ROUTES), code=None)
    there = instance(record=kept(remember(own)), ports={8080: 50002, 8081: 50003})
    (shown,) = records.dump(HOUSES, [there])["deployments"]
    assert (shown["port"], shown["scoring_uri"]) == (50002, "http://127.0.0.1:50002/predict")
    assert "code_configuration" not in shown


def test_the_scoring_uri_of_the_endpoint_is_that_of_its_busiest_deployment() -> None:
    green = instance(deployment="green", ports={5001: 50009})
    shares = {"blue": 10, "green": 90}
    record = records.with_traffic(records.endpoint_record(endpoint(BLUE)), shares)
    assert records.dump(record, [instance(), green])["scoring_uri"].endswith(":50009/score")


def test_a_deployment_that_ended_is_shown_with_its_last_error() -> None:
    shown = records.dump(HOUSES, [STOPPED])
    assert shown["scoring_uri"] is None
    (blue,) = shown["deployments"]
    assert (blue["port"], blue["scoring_uri"], blue["state"]) == (None, None, "exited")
    assert (blue["provisioning_state"], blue["last_error"]) == ("Failed", "it exited with code 137")


def test_what_the_tool_keeps_is_seen_by_itself_and_shown_to_nobody() -> None:
    seen = records.observed(HOUSES, [])
    assert (seen.aspects["tags"], seen.kept) == (
        {"team": "houses"},
        {"ml-endpoint.history.1": "blue"},
    )
    assert "history" not in json.dumps(records.dump(HOUSES, []))


def test_an_endpoint_without_deployments_is_shown() -> None:
    shown = records.dump(HOUSES, [])
    assert (shown["deployments"], shown["scoring_uri"]) == ([], None)


def test_all_that_is_shown_can_be_printed_as_json() -> None:
    assert json.dumps(records.dump(HOUSES, [instance(), STOPPED]))


def test_an_environment_that_is_registered_elsewhere_cannot_be_made_here() -> None:
    with pytest.raises(UnsupportedError, match="Deployment blue has no environment"):
        records.environment_of(deployment(environment=reference()))
