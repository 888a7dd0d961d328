"""The schemas are sound by themselves, and serve editors as well as validation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from azext_ml_endpoint.document import schemas

NAMES = [path.stem for path in sorted(schemas.FOLDER.glob("*.json"))]

# What a document of 2021 can say.
FIELDS = {
    "onlineEndpoint": "$schema auth_mode deployments description id identity location name"
    " properties provisioning_state scoring_uri swagger_uri tags target traffic type",
    "deployment": "$schema app_insights_enabled code_configuration environment"
    " environment_variables id instance_type liveness_probe model name properties"
    " provisioning_state readiness_probe request_settings resource_requirements scale_settings"
    " tags type",
    "model": "$schema creation_context datastore description flavors id local_path name path"
    " properties tags utc_time_created version",
    "codeConfiguration": "$schema code scoring_script",
    "code": "$schema arm_id creation_context description id local_path name path tags version",
    "environment": "$schema conda_file creation_context description docker id inference_config"
    " name os_type path tags version",
    "docker": "build image",
    "inferenceConfig": "liveness_route readiness_route scoring_route",
    "route": "path port",
    "probe": "failure_threshold initial_delay period success_threshold timeout",
    "requestSettings": "max_concurrent_requests_per_instance max_queue_wait_ms request_timeout_ms",
    "scaleSettings": "instance_count max_instances min_instances polling_interval scale_type"
    " target_utilization_percentage",
    "resourceRequirements": "cpu cpu_cores_limit gpu memory_in_gb memory_in_gb_limit",
    "identity": "principal_id tenant_id type user_assigned_identities",
}


def _registry() -> Registry[Any]:
    files = [(f"{name}.json", DRAFT202012.create_resource(schemas.load(name))) for name in NAMES]
    return Registry().with_resources(files)


def _parts(schema: Any) -> Iterator[dict[str, Any]]:
    """The schema and all schemas in it, for the keywords that are used."""
    yield schema
    for keyword in ("$defs", "properties"):
        for below in schema.get(keyword, {}).values():
            yield from _parts(below)
    for below in schema.get("anyOf", ()):
        yield from _parts(below)
    for keyword in ("items", "additionalProperties", "propertyNames"):
        if isinstance(schema.get(keyword), dict):
            yield from _parts(schema[keyword])


def test_these_are_the_schemas() -> None:
    assert NAMES == ["conda", "environment", "model", "online-deployment", "online-endpoint"]


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_one(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schemas.load(name))
    assert schemas.load(name)["description"]


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_refuses_a_text_by_itself(name: str) -> None:
    """So all its references lead somewhere."""
    validator = jsonschema.Draft202012Validator(schemas.load(name), registry=_registry())
    assert [error.validator for error in validator.iter_errors("text")] == ["type"]


@pytest.mark.parametrize("name", NAMES)
def test_examples_and_defaults_are_good_ones(name: str) -> None:
    definitions = schemas.load("online-endpoint")["$defs"]
    for part in _parts(schemas.load(name)):
        values = [*part.get("examples", ()), *([part["default"]] if "default" in part else [])]
        validator = jsonschema.Draft202012Validator({**part, "$defs": definitions})
        for value in values:
            validator.validate(value)


@pytest.mark.parametrize("name", NAMES)
def test_every_mapping_has_a_title_and_every_pattern_an_explanation(name: str) -> None:
    for part in _parts(schemas.load(name)):
        if "properties" in part:
            assert part["title"]
            assert part["additionalProperties"] is False
        if "pattern" in part:
            assert part["patternErrorMessage"]


@pytest.mark.parametrize("section", FIELDS)
def test_every_field_of_the_format_is_known(section: str) -> None:
    endpoint = schemas.load("online-endpoint")
    part = endpoint if section == "onlineEndpoint" else endpoint["$defs"][section]
    assert part["properties"].keys() >= set(FIELDS[section].split())


def test_every_field_is_described() -> None:
    endpoint = schemas.load("online-endpoint")
    for part in _parts(endpoint):
        for key, field in part.get("properties", {}).items():
            target = endpoint["$defs"].get(field.get("$ref", "").rpartition("/")[2], {})
            assert "description" in field or "description" in target, f"{part['title']}: {key}"
