"""What counts as a difference between what is wanted and what is there."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.document.model import (
    Deployment,
    Probe,
    RequestSettings,
    ResourceRequirements,
    ScaleSettings,
)
from azext_ml_endpoint.plan.aspects import aspects, differences
from azext_ml_endpoint.plan.memory import of_deployment, recalled_deployment
from tests.fakes.builders import (
    EVERY_ASPECT,
    OWN_ROUTES,
    code,
    deployment,
    environment,
    model,
    observed_deployment,
    reference,
)


def different(wanted: Deployment, there: Deployment, **observed: Any) -> list[str]:
    seen = replace(observed_deployment(there), **observed)
    return differences(recalled_deployment(wanted, seen), seen, EVERY_ASPECT)


CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("model", {"model": model("model-2")}),
    ("model", {"model": model(version="2")}),
    ("model", {"model": reference()}),
    ("code", {"code": code("code-2")}),
    ("code", {"code": code(path=Path("/work/another"))}),
    ("code", {"code": reference()}),
    ("scoring_script", {"scoring_script": "main.py"}),
    ("environment", {"environment": environment("environment-2")}),
    ("environment_variables", {"environment_variables": {"COLOUR": "blue"}}),
    ("instance_type", {"instance_type": "Standard_F4s_v2"}),
    ("scale_settings", {"scale_settings": ScaleSettings(scale_type="manual", instance_count=2)}),
    ("request_settings", {"request_settings": RequestSettings(request_timeout_ms=1)}),
    ("liveness_probe", {"liveness_probe": Probe(period=1)}),
    ("readiness_probe", {"readiness_probe": Probe(period=1)}),
    ("resource_requirements", {"resource_requirements": ResourceRequirements(cpu=1)}),
    ("app_insights_enabled", {"app_insights_enabled": True}),
    ("description", {"description": "a first try"}),
    ("tags", {"tags": {"team": "houses"}}),
    ("properties", {"properties": {"stage": "test"}}),
]


@pytest.mark.parametrize(("aspect", "change"), CHANGES, ids=lambda each: str(each)[:40])
def test_a_change_is_a_difference_in_its_aspect_alone(aspect: str, change: dict[str, Any]) -> None:
    there, wanted = deployment(), deployment(**change)
    assert different(wanted, there) == [aspect]


def test_routes_of_a_container_are_an_aspect_of_their_own() -> None:
    wanted = deployment(environment=environment(inference_config=OWN_ROUTES))
    assert different(wanted, deployment()) == ["inference_config"]


def test_where_an_assets_files_stand_is_no_difference() -> None:
    wanted = deployment(
        model=model(path=Path("/elsewhere/model.pkl")),
        code=code(path=Path("/elsewhere/onlinescoring")),
    )
    assert different(wanted, deployment()) == []


def test_aspects_that_the_driver_does_not_honour_are_no_difference() -> None:
    wanted = deployment(instance_type="Standard_F4s_v2", scoring_script="main.py")
    there = observed_deployment(deployment())
    assert differences(wanted, there, frozenset({"scoring_script"})) == ["scoring_script"]


def test_every_field_of_a_deployment_that_makes_it_what_it_is_is_compared() -> None:
    beside = {"name", "secrets", "tests", "collected", "edited", "dropped"}
    assert {each.name for each in fields(Deployment)} - beside == EVERY_ASPECT - {
        "inference_config"  # of the environment
    }


def test_which_variables_are_secret_is_no_difference() -> None:
    wanted = replace(deployment(), secrets=frozenset({"KEY"}))
    assert different(wanted, deployment()) == []


SAID = deployment(
    description="a first try",
    tags={"team": "houses", "stage": "test"},
    request_settings=RequestSettings(request_timeout_ms=60_000),
    liveness_probe=Probe(period=7, timeout=3),
    app_insights_enabled=True,
    resource_requirements=ResourceRequirements(cpu=1),
)
SILENT: list[tuple[str, dict[str, Any]]] = [
    ("model", {"model": None}),
    ("code", {"code": None}),
    ("scoring_script", {"scoring_script": None}),
    ("environment", {"environment": None}),
    ("request_settings", {"request_settings": None}),
    ("liveness_probe", {"liveness_probe": Probe(period=7)}),
    ("resource_requirements", {"resource_requirements": None}),
    ("app_insights_enabled", {"app_insights_enabled": None}),
    ("description", {"description": None}),
    ("tags", {"tags": {"team": "houses"}}),
]


@pytest.mark.parametrize(("aspect", "silence"), SILENT, ids=lambda each: str(each)[:40])
def test_what_was_never_said_is_no_difference_and_what_is_said_no_longer_is(
    aspect: str, silence: dict[str, Any]
) -> None:
    wanted = replace(SAID, **silence)
    assert different(wanted, SAID) == []
    assert different(wanted, SAID, said=of_deployment(aspects(SAID))) == [aspect]
    assert different(replace(wanted, edited=True), SAID) == [aspect]


def test_variables_are_the_whole_truth() -> None:
    there = deployment(environment_variables={"COLOUR": "blue"})
    assert different(deployment(), there) == ["environment_variables"]


def test_a_count_that_is_said_no_longer_is_left_to_an_autoscaler() -> None:
    three = ScaleSettings(scale_type="manual", instance_count=3)
    there = deployment(scale_settings=three)
    assert different(deployment(), there, said=of_deployment(aspects(there))) == []


@pytest.mark.parametrize(
    ("said", "settings", "expected"),
    [
        ({}, RequestSettings(max_queue_wait_ms=0), []),
        ({}, RequestSettings(max_queue_wait_ms=500), ["request_settings"]),
        ({"request_settings.max_queue_wait_ms": 500}, RequestSettings(max_queue_wait_ms=500), []),
        (
            {"request_settings.max_queue_wait_ms": 500},
            RequestSettings(max_queue_wait_ms=900),
            ["request_settings"],
        ),
    ],
)
def test_a_value_that_the_service_was_sent_and_does_not_keep_is_not_sent_for_ever(
    said: dict[str, Any], settings: RequestSettings, expected: list[str]
) -> None:
    assert different(deployment(request_settings=settings), deployment(), said=said) == expected
