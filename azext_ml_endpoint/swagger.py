"""Whether a request is what a deployment says of itself that it takes, and one that is. Pure.

The description is OpenAPI 3 (``requestBody``) or Swagger 2 (a parameter in the body): the inference
server makes one from a script's own, or from ``inference-schema``, and so do web frameworks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from azext_ml_endpoint import foreign_json

_MOST = 10
"""Faults that are told."""
_MOST_MADE = 1_000
"""Values of a sample that is made up."""
_SHARED = ("definitions", "components")
_DEEP = 100


class Unusable(Exception):
    """Its text completes a sentence that begins with the description."""


def faults(description: bytes, path: str, body: bytes) -> list[str]:
    """What does not fit, each with its place in the request; none where it fits.

    path: at which requests are scored. Raises Unusable where the description says nothing of it.
    """
    document = _document(description)
    schema = _schema(document, path)
    try:
        data = foreign_json.loads(body)
    except ValueError:
        return ["it is not JSON"]
    found = [f"{error.json_path}: {error.message}" for error in _errors(document, schema, data)]
    more = [f"and {len(found) - _MOST} more"] if len(found) > _MOST else []
    return [*found[:_MOST], *more]


def sample(description: bytes, path: str) -> Any:
    """A request that fits: the description's own example, else one made up of its types.

    Raises Unusable as :func:`faults`, and where nothing can be made of it.
    """
    document = _document(description)
    return _Maker(document).value(_schema(document, path), 0)


class _Maker:
    """Makes values up. A description that goes in circles, or on and on, makes none."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._made = 0

    def value(self, schema: Any, depth: int) -> Any:
        self._made += 1
        if depth > _DEEP or self._made > _MOST_MADE or not isinstance(schema, dict):
            raise Unusable("has no example, and none can be made")
        if "$ref" in schema:
            return self.value(_meant(self._document, schema), depth + 1)
        for name in ("example", "x-example", "default"):
            if name in schema:
                return schema[name]
        if isinstance(schema.get("enum"), list) and schema["enum"]:
            return schema["enum"][0]
        return self._typed(schema, depth)

    def _typed(self, schema: Mapping[str, Any], depth: int) -> Any:
        properties = schema.get("properties")
        if isinstance(properties, dict):
            return {name: self.value(each, depth + 1) for name, each in properties.items()}
        if schema.get("type") == "array":
            return [self.value(schema.get("items"), depth + 1)]
        plain = {"string": "", "integer": 0, "number": 0.0, "boolean": False, "object": {}}
        return plain.get(str(schema.get("type")))


def _meant(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Any:
    """What it refers to; itself where it refers to nothing."""
    if "$ref" not in schema:
        return schema
    found: Any = document
    for part in str(schema["$ref"]).removeprefix("#/").split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _document(description: bytes) -> dict[str, Any]:
    try:
        document = foreign_json.loads(description)
    except ValueError:
        document = None
    if not isinstance(document, dict) or not isinstance(document.get("paths"), dict):
        raise Unusable("is no description of an API")
    if any(not str(each).startswith("#/") for each in _references(document, 0)):
        raise Unusable("refers to descriptions elsewhere, which are not fetched")
    return document


def _references(node: Any, depth: int) -> Iterator[Any]:
    if depth > _DEEP:
        raise Unusable("is nested too deep")
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        node = list(node.values())
    for each in node if isinstance(node, list) else ():
        yield from _references(each, depth + 1)


def _schema(document: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    """Of the body of a POST at this path; or at the only one that there is."""
    posts = {name: each["post"] for name, each in document["paths"].items() if _takes_posts(each)}
    there = posts.get(path) or (next(iter(posts.values())) if len(posts) == 1 else None)
    found = _of_body(there) if isinstance(there, dict) else None
    if not isinstance(found, dict) or _is_nothing(_meant(document, found)):
        raise Unusable(f"says nothing of requests to {path}")
    return found


def _is_nothing(schema: Any) -> bool:
    """What the inference server says of what a script does not describe, and takes whatever it is:
    an object."""
    return bool(schema == {"type": "object", "example": {}})


def _takes_posts(operations: object) -> bool:
    return isinstance(operations, dict) and "post" in operations


def _of_body(operation: Mapping[str, Any]) -> Any:
    content = (operation.get("requestBody") or {}).get("content") or {}
    if "application/json" in content:
        return content["application/json"].get("schema")
    parameters = [each for each in operation.get("parameters") or () if each.get("in") == "body"]
    return parameters[0].get("schema") if parameters else None


def _errors(document: Mapping[str, Any], schema: Mapping[str, Any], data: Any) -> list[Any]:
    """Both formats are dialects of JSON Schema's draft 4, whose null is ``nullable``."""
    from jsonschema import Draft4Validator
    from jsonschema.exceptions import SchemaError

    shared = {name: document[name] for name in _SHARED if name in document}
    whole = {"allOf": [schema], **shared}
    try:
        Draft4Validator.check_schema(whole)
        found = Draft4Validator(whole).iter_errors(data)
        return [each for each in found if not (_is_null(each) or _is_nothing(each.schema))]
    except (SchemaError, RecursionError) as error:
        raise Unusable("has a schema that is none") from error
    except Exception as error:  # a reference that leads nowhere has a type of its library's own
        raise Unusable(f"cannot be followed: {error}") from error


def _is_null(error: Any) -> bool:
    may_be = error.schema.get("nullable") or error.schema.get("x-nullable")
    return error.instance is None and bool(may_be)
