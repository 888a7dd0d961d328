"""A deployment's key is written once: what derives from its field, and what must not be forgotten.

A new key is a field of :class:`Deployment` with its kind, a property of the schema, a line of
``cloud/wire/keys.py`` and a row of README's table. Each of these tests names what is missing.
"""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.cloud.wire import deployment as wire
from azext_ml_endpoint.cloud.wire import document, dump, keys
from azext_ml_endpoint.cloud.wire import endpoint as endpoints
from azext_ml_endpoint.document import schemas
from azext_ml_endpoint.document.model import (
    ASSETS,
    ENDPOINT_KEYS,
    ENDPOINT_PLAIN,
    KEYS,
    PLAIN,
    SECTIONS,
    TEXTS,
    Deployment,
    Endpoint,
)
from azext_ml_endpoint.plan.aspects import aspects, of_endpoint
from azext_ml_endpoint.plan.memory import USUAL_OF_ENDPOINTS
from tests.fakes.simulated_arm import WORKSPACE
from tests.unit.cloud.wire.answers import answered

REPOSITORY = Path(__file__).parents[2]
OF_THE_TOOL = {"name", "secrets", "tests", "collected", "edited", "dropped"}
"""Fields that are no keys, or are about the document only."""
OF_ASSETS = {"code", "scoring_script"}
"""In the document they stand below code_configuration."""
DATA = f"{WORKSPACE.id}/data/d/versions/1"
COLLECTOR = {
    "collections": {"request": {"enabled": True, "data": DATA}, "own": {"enabled": False}},
    "sampling_rate": 0.5,
    "rolling_rate": "day",
    "request_logging": {"capture_headers": ["x-trace"]},
}
PATHS = {each.path for each in keys.TABLE}


def leaves() -> list[str]:
    """Every place in a deployment that one value has."""
    below = [f"{key}.{each.name}" for key, kind in SECTIONS.items() for each in fields(kind)]
    return [*PLAIN, *below]


def test_every_field_is_of_a_kind() -> None:
    assert {each.name for each in fields(Deployment)} - OF_THE_TOOL == set(KEYS)
    assert set(KEYS) == {*ASSETS, *PLAIN, *SECTIONS, *TEXTS}


@pytest.mark.parametrize("path", leaves())
def test_every_key_has_its_place_in_arms_body(path: str) -> None:
    assert path in PATHS, f"cloud/wire/keys.py has no line for {path}"


def test_arms_body_has_no_key_that_the_document_does_not_know() -> None:
    assert set(leaves()) >= PATHS


@pytest.mark.parametrize("path", sorted(set(leaves()) - OF_ASSETS))
def test_every_key_is_in_the_schema(path: str) -> None:
    section, _, name = path.partition(".")
    schema: Any = schemas.load("online-endpoint")["$defs"]
    said = schema["deployment"]["properties"][section]
    if name:
        assert name in schema[said["$ref"].rpartition("/")[2]]["properties"]


@pytest.mark.parametrize("key", sorted(set(KEYS) - OF_ASSETS))
def test_every_key_is_in_the_readme(key: str) -> None:
    """In a row of the table, or in the example above it."""
    text = (REPOSITORY / "README.md").read_text("utf-8")
    table = text[text.index("## The YAML file") : text.index("## The code")]
    assert re.search(rf"(`{key}[`.]|^ *{key}:)", table, re.MULTILINE)


def value_of(key: keys.Key) -> Any:
    """One that ARM's body can have."""
    known = {"scale_settings.scale_type": "auto", "data_collector": COLLECTOR}
    numbers = [each for each in PATHS if "." in each]
    if key.path in known:
        return known[key.path]
    return 3 if key.path in numbers else True if "enabled" in key.path else "text"


@pytest.mark.parametrize("key", keys.TABLE, ids=lambda each: each.path)
def test_what_is_said_is_sent_seen_and_shown(key: keys.Key) -> None:
    """Through one key at a time: a spelling that is read otherwise than it is written is found."""
    section, _, name = key.path.partition(".")
    value = value_of(key)
    given = SECTIONS[section](**{name: value}) if name else value
    wanted = Deployment(name="blue", **{section: given})
    there = answered("blue", wire.body(wanted, "kubernetes", "eastus2", {}))
    if key.path == "scale_settings.instance_count":
        assert there["sku"]["capacity"] == value
    assert keys.get(aspects(wire.described(there)), tuple(key.path.split("."))) == value
    if section not in OF_ASSETS:
        assert keys.get(dump.deployment(there), tuple(key.path.split("."))) == value


# Of an endpoint


OF_OPTIONS = {"simulate"}
OF_THE_PLAN = {"traffic", "mirror_traffic", "deployments", "identity", "target", "kind", "location"}
"""Keys with steps or rules of their own, and those that are settled when it is made."""
EVERYWHERE = (*OF_THE_TOOL, *OF_THE_PLAN, *OF_OPTIONS)


def test_every_field_of_an_endpoint_is_of_a_kind() -> None:
    assert {each.name for each in fields(Endpoint)} - {*EVERYWHERE} == set(ENDPOINT_KEYS)
    assert set(ENDPOINT_PLAIN) == {each.path for each in keys.ENDPOINT_TABLE}


@pytest.mark.parametrize("key", ENDPOINT_KEYS)
def test_every_key_of_an_endpoint_is_in_the_schema_and_the_readme(key: str) -> None:
    assert key in schemas.load("online-endpoint")["properties"]
    test_every_key_is_in_the_readme(key)


@pytest.mark.parametrize("key", keys.ENDPOINT_TABLE, ids=lambda each: each.path)
def test_what_is_said_of_an_endpoint_is_sent_seen_and_shown(key: keys.Key) -> None:
    said = schemas.load("online-endpoint")["properties"][key.path].get("enum", ["text"])
    for value in said:
        wanted = Endpoint(name="houses", **{key.path: value})
        there = answered("houses", endpoints.created(wanted, WORKSPACE, "eastus2"))
        assert of_endpoint(endpoints.described(there))[key.path] == value
        assert dump.endpoint(there)[key.path] == value
        usual = value == USUAL_OF_ENDPOINTS.get(key.path)
        assert getattr(document.endpoint(there, [], WORKSPACE), key.path) == (
            None if usual else value
        )
        again = endpoints.changed(there, wanted)
        assert again["properties"] == endpoints.writable(there)["properties"]
