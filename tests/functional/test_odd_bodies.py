"""Live bodies that are spelled as nobody here would spell them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.fakes.cloud_world import CloudWorld
from tests.fakes.foreign_tool import GREEN, OTHERS, ForeignTool
from tests.fakes.simulated_arm import WORKSPACE
from tests.functional.test_foreign import require_no_loss
from tests.functional.test_live import done, made, written

__all__ = ["made"]  # a fixture
pytestmark = pytest.mark.usefixtures("samples")


def spell(azure: CloudWorld, path: str, properties: dict[str, Any], **more: Any) -> None:
    """``path`` of ``others`` becomes so without anybody's asking."""
    found = azure.simulator.backend.resources.find(f"{WORKSPACE.id}/{path}")
    assert found is not None
    own = found.body["properties"]
    for name, value in properties.items():
        sub = isinstance(value, dict) and isinstance(own[name], dict)
        own[name] = {**own[name], **value} if sub else value
    found.body.update(more)


@pytest.fixture
def others(made: CloudWorld) -> CloudWorld:
    ForeignTool(made.simulator).make({})
    return made


@pytest.mark.parametrize(
    "properties",
    [
        {"requestSettings": {"requestTimeout": "PT1M30S", "maxConcurrentRequestsPerInstance": 7.0}},
        {"readinessProbe": {"failureThreshold": 3.0, "period": "PT1M", "initialDelay": "P1D"}},
        {"description": "PT0S"},
        {"environmentVariables": {"A": "one\u2028two", "B": "\x85", "C": "a\n\u2029b"}},
        {"livenessProbe": {"failureThreshold": 9}, "readinessProbe": {"timeout": "PT0.5S"}},
    ],
    ids=str,
)
def test_other_spellings_are_exported_and_kept(
    others: CloudWorld, properties: dict[str, Any]
) -> None:
    spell(others, GREEN, properties)
    require_no_loss(others)


@pytest.mark.parametrize("zero", ["PT0.0S", "P0D", "PT0M", "PT0H0M0S", "P0DT0H"])
@pytest.mark.parametrize("key", ["requestTimeout", "maxQueueWait"])
def test_no_time_at_all_is_not_said_however_it_is_spelled(
    others: CloudWorld, zero: str, key: str
) -> None:
    spell(others, GREEN, {"requestSettings": {key: zero}, "livenessProbe": {"period": zero}})
    done("export", "-n", "others", "--out", "exported.yml")
    (green,) = yaml.safe_load(Path("exported.yml").read_text())["deployments"]
    assert not {"request_settings", "liveness_probe"} & set(green)
    assert written(others, "apply", "-f", "exported.yml") == []


def test_a_scale_that_is_a_float_is_a_number_of_instances(others: CloudWorld) -> None:
    spell(others, GREEN, {}, sku={"name": "Default", "tier": "Standard", "capacity": 2.0})
    require_no_loss(others)


def test_a_share_that_is_a_float_is_a_share(others: CloudWorld) -> None:
    spell(others, OTHERS, {"traffic": {"green": 100.0}})
    require_no_loss(others)


@pytest.mark.parametrize("path", [OTHERS, GREEN])
def test_a_tag_of_null_says_nothing_and_becomes_no_text(others: CloudWorld, path: str) -> None:
    spell(others, path, {}, tags={"none": None, "team": "theirs"})
    done("export", "-n", "others", "--out", "exported.yml")
    assert written(others, "apply", "-f", "exported.yml") == []
    place = "tags" if path == OTHERS else "deployments[0].tags"
    done("update", "-n", "others", "--set", f"{place}.one=1")
    tags = ForeignTool(others.simulator).settled(path)["tags"]
    assert tags["team"] == "theirs" and tags["one"] == "1"
    assert tags.get("none") is None


def test_an_edit_elsewhere_does_not_ask_for_what_was_missing_before(others: CloudWorld) -> None:
    spell(others, GREEN, {"environmentId": ""})
    before = ForeignTool(others.simulator).settled(GREEN)
    assert written(others, "update", "-n", "others", "-d", "green", "-i", "2") == [f"PATCH {GREEN}"]
    assert {**ForeignTool(others.simulator).settled(GREEN), "sku": 0} == {**before, "sku": 0}
