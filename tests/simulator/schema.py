"""Words for :mod:`.fields`, which are JSON Schema, and the check of a body against them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import ValidationError

from tests.simulator.message import Json
from tests.simulator.refusal import Refusal, detail

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
INTEGER: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
BOOLEAN: Schema = {"type": "boolean"}
ANYTHING: Schema = {}
_DURATION = r"^P(?!$)(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$"
DURATION: Schema = {"type": "string", "pattern": _DURATION}
READ_ONLY: Schema = {"readOnly": True}


def enum(*values: str) -> Schema:
    return {"enum": list(values)}


def listing(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def mapping(of: Schema) -> Schema:
    return {"type": "object", "additionalProperties": of}


def record(*required: str, **members: Schema) -> Schema:
    """An object with these members and no others."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": members,
    }


def open_record(*required: str, **members: Schema) -> Schema:
    """An object with these members and any others."""
    return record(*required, **members) | {"additionalProperties": True}


def extended(base: Schema, *required: str, **members: Schema) -> Schema:
    """A record with more members, or others in their place."""
    return record(*base["required"], *required, **(base["properties"] | members))


def whole(low: int, high: int) -> Schema:
    return {"type": "integer", "minimum": low, "maximum": high}


def seconds(duration: str) -> float:
    """Of an ISO-8601 duration that DURATION has let through."""
    match = re.match(_DURATION, duration)
    numbers = match.groups("0") if match else ("0",) * 4
    units = (86400, 3600, 60, 1)
    return sum(float(number) * unit for number, unit in zip(numbers, units, strict=True))


def check(body: object, schema: Schema) -> Json:
    """The body without its nulls, which mean the same as no value. Raises a 400."""
    given = without_nulls(body)
    problems = sorted(_Validator(schema).iter_errors(given), key=lambda each: each.json_path)
    if problems:
        details = [_detail(problem) for problem in problems]
        raise Refusal(400, "BadRequest", details[0]["message"], details=details)
    return dict(given)


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_nulls(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [without_nulls(each) for each in value]
    return value


def _refuse_read_only(
    validator: Any, value: bool, instance: object, schema: Schema
) -> Iterator[ValidationError]:
    if value:
        yield ValidationError("is read-only and must not be sent")


_Validator = validators.extend(  # type: ignore[no-untyped-call]
    Draft202012Validator, {"readOnly": _refuse_read_only}
)


def _detail(problem: ValidationError) -> Json:
    path = problem.json_path.removeprefix("$").lstrip(".")
    return detail("InvalidInput", f"{problem.message}. Path '{path}'.", path or None)
