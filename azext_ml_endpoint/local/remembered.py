"""What was remembered, read again: one reader for Docker's labels and for the files of processes.

Both outlive the program that wrote them, and may be cut off, edited, or written by a newer one.
What nobody here knows is passed over; what has another type than it should damages the record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from azext_ml_endpoint import foreign_json
from azext_ml_endpoint.document.model import SECTIONS, InferenceConfig

Read = Callable[[Any, str], Any]
"""A value, and what people call it, to the value as it counts. Raises Damaged."""


class Damaged(Exception):
    """Its text says what is wrong, in words that follow the name of a file or a label."""


def parsed(content: str | bytes) -> Any:
    """Of JSON. Raises Damaged."""
    try:
        return foreign_json.loads(content)
    except ValueError as error:
        raise Damaged(f"is no JSON ({error})") from error


def properties(data: Any) -> dict[str, Any]:
    """Of an endpoint. Raises Damaged."""
    return dict(_ENDPOINT(data, "properties"))


def record(data: Any) -> dict[str, Any]:
    """Of a deployment. Raises Damaged."""
    return dict(_RECORD(data, "record"))


# The types


def text(value: Any, name: str) -> str:
    if isinstance(value, str):
        return value
    raise Damaged(f"has {_kind(value)} for {name}, where text belongs")


def name_of_something(value: Any, name: str) -> str:
    if text(value, name):
        return str(value)
    raise Damaged(f"has no {name}")


def number(value: Any, name: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise Damaged(f"has {_kind(value)} for {name}, where a number belongs")


def share(value: Any, name: str) -> int:
    if 0 <= number(value, name) <= 100:
        return int(value)
    raise Damaged(f"has {value} for {name}, which is no percentage")


def port(value: Any, name: str) -> int:
    if 0 < number(value, name) < 65536:
        return int(value)
    raise Damaged(f"has {value} for {name}, which is no port")


def moment(value: Any, name: str) -> str:
    """RFC 3339."""
    try:
        datetime.fromisoformat(text(value, name))
    except ValueError as error:
        raise Damaged(f"has {value!r} for {name}, which is no time") from error
    return str(value)


def texts(value: Any, name: str) -> list[str]:
    if isinstance(value, list):
        return [text(each, name) for each in value]
    raise Damaged(f"has {_kind(value)} for {name}, where a list belongs")


def mapping(value: Any, name: str) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    raise Damaged(f"has {_kind(value)} for {name}, where a mapping belongs")


def required(data: Mapping[str, Any], name: str, read: Read) -> Any:
    if name in data:
        return read(data[name], name)
    raise Damaged(f"says nothing of {name}")


def _anything(value: Any, _: str) -> Any:
    return value


def _scalar(value: Any, name: str) -> Any:
    if value is None or isinstance(value, (str, int, float)):
        return value
    raise Damaged(f"has {_kind(value)} for {name}")


def _or_none(read: Read) -> Read:
    return lambda value, name: None if value is None else read(value, name)


def _map_of(read: Read) -> Read:
    def mapped(value: Any, name: str) -> dict[str, Any]:
        return {key: read(each, f"{name}.{key}") for key, each in mapping(value, name).items()}

    return mapped


def _with(**known: Read) -> Read:
    """A mapping in which these keys have types; others may be there."""

    def opened(value: Any, name: str) -> dict[str, Any]:
        return {
            key: known.get(key, _anything)(each, f"{name}.{key}")
            for key, each in mapping(value, name).items()
        }

    return opened


def _only(**known: Read) -> Read:
    """A mapping of which nothing else is kept."""

    def closed(value: Any, name: str) -> dict[str, Any]:
        said = mapping(value, name)
        return {key: read(said[key], f"{name}.{key}") for key, read in known.items() if key in said}

    return closed


def _section(kind: type) -> Read:
    return _or_none(_only(**{each.name: _scalar for each in fields(kind)}))


def _route(value: Any, name: str) -> dict[str, Any]:
    said = mapping(value, name)
    return {"port": required(said, "port", port), "path": required(said, "path", text)}


def _routes(value: Any, name: str) -> dict[str, Any]:
    said = mapping(value, name)
    return {each.name: required(said, each.name, _route) for each in fields(InferenceConfig)}


def _asset(**needed: Read) -> Read:
    """A reference is text; of what is local these keys are needed."""

    def read(value: Any, name: str) -> Any:
        if isinstance(value, str):
            return value
        said = mapping(value, name)
        return {**said, **{key: required(said, key, kind) for key, kind in needed.items()}}

    return read


def _kind(value: Any) -> str:
    names = {dict: "a mapping", list: "a list", str: "text", bool: "a yes or no"}
    return "nothing" if value is None else names.get(type(value), "a number")


_text_or_none = _or_none(text)
_ENDPOINT = _with(
    auth_mode=text,
    description=_text_or_none,
    tags=_map_of(text),
    properties=_map_of(text),
    traffic=_map_of(share),
    mirror_traffic=_map_of(share),
    target=_text_or_none,
    kept=_map_of(text),
)
_ASPECTS = _with(
    model=_or_none(_asset(name=_text_or_none, version=_text_or_none, digest=text)),
    code=_or_none(_asset(folder=name_of_something, digest=text)),
    scoring_script=_text_or_none,
    environment=_text_or_none,
    inference_config=_or_none(_routes),
    instance_type=_text_or_none,
    description=_text_or_none,
    **{key: _section(kind) for key, kind in SECTIONS.items()},
    tags=_map_of(text),
    properties=_map_of(text),
)
_RECORD = _with(
    aspects=_ASPECTS,
    secrets=texts,
    code_digest=text,
    code_folder=text,
    context=text,
    shown=_with(
        model=_only(name=text, version=text, path=text, description=text, tags=_map_of(text)),
        environment=_with(
            **dict.fromkeys(
                ("name", "version", "image", "conda_path", "dockerfile_path"), _text_or_none
            )
        ),
    ),
)
