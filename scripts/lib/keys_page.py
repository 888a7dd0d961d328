"""Writes docs/keys.md from what the code knows: the schema, both spellings, ARM's places.

python scripts/lib/keys_page.py            writes the page
python scripts/lib/keys_page.py --check    ends with 1 where the page is stale
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azext_ml_endpoint.cloud.wire import keys
from azext_ml_endpoint.document import official_keys, schemas, spelling
from azext_ml_endpoint.local.driver import LocalDriver

PAGE = Path(__file__).parents[2] / "docs/keys.md"
_OWN = {"tests", "$schema", "endpoint_name", "type", "deployments"}
"""Of the file, or of this tool."""
_ASSETS = {
    "model": "model",
    "code_configuration": "codeConfiguration",
    "environment": "environmentId",
}
_ARM = {
    "name": "name",
    "location": "location",
    "identity": "identity",
    "tags": "tags",
    "properties": "properties.properties",
    "traffic": "properties.traffic",
    "mirror_traffic": "properties.mirrorTraffic",
    "target": "properties.compute",
    "environment_variables": "properties.environmentVariables",
}
_LOCAL = LocalDriver.honours | {"name", "traffic", "code_configuration"}


_HEAD = """\
# Keys

Every key of a file, made from the code by `scripts/keys`. What a file does not say is not sent, and
stays as it is; a default is Azure's own, and counts where nothing was ever said. `today` is what
files of Microsoft's extension `ml` call it, where that is something else: both are read. What is
kept on this machine is checked and shown, and has no effect there.
"""


@dataclass(frozen=True)
class Row:
    path: str
    today: str
    kind: str
    default: str
    field: str
    local: str

    def __str__(self) -> str:
        cells = (f"`{self.path}`", self.today, self.kind, self.default, self.field, self.local)
        return f"| {' | '.join(cells)} |"


def page() -> str:
    schema = schemas.load("online-endpoint")
    endpoint = rows(schema, schema["properties"], keys.ENDPOINT_TABLE, ())
    deployment = schema["$defs"]["deployment"]["properties"]
    return "\n".join(
        [
            _HEAD,
            *table("An endpoint", endpoint),
            *table("A deployment", rows(schema, deployment, keys.TABLE, ("deployments",))),
            *refused(),
        ]
    )


def table(title: str, found: Iterator[Row]) -> list[str]:
    head = ["| key | today | what it may be | default | in ARM's body | on this machine |"]
    return [f"## {title}", "", *head, "| --- | --- | --- | --- | --- | --- |", *map(str, found), ""]


def refused() -> list[str]:
    """Keys of today's files that no file of this tool has."""
    parts = {
        "a deployment": official_keys.UNSAID_OF_DEPLOYMENTS,
        "a model": official_keys.UNSAID_OF_MODELS,
        "an environment": official_keys.UNSAID_OF_ENVIRONMENTS,
    }
    lines = [
        f"| `{key}` | {of} | {why} |" for of, unsaid in parts.items() for key, why in unsaid.items()
    ]
    head = ["| key | of | what to do |", "| --- | --- | --- |"]
    told = "Of today's files these are left out, with a warning at their place:"
    return ["## What is left out", "", told, "", *head, *lines, ""]


def rows(
    schema: Mapping[str, Any],
    properties: Mapping[str, Any],
    arm: tuple[keys.Key, ...],
    owner: spelling.Keys,
) -> Iterator[Row]:
    places = {each.path: ".".join(each.place) for each in arm}
    pairs = reversed(spelling.PAIRS.get(owner, ()))  # of two, the first one counts
    todays = {".".join(then): ".".join(now) for then, now in pairs}
    for path, part in leaves(schema, properties, ()):
        first, dotted = path[0], ".".join(path)
        yield Row(
            path=dotted,
            today=f"`{todays[dotted]}`" if dotted in todays else "",
            kind=kind(part),
            default=f"`{part['default']}`" if "default" in part else "",
            field=_field(dotted, first, places),
            local="yes" if first in _LOCAL else "kept",
        )


def leaves(
    schema: Mapping[str, Any], properties: Mapping[str, Any], path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """Assets are one key: what is in them is told where they are explained."""
    for name, part in properties.items():
        whole = resolved(schema, part)
        if whole.get("readOnly") or (not path and name in _OWN):
            continue
        if "properties" in whole and name not in (*_ASSETS, "data_collector", "identity"):
            yield from leaves(schema, whole["properties"], (*path, name))
        elif name not in _twins(path):
            yield (*path, name), whole


def resolved(schema: Mapping[str, Any], part: Mapping[str, Any]) -> dict[str, Any]:
    reference = part.get("$ref", "").rpartition("/")[2]
    return {**(schema["$defs"][reference] if reference else {}), **part}


def kind(part: Mapping[str, Any]) -> str:
    if "enum" in part:
        return ", ".join(f"`{each}`" for each in part["enum"])
    types = part.get("type", "text or mapping" if "anyOf" in part else "")
    names = [types] if isinstance(types, str) else [each for each in types if each != "null"]
    least = part.get("minimum", part.get("exclusiveMinimum"))
    bounds = [f"from {least}"] if least is not None else []
    bounds += [f"to {part['maximum']}"] if "maximum" in part else []
    return " ".join([" or ".join(names), *bounds])


def _field(path: str, first: str, places: Mapping[str, str]) -> str:
    found = places.get(path) or _ARM.get(path)
    if first in _ASSETS:
        found = f"properties.{_ASSETS[first]}"
    if first == "data_collector":
        found = "properties.dataCollector"
    return f"`{found}`" if found else ""


def _twins(path: tuple[str, ...]) -> set[str]:
    """Today's names at the top of a deployment or an endpoint, which stand beside 2021's."""
    return set() if path else {"compute", "instance_count", "resources"}


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(PAGE.read_text("utf-8") != page())
    PAGE.write_text(page(), "utf-8")
