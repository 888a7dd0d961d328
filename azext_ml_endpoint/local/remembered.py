"""What is remembered of deployments and endpoints, and recalled: labels and files hold it.

:func:`remember` and :func:`recall` follow the fields of the model, so that a new key is in both.
Records outlive the program that wrote them, and may be cut off, edited, or written by a newer one.
What nobody here knows is passed over; what has another type than it should damages the record.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

from azext_ml_endpoint import foreign_json
from azext_ml_endpoint.document import reference
from azext_ml_endpoint.document.model import (
    ENDPOINT_KEYS,
    KEYS,
    Code,
    Deployment,
    Endpoint,
    Environment,
    Reference,
)
from azext_ml_endpoint.local.runtime import EndpointRecord, Instance

Record: TypeAlias = Mapping[str, Any]
"""JSON-able. It holds no value of an environment variable, and no file's content."""
Read = Callable[[Any, str], Any]
"""A value, and what people call it, to the value as it counts. Raises Damaged."""

FORMAT, NEWEST = "format", 2
"""Where a record has the number of its format, and that of today. The first had none."""
KEPT = "kept"
"""Where an endpoint's has what the tool keeps: :mod:`azext_ml_endpoint.plan.own_tags`."""
OF_ENDPOINTS = (*ENDPOINT_KEYS, "traffic", "mirror_traffic", "target", "simulate")
_OF_DEPLOYMENTS = {*KEYS, "secrets"} - {"environment_variables"}
_PATH = re.compile(r"/[\x21-\x7e]*")
_NOT_KEPT = {"conda_file", "dockerfile", "context_digest"}
"""The texts of an environment, and what is found out with them."""


class Damaged(Exception):
    """Its text says what is wrong, in words that follow the name of a file or a label."""


def remember(deployment: Deployment) -> dict[str, Any]:
    said = plain(deployment)
    return {FORMAT: NEWEST, **{key: said[key] for key in said if key in _OF_DEPLOYMENTS}}


def recall(record: Record, name: str = "") -> Deployment:
    """Without the texts of its environment, and its environment variables. Raises Damaged."""
    said = _of_first_format(record, name) if format_of(record) == 1 else record
    made: Deployment = _made(Deployment, {"name": name, **_only(said, _OF_DEPLOYMENTS)})
    return made


def recalled(instance: Instance) -> Deployment:
    """What the instance runs on; of a damaged one hardly anything. It has no texts: see above."""
    there = recall(instance.record, instance.deployment)
    return replace(there, environment_variables=dict(instance.variables))


def recalled_endpoint(record: EndpointRecord) -> Endpoint:
    """Without its deployments. Raises Damaged."""
    format_of(record.properties)
    said = _only(record.properties, OF_ENDPOINTS)
    made: Endpoint = _made(Endpoint, {"name": record.name, **said})
    for key in ("traffic", "mirror_traffic"):
        for name, each in (getattr(made, key) or {}).items():
            share(each, f"{key}.{name}")
    return made


def environment(said: Mapping[str, Any]) -> Environment:
    """With its texts: of what somebody else has said of one. Raises Damaged."""
    made: Environment = _made(Environment, said)
    routes = made.inference_config.routes if made.inference_config else {}
    for key, route in routes.items():
        port(route.port, f"inference_config.{key}.port")
        if not _PATH.fullmatch(route.path):
            raise Damaged(f"has {route.path!r} for inference_config.{key}.path, which is no path")
    return made


def code(instance: Instance) -> Code | None:
    found = recalled(instance).code
    return found if isinstance(found, Code) else None


def code_folder(instance: Instance) -> str:
    """Empty where it has no code."""
    found = code(instance)
    return str(found.path) if found else ""


def plain(value: Any) -> Any:
    """JSON-able; without what is not said, and what is not remembered."""
    match value:
        case Reference():
            return value.text
        case Path():
            return str(value)
        case Mapping():
            return dict(value)
        case frozenset():
            return sorted(value)
    return _fields(value) if is_dataclass(value) else value


def _fields(data: Any) -> dict[str, Any]:
    said = {each.name: getattr(data, each.name) for each in fields(data)}
    return {
        key: plain(value)
        for key, value in said.items()
        if key not in _NOT_KEPT and value not in (None, {})
    }


def parsed(content: str | bytes) -> Any:
    """Of JSON. Raises Damaged."""
    try:
        return foreign_json.loads(content)
    except ValueError as error:
        raise Damaged(f"is no JSON ({error})") from error


def properties(data: Any) -> dict[str, Any]:
    """Of an endpoint, if they can be recalled. Raises Damaged."""
    said = mapping(data, "properties")
    recalled_endpoint(EndpointRecord(name="", properties=said))
    _value(Mapping[str, str], said.get(KEPT, {}), KEPT)
    return said


def record(data: Any) -> dict[str, Any]:
    """Of a deployment, likewise. Raises Damaged."""
    said = mapping(data, "record")
    recall(said)
    return said


# Formats


def format_of(record: Record) -> int:
    """Raises Damaged."""
    found = number(record.get(FORMAT, 1), FORMAT)
    if 1 <= found <= NEWEST:
        return found
    raise Damaged(f"has format {found}, which is not known here")


def _of_first_format(record: Record, name: str) -> Record:
    """It had what is compared, and once more what is shown."""
    compared = mapping(record.get("aspects", {}), "aspects")
    shown = mapping(record.get("shown", {}), "shown")
    said = {**compared, "secrets": record.get("secrets", [])}
    if isinstance(model := compared.get("model"), dict):
        anonymous = (model.get("name"), model.get("version")) == (name, "1")
        said["model"] = {**_section(shown, "model"), **model, "anonymous": anonymous}
    if folder := record.get("code_folder"):
        said["code"] = {"path": folder, "digest": record.get("code_digest", "")}
    if digest := compared.get("environment"):
        routes = compared.get("inference_config")
        more = {"context": record.get("context") or None, "inference_config": routes}
        said["environment"] = {**_section(shown, "environment"), **more, "digest": digest}
    return said


def _section(said: Record, key: str) -> dict[str, Any]:
    return mapping(said.get(key, {}), key)


def _only(said: Record, keys: Iterable[str]) -> dict[str, Any]:
    return {key: said[key] for key in keys if key in said}


# The types of the model


def _made(kind: Any, said: Record, name: str = "") -> Any:
    """One of its classes. Raises Damaged."""
    types, found = _types(kind), {}
    for each in fields(kind):
        path = f"{name}.{each.name}".lstrip(".")
        if each.name in said:
            found[each.name] = _value(types[each.name], said[each.name], path)
        elif each.default is each.default_factory:  # it has neither
            raise Damaged(f"says nothing of {path}")
    return kind(**found)


@cache
def _types(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _value(kind: Any, value: Any, name: str) -> Any:
    """Of a field. Raises Damaged."""
    outer, inner = get_origin(kind), get_args(kind)
    if outer in (Union, UnionType):
        is_reference = isinstance(value, str) and Reference in inner
        kind = Reference if is_reference else inner[0]
        return None if value is None else _value(kind, value, name)
    if outer is Mapping:
        said = mapping(value, name)
        return {key: _value(inner[1], each, f"{name}.{key}") for key, each in said.items()}
    if outer is Literal and value not in inner:
        raise Damaged(f"has {value!r} for {name}, which is none of {', '.join(inner)}")
    if kind in _READ:
        return _READ[kind](value, name)
    return _made(kind, mapping(value, name), name) if is_dataclass(kind) else value


def text(value: Any, name: str) -> str:
    if isinstance(value, str):
        return value
    raise Damaged(f"has {_kind(value)} for {name}, where text belongs")


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


def amount(value: Any, name: str) -> float:
    return value if isinstance(value, float) else number(value, name)


def switch(value: Any, name: str) -> bool:
    if isinstance(value, bool):
        return value
    raise Damaged(f"has {_kind(value)} for {name}, where a yes or no belongs")


def _path(value: Any, name: str) -> Path:
    if text(value, name):
        return Path(value)
    raise Damaged(f"has no {name}")


def _reference(value: Any, name: str) -> Reference:
    return reference.unknown(text(value, name))


def _kind(value: Any) -> str:
    names = {dict: "a mapping", list: "a list", str: "text", bool: "a yes or no"}
    return "nothing" if value is None else names.get(type(value), "a number")


_READ: Mapping[Any, Read] = {
    str: text,
    int: number,
    float: amount,
    bool: switch,
    Path: _path,
    Reference: _reference,
    frozenset[str]: lambda value, name: frozenset(texts(value, name)),
}
