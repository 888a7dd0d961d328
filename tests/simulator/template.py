"""A template, read: which resources it makes, and what each of them waits for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.simulator.expressions import Function, escaped, evaluated, invalid_template
from tests.simulator.message import Json
from tests.simulator.schema import (
    ANYTHING,
    TEXT,
    check,
    enum,
    listing,
    mapping,
    open_record,
    record,
)
from tests.simulator.world import World

NESTED = "Microsoft.Resources/deployments"
_PARAMETER = open_record("type", type=TEXT)
_RESOURCE = open_record(
    "type", "apiVersion", "name", type=TEXT, apiVersion=TEXT, name=TEXT, dependsOn=listing(TEXT)
)
_TEMPLATE = record(
    "$schema",
    "contentVersion",
    "resources",
    **{"$schema": TEXT},
    contentVersion=TEXT,
    parameters=mapping(_PARAMETER),
    variables=mapping(ANYTHING),
    resources=listing(_RESOURCE),
    outputs=mapping(open_record("type", "value", type=TEXT)),
    metadata=mapping(ANYTHING),
)
SUBMISSION = record(
    "properties",
    location=TEXT,
    tags=mapping(TEXT),
    properties=record(
        "mode",
        "template",
        mode=enum("Incremental"),
        template=_TEMPLATE,
        parameters=mapping(record("value", value=ANYTHING)),
        debugSetting=mapping(ANYTHING),
        expressionEvaluationOptions=record("scope", scope=enum("Inner", "Outer", "inner", "outer")),
    ),
)
"""The body of a template deployment. Complete mode, which deletes the rest, is not played."""

_ABOUT = ("type", "apiVersion", "name", "dependsOn", "condition", "comments", "metadata")
"""What a template says about a resource, which is not part of it."""
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "securestring": str,
    "int": int,
    "bool": bool,
    "object": dict,
    "secureobject": dict,
    "array": list,
}


@dataclass(frozen=True)
class Part:
    """One resource of a template. depends: ids of others, in lower case."""

    id: str
    type: str
    api_version: str
    body: Json
    depends: frozenset[str] = frozenset()


def parts(submission: Json, world: World) -> list[Part]:
    """What a submitted template makes. Raises 400 for a template that cannot be carried out."""
    properties = check(submission, SUBMISSION)["properties"]
    template = properties["template"]
    functions = _functions(template, properties.get("parameters", {}), world)
    evaluated(template.get("outputs", {}), functions)
    resources = [_evaluated(each, functions) for each in template["resources"]]
    known = _known(resources, world)
    wanted = [each for each in resources if each.get("condition", True)]
    found = _without_strangers([_part(each, known, world) for each in wanted])
    _check_order(found)
    return found


def _evaluated(resource: Json, functions: Mapping[str, Function]) -> Json:
    """A nested template means its own parameters only where it says so: ``scope`` is outer."""
    properties = resource.get("properties", {})
    if resource["type"].lower() != NESTED.lower():
        return dict(evaluated(resource, functions))
    scope = properties.get("expressionEvaluationOptions", {}).get("scope", "outer")
    if scope.lower() == "outer":
        whole: Json = evaluated(resource, functions)
        inner = escaped(whole["properties"]["template"])
        return whole | {"properties": whole["properties"] | {"template": inner}}
    template = properties.get("template")
    outer = {name: value for name, value in properties.items() if name != "template"}
    whole = evaluated(resource | {"properties": outer}, functions)
    return whole | {"properties": whole["properties"] | {"template": template}}


def _known(resources: list[Json], world: World) -> dict[str, str]:
    """What ``dependsOn`` may say, an id or a name in lower case -> the id in lower case."""
    ids = [_id(each, world).lower() for each in resources]
    if len(set(ids)) < len(ids):
        raise invalid_template("A resource is defined multiple times in a template.")
    names = [each["name"].lower() for each in resources]
    return dict(zip(names, ids, strict=True)) | {each: each for each in ids}


def _part(resource: Json, known: Mapping[str, str], world: World) -> Part:
    body = {name: value for name, value in resource.items() if name not in _ABOUT}
    depends = [each.lower() for each in resource.get("dependsOn", [])]
    for each in depends:
        if each not in known:
            raise invalid_template(f"The resource '{each}' is not defined in the template.")
    ids = frozenset(known[each] for each in depends)
    return Part(_id(resource, world), resource["type"], resource["apiVersion"], body, ids)


def _id(resource: Json, world: World) -> str:
    return resource_id(world, resource["type"], *resource["name"].split("/"))


def _without_strangers(found: list[Part]) -> list[Part]:
    """Nothing waits for a resource whose condition is false."""
    ids = {part.id.lower() for part in found}
    return [replace(part, depends=part.depends & ids) for part in found]


def _check_order(found: list[Part]) -> None:
    waiting = {part.id.lower(): part.depends for part in found}
    while waiting:
        ready = {each for each, depends in waiting.items() if not depends & waiting.keys()}
        if not ready:
            names = ", ".join(sorted(waiting))
            raise invalid_template(f"Circular dependency detected on resources: {names}.")
        waiting = {each: depends for each, depends in waiting.items() if each not in ready}


def resource_id(world: World, kind: str, *names: str) -> str:
    """The id of a resource in the group. kind: ``Microsoft.X/a/b`` with two names."""
    provider, *types = kind.split("/")
    if len(types) != len(names):
        raise invalid_template(
            f"The template resource '{'/'.join(names)}' for type '{kind}' has incorrect segment "
            "lengths. A resource name must have one segment less than its type."
        )
    segments = [segment for pair in zip(types, names, strict=True) for segment in pair]
    return "/".join([world.group_id, "providers", provider, *segments])


def _functions(template: Json, given: Json, world: World) -> dict[str, Function]:
    functions: dict[str, Function] = {
        "concat": _concat,
        "format": lambda pattern, *values: str(pattern).format(*values),
        "string": lambda value: value if isinstance(value, str) else json.dumps(value),
        "json": json.loads,
        "createobject": lambda *pairs: dict(zip(pairs[::2], pairs[1::2], strict=True)),
        "createarray": lambda *values: list(values),
        "tolower": lambda text: str(text).lower(),
        "resourceid": lambda kind, *names: resource_id(world, kind, *names),
        "resourcegroup": lambda: {
            "id": world.group_id,
            "name": world.group,
            "location": world.location,
        },
        "subscription": lambda: {"subscriptionId": world.subscription, "tenantId": world.tenant},
    }
    declared = template.get("parameters", {})
    for name in given.keys() - declared.keys():
        raise invalid_template(f"The template parameter '{name}' is not valid.")
    values = {name: _parameter(name, declared[name], given, functions) for name in declared}
    functions["parameters"] = values.__getitem__
    variables: Json = evaluated(template.get("variables", {}), functions)
    functions["variables"] = variables.__getitem__
    return functions


def _parameter(name: str, declared: Json, given: Json, functions: dict[str, Function]) -> Any:
    if name not in given and "defaultValue" not in declared:
        raise invalid_template(f"The value for the template parameter '{name}' is not provided.")
    default = declared.get("defaultValue")
    value = given[name]["value"] if name in given else evaluated(default, functions)
    kind = _TYPES.get(declared["type"].lower())
    fits = kind is not None and isinstance(value, kind)
    if not fits or (kind is int and isinstance(value, bool)):
        raise invalid_template(f"The template parameter '{name}' is no {declared['type']}.")
    return value


def _concat(*values: Any) -> Any:
    if values and isinstance(values[0], list):
        return [each for value in values for each in value]
    return "".join(str(value) for value in values)
