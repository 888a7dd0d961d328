"""Values as the official extension reads them, which is more freely than this format does.

Its schemas (azure-ai-ml, over marshmallow) take ``AMLToken`` for aml_token, quoted integers and
booleans, and numbers for versions. What a value is to be, the schema of this format says: the
walk follows it. A value that is nothing of the kind stays, and is judged with all else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Literal

from azext_ml_endpoint.document import schemas
from azext_ml_endpoint.document.finding import Finding
from azext_ml_endpoint.document.node import Node
from azext_ml_endpoint.document.spot import Spot

Schema = Mapping[str, Any]

ANSWERS = frozenset(
    {
        "creation_context",
        "id",
        "intellectual_property",
        "job_name",
        "kind",
        "latest_version",
        "openapi_uri",
        "provisioning_state",
        "scoring_uri",
        "swagger_uri",
        "utc_time_created",
    }
)
"""What the official tools print of a resource, and do not read."""

_BOOLEANS: Mapping[str, bool] = {
    **dict.fromkeys(("t", "true", "on", "y", "yes", "1"), True),
    **dict.fromkeys(("f", "false", "off", "n", "no", "0"), False),
}
_NOTHING: Schema = {}


def settled(node: Node, part: Literal["endpoint", "deployment"]) -> tuple[Node, list[Finding]]:
    """The tree with values of this format, without what only Azure says, and what is told of it."""
    endpoint = schemas.load("online-endpoint")
    told: list[Finding] = []
    schema = endpoint if part == "endpoint" else endpoint["$defs"][part]
    return _settled(Spot(node), schema, told), told


def worded(node: Node, part: Literal["endpoint", "deployment"]) -> Node:
    """The tree with the words of this format: ``Key`` is key in the files of 2021 too."""
    endpoint = schemas.load("online-endpoint")
    return _worded(Spot(node), endpoint if part == "endpoint" else endpoint["$defs"][part])


def _worded(spot: Spot, schema: Schema) -> Node:
    node, schema = spot.node, _followed(schema, spot.node)
    if isinstance(node.value, dict):
        known = schema.get("properties", _NOTHING)
        value = {
            key: _worded(each, known.get(key, _NOTHING))
            for key, each in zip(node.value, spot.below(), strict=True)
        }
        return replace(node, value=value)
    if isinstance(node.value, list):
        items = schema.get("items", _NOTHING)
        return replace(node, value=[_worded(each, items) for each in spot.below()])
    word = one_of(node, schema["enum"]) if "enum" in schema else None
    return replace(node, value=word) if word else node


def one_of(node: Node, words: Iterable[str]) -> str | None:
    """The word that the text is, in snake_case, camelCase, PascalCase or capitals."""
    text = node.value
    if not isinstance(text, str):
        return None
    return next((word for word in words if _folded(word) == _folded(text)), None)


def _folded(text: str) -> str:
    return text.replace("_", "").replace(" ", "").lower()


def _settled(spot: Spot, schema: Schema, told: list[Finding]) -> Node:
    node, schema = spot.node, _followed(schema, spot.node)
    if isinstance(node.value, dict):
        return _mapping(spot, schema, told)
    if isinstance(node.value, list):
        items = [_settled(each, schema.get("items", _NOTHING), told) for each in spot.below()]
        return replace(node, value=items)
    return replace(node, value=_scalar(node, schema))


def _followed(schema: Schema, node: Node) -> Schema:
    """The schema that is referred to, or the alternative that knows the keys of a mapping."""
    if "$ref" in schema:
        name = str(schema["$ref"]).removeprefix("#/$defs/")
        return _followed(schemas.load("online-endpoint")["$defs"][name], node)
    if "anyOf" in schema and isinstance(node.value, dict):
        followed = [_followed(each, node) for each in schema["anyOf"]]
        return next((each for each in followed if "properties" in each), _NOTHING)
    return schema


def _mapping(spot: Spot, schema: Schema, told: list[Finding]) -> Node:
    known, others = schema.get("properties"), schema.get("additionalProperties")
    below = {str(each.path[-1]): each for each in spot.below()}
    if known is not None:
        answers = [key for key in below if _is_answer(key, known)]
        told += _left_out(spot, answers)
        below = {key: each for key, each in below.items() if key not in (*answers, "$schema")}
    rest = others if isinstance(others, Mapping) else _NOTHING
    value = {
        key: _settled(each, (known or _NOTHING).get(key, rest), told) for key, each in below.items()
    }
    return replace(spot.node, value=value)


def _is_answer(key: str, known: Schema) -> bool:
    return key in ANSWERS or known.get(key, _NOTHING).get("$ref") == "#/$defs/answer"


def _left_out(spot: Spot, answers: list[str]) -> list[Finding]:
    if not answers:
        return []
    *others, last = answers
    subject = f"{', '.join(others)} and {last} are" if others else f"{last} is"
    place = spot.node.keys.get(answers[0], spot.node.place)
    message = f"{subject} left out: Azure answers so, and no file can set it"
    return [spot.finding(message, place=place, severity="warning")]


def _scalar(node: Node, schema: Schema) -> Any:
    value, types = node.value, schema.get("type", ())
    types = {types} if isinstance(types, str) else set(types)
    if "enum" in schema:
        return one_of(node, schema["enum"]) or value
    if types == {"boolean"}:
        return boolean(value)
    if types == {"integer"}:
        return _integer(value)
    if types == {"integer", "string"} and isinstance(value, float):
        return str(value)
    return value


def boolean(value: Any) -> Any:
    """True or False for what the official schemas take for it; all else stays as it is."""
    is_like_one = isinstance(value, str | int)
    return _BOOLEANS.get(str(value).lower(), value) if is_like_one else value


def _integer(value: Any) -> Any:
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    try:
        return int(value) if isinstance(value, str) else value
    except ValueError:
        return value
