from __future__ import annotations

import json
from typing import Any

import pytest

from azext_ml_endpoint import swagger
from azext_ml_endpoint.swagger import Unusable

INPUT: dict[str, Any] = {
    "type": "object",
    "required": ["data"],
    "properties": {
        "data": {"type": "array", "items": {"type": "array", "items": {"type": "number"}}},
        "unit": {"type": "string", "nullable": True},
    },
}
TWO: dict[str, Any] = {
    "swagger": "2.0",
    "paths": {
        "/": {"get": {}},
        "/score": {
            "post": {
                "parameters": [
                    {"in": "header", "name": "x"},
                    {"in": "body", "name": "p", "schema": {"$ref": "#/definitions/Input"}},
                ]
            }
        },
    },
    "definitions": {"Input": INPUT},
}
THREE: dict[str, Any] = {
    "openapi": "3.0.3",
    "paths": {
        "/score": {
            "post": {
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Input"}}
                    }
                }
            }
        }
    },
    "components": {"schemas": {"Input": INPUT}},
}


def faults(description: Any, body: Any, path: str = "/score") -> list[str]:
    text = description if isinstance(description, bytes) else json.dumps(description).encode()
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return swagger.faults(text, path, sent)


@pytest.mark.parametrize("description", [TWO, THREE])
def test_what_fits_has_no_faults(description: Any) -> None:
    assert faults(description, {"data": [[1, 2.5]], "more": 1}) == []


@pytest.mark.parametrize("description", [TWO, THREE])
@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({}, "$: 'data' is a required property"),
        ({"data": [[1, "2"]]}, "$.data[0][1]: '2' is not of type 'number'"),
        ([], "$: [] is not of type 'object'"),
        (b"{", "it is not JSON"),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(description: Any, body: Any, fault: str) -> None:
    assert faults(description, body) == [fault]


def test_null_is_what_may_be_null() -> None:
    assert faults(THREE, {"data": [], "unit": None}) == []
    assert faults(THREE, {"data": None}) == ["$.data: None is not of type 'array'"]


def test_many_faults_are_counted() -> None:
    found = faults(TWO, {"data": [["x"]] * 14})
    assert len(found) == 11 and found[-1] == "and 4 more"


def test_the_only_post_counts_whatever_its_path() -> None:
    assert faults(TWO, {}, path="/predict") == faults(TWO, {})
    two = {**TWO, "paths": {**TWO["paths"], "/b": TWO["paths"]["/score"]}}
    with pytest.raises(Unusable, match="says nothing of requests to /predict"):
        faults(two, {}, path="/predict")


@pytest.mark.parametrize(
    "description",
    [
        b"<html>",
        [],
        {},
        {"paths": []},
        {"paths": {"/score": {"post": []}}},
        {"paths": {"/score": {"post": {}}}},
        {"paths": {"/score": {"post": {"requestBody": {"content": {"text/csv": {}}}}}}},
        {**TWO, "definitions": {"Input": {"$ref": "http://example.com/schema.json"}}},
        {**TWO, "definitions": {"Input": {"$ref": "file:///etc/passwd"}}},
        {**TWO, "definitions": {}},
        {**TWO, "definitions": {"Input": {"type": "no type"}}},
        {**TWO, "definitions": {"Input": {"$ref": "#/definitions/Input"}}},
    ],
)
def test_what_cannot_be_used_is_said(description: Any) -> None:
    with pytest.raises(Unusable):
        faults(description, {"data": []})


def test_what_is_nested_without_end_is_left() -> None:
    deep: Any = {}
    for _ in range(500):
        deep = {"a": deep}
    with pytest.raises(Unusable):
        faults({**TWO, "x": deep}, {})


def sample(description: Any, path: str = "/score") -> Any:
    return swagger.sample(json.dumps(description).encode(), path)


def with_schema(schema: Any) -> Any:
    return {**TWO, "definitions": {"Input": schema}}


@pytest.mark.parametrize("description", [TWO, THREE])
def test_a_sample_is_made_of_the_types_and_fits(description: Any) -> None:
    made = sample(description)
    assert made == {"data": [[0.0]], "unit": ""}
    assert faults(description, made) == []


@pytest.mark.parametrize(
    ("schema", "made"),
    [
        ({**INPUT, "example": {"data": [[1, 2]]}}, {"data": [[1, 2]]}),
        ({"type": "object", "properties": {"a": {"example": 3}}}, {"a": 3}),
        ({"type": "object"}, {}),
        ({"enum": ["b", "c"]}, "b"),
        ({"type": "integer", "default": 7}, 7),
        ({"type": "boolean"}, False),
        ({}, None),
    ],
)
def test_an_example_goes_before_types(schema: Any, made: Any) -> None:
    assert sample(with_schema(schema)) == made


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/definitions/Input"},
        {"$ref": "#/definitions/None"},
        {"type": "array"},
        {"type": "object", "properties": {"a": {"$ref": "#/definitions/Input"}}},
        {"type": "object", "properties": {str(n): {"type": "string"} for n in range(2000)}},
    ],
)
def test_what_leads_nowhere_or_on_and_on_has_no_sample(schema: Any) -> None:
    with pytest.raises(Unusable, match="has no example, and none can be made"):
        sample(with_schema(schema))


# What the inference server says of a script that says nothing

UNDESCRIBED = {"type": "object", "example": {}}


@pytest.mark.parametrize("body", [[1, 2], {"data": 1}, "text", None])
def test_a_script_that_describes_nothing_may_take_anything(body: Any) -> None:
    silent = {**TWO, "definitions": {"Input": UNDESCRIBED}}
    with pytest.raises(Unusable, match="says nothing of requests to /score"):
        faults(silent, body)
    with pytest.raises(Unusable, match="says nothing of requests to /score"):
        swagger.sample(json.dumps(silent).encode(), "/score")


@pytest.mark.parametrize("value", [[1, 2], {"a": 1}, "text"])
def test_so_may_a_part_of_a_request(value: Any) -> None:
    told = {"type": "object", "required": ["data"], "properties": {"data": UNDESCRIBED}}
    partly = {**TWO, "definitions": {"Input": told}}
    assert faults(partly, {"data": value}) == []
    assert faults(partly, {"dada": value}) == ["$: 'data' is a required property"]


def test_an_object_that_is_described_is_one() -> None:
    plain = {**TWO, "definitions": {"Input": {"type": "object"}}}
    assert faults(plain, [1]) == ["$: [1] is not of type 'object'"]
