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
from tests.fakes.builders import (
    EVERY_ASPECT,
    OWN_ROUTES,
    code,
    deployment,
    environment,
    model,
    reference,
)

CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("model", {"model": model("model-2")}),
    ("model", {"model": model(version="2")}),
    ("model", {"model": reference()}),
    ("model", {"model": None}),
    ("code", {"code": code("code-2")}),
    ("code", {"code": code(path=Path("/work/another"))}),
    ("code", {"code": reference()}),
    ("scoring_script", {"scoring_script": "main.py"}),
    ("environment", {"environment": environment("environment-2")}),
    ("environment_variables", {"environment_variables": {"COLOUR": "blue"}}),
    ("instance_type", {"instance_type": "Standard_F4s_v2"}),
    ("scale_settings", {"scale_settings": ScaleSettings(instance_count=2)}),
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
    assert differences(aspects(wanted), aspects(there), EVERY_ASPECT) == [aspect]


def test_routes_of_a_container_are_an_aspect_of_their_own() -> None:
    wanted = deployment(environment=environment(inference_config=OWN_ROUTES))
    assert differences(aspects(wanted), aspects(deployment()), EVERY_ASPECT) == ["inference_config"]


def test_where_an_assets_files_stand_is_no_difference() -> None:
    wanted = deployment(
        model=model(path=Path("/elsewhere/model.pkl")),
        code=code(path=Path("/elsewhere/onlinescoring")),
    )
    assert differences(aspects(wanted), aspects(deployment()), EVERY_ASPECT) == []


def test_aspects_that_the_driver_does_not_honour_are_no_difference() -> None:
    wanted = deployment(instance_type="Standard_F4s_v2", scoring_script="main.py")
    there = aspects(deployment())
    assert differences(aspects(wanted), there, frozenset({"scoring_script"})) == ["scoring_script"]


def test_every_field_of_a_deployment_that_makes_it_what_it_is_is_compared() -> None:
    beside = {"name", "secrets", "tests"}
    assert {each.name for each in fields(Deployment)} - beside == EVERY_ASPECT - {
        "inference_config"  # of the environment
    }


def test_which_variables_are_secret_is_no_difference() -> None:
    wanted = replace(deployment(), secrets=frozenset({"KEY"}))
    assert differences(aspects(wanted), aspects(deployment()), EVERY_ASPECT) == []
