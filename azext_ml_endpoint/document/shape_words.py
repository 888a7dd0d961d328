"""What a value that breaks a JSON schema is told, in the words of the person who wrote it.

The words come from the schema itself: ``title`` names things, ``patternErrorMessage`` (which
editors show as well) says what a pattern wants, ``examples`` show it.
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from azext_ml_endpoint.document import schemas
from azext_ml_endpoint.document.spot import DocumentPath, Spot, shown

_TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
}


@dataclass(frozen=True)
class Cause:
    """One broken rule of a schema.

    rule: the schema's keyword. path: where the value stands below what is checked.
    schema: the part of the schema that has the keyword.
    alternatives: for ``anyOf``, the parts of which none fits.
    of_key: the value is a key of the mapping at the path.
    """

    rule: str
    path: DocumentPath
    value: Any
    schema: Mapping[str, Any]
    alternatives: Sequence[Mapping[str, Any]] = ()
    of_key: bool = False


def unknown_key(key: str, cause: Cause, absent: Iterable[str]) -> str:
    """``absent`` are the keys that may be meant."""
    message = f"'{key}' is no key of {_thing(cause)}"
    owners = _owners().get(key, ())
    if 1 <= len(owners) <= 2:
        return f"{message}; it belongs to {_list(map(_with_article, owners), 'or')}"
    similar = difflib.get_close_matches(key, absent, n=1)
    return f"{message}; did you mean '{similar[0]}'?" if similar else message


def is_known(key: str) -> bool:
    """Whether something in an endpoint document has such a key."""
    return key in _owners()


def bad_key(cause: Cause) -> str:
    return f"{cause.value!r} cannot be used: {cause.schema['patternErrorMessage']}"


def bad_value(spot: Spot, cause: Cause) -> tuple[str, str | None]:
    """The message, and a hint where there is one."""
    subject = spot.key or _thing(cause)
    if cause.rule == "required":
        return _incomplete(cause), None
    if spot.node.value is None:
        message = f"{subject} has no value; it must be {_wanted(cause)}"
        return message, _about_nothing(spot, cause)
    if cause.rule == "minLength":
        return f"{subject} must not be empty", None
    value = shown(spot.node)
    if cause.rule == "pattern":
        return f"{subject} cannot be {value}: {cause.schema['patternErrorMessage']}", None
    similar = _similar(spot, cause)
    return f"{subject} must be {_wanted(cause)}, not {value}{similar}", _about_quotes(spot, cause)


def _incomplete(cause: Cause) -> str:
    thing = _thing(cause)
    missing = [repr(key) for key in cause.schema["required"] if key not in cause.value]
    return f"{thing} {'need' if thing.endswith('s') else 'needs'} {_list(missing, 'and')}"


def _wanted(cause: Cause) -> str:
    schema = cause.schema
    if cause.rule in ("type", "anyOf"):
        types = [word for each in cause.alternatives or [schema] for word in _types(each)]
        return _list(dict.fromkeys(types), "or")
    if cause.rule == "enum":
        return _list(map(repr, schema["enum"]), "or")
    if "exclusiveMinimum" in schema:
        return f"more than {schema['exclusiveMinimum']}"
    if "maximum" in schema:
        return f"between {schema['minimum']} and {schema['maximum']}"
    return f"at least {schema['minimum']}"


def _types(schema: Mapping[str, Any]) -> Iterable[str]:
    types = schema.get("type", [])
    for name in [types] if isinstance(types, str) else types:
        if name == "string" and "examples" in schema:
            example = next((text for text in schema["examples"] if isinstance(text, str)), "")
            yield f"a string such as {example!r}"
        elif name != "null":
            yield _TYPES[name]


def _similar(spot: Spot, cause: Cause) -> str:
    if cause.rule != "enum" or not spot.text or spot.node.secret:
        return ""
    similar = difflib.get_close_matches(spot.text.lower(), cause.schema["enum"], n=1)
    return f"; did you mean '{similar[0]}'?" if similar else ""


def _about_quotes(spot: Spot, cause: Cause) -> str | None:
    value, wanted = spot.node.value, cause.schema.get("type", "")
    if cause.rule != "type" or spot.node.secret:
        return None
    if isinstance(value, bool | int | float) and "string" in wanted:
        return "Put it in quotes."
    if isinstance(value, str) and value.isdigit() and wanted == "integer":
        return "Take the quotes away."
    return None


def _about_nothing(spot: Spot, cause: Cause) -> str | None:
    """Where any scalar counts as a text, the word for nothing may be meant as one too."""
    if not {"string", "boolean"}.issubset(cause.schema.get("type", ())):
        return None
    return f'If it is a text, put it in quotes: "{spot.node.written or ""}".'


def _thing(cause: Cause) -> str:
    return _with_article(cause.schema["title"])


def _with_article(title: str) -> str:
    """``Scale settings`` are many and have none."""
    title = title[0].lower() + title[1:]
    if title.endswith("s"):
        return title
    return f"{'an' if title[0] in 'aeio' else 'a'} {title}"


def _list(words: Iterable[str], conjunction: str) -> str:
    """``a``, ``a or b``, ``a, b or c``."""
    *others, last = words
    return f"{', '.join(others)} {conjunction} {last}" if others else last


@functools.cache
def _owners() -> Mapping[str, tuple[str, ...]]:
    """For each key of an endpoint document, the titles of the things that have it."""
    endpoint = schemas.load("online-endpoint")
    things = [part for part in endpoint["$defs"].values() if "properties" in part]
    owners: dict[str, tuple[str, ...]] = {}
    for thing in [endpoint, *things]:
        for key in thing["properties"]:
            owners[key] = (*owners.get(key, ()), thing["title"])
    return owners
