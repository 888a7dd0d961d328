"""Writes docs/keys.md from what the code knows: the schema, both spellings, ARM's places.

python scripts/lib/keys_page.py            writes the page
python scripts/lib/keys_page.py --check    ends with 1 where the page is stale
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keys_facts as facts

from azext_ml_endpoint.cloud.wire import keys
from azext_ml_endpoint.document import official_keys, official_values, schemas, spelling
from azext_ml_endpoint.local.driver import LocalDriver
from azext_ml_endpoint.plan.memory import USUAL, USUAL_OF_ENDPOINTS

PAGE = Path(__file__).parents[2] / "docs/keys.md"


@dataclass(frozen=True)
class Row:
    """``earlier`` and ``todays``: places in the two spellings, from the owner of the section."""

    section: str
    key: str
    earlier: str
    todays: str
    kind: str
    default: str
    field: str
    local: str

    @property
    def since(self) -> str:
        return facts.SINCE.get(f"{self.section}: {self.key}", facts.FIRST)

    def __str__(self) -> str:
        names = (f"`{self.key}`", self._spelled(self.earlier), self._spelled(self.todays))
        cells = (*names, self.kind, self.default, self.field, self.local, self.since)
        return f"| {' | '.join(cells)} |"

    def _spelled(self, name: str) -> str:
        return "same" if name == self.key else name if name == "–" else f"`{name}`"


@dataclass(frozen=True)
class Refused:
    section: str
    key: str
    why: str


@dataclass(frozen=True)
class Section:
    """owner: as in :mod:`.spelling`. path: of its schema, from that of an endpoint.
    apart: what has a section of its own."""

    title: str
    owner: spelling.Keys
    path: tuple[str, ...]
    apart: frozenset[str] = frozenset()


_OF_A_DEPLOYMENT = frozenset({"model", "code_configuration", "environment", "data_collector"})
SECTIONS = (
    Section("An endpoint", (), ()),
    Section("A deployment", ("deployments",), ("deployment",), _OF_A_DEPLOYMENT),
    Section("A model", ("deployments", "model"), ("model",)),
    Section("Code", ("deployments", "code_configuration"), ("codeConfiguration",)),
    Section("An environment", ("deployments", "environment"), ("environment",)),
    Section("A data collector", ("deployments", "data_collector"), ("dataCollector",)),
)
_LOCAL = LocalDriver.honours | {
    "$schema",
    "name",
    "traffic",
    "endpoint_name",
    "type",
    "tests",
    "deployments",
}


def page() -> str:
    return "\n".join(
        [facts.HEAD, *(line for each in SECTIONS for line in table(each)), *left_out()]
    )


def table(section: Section) -> list[str]:
    head = "| key | 2021 | today | what it may be | default | in Azure | on this machine | since |"
    rule = "| --- | --- | --- | --- | --- | --- | --- | --- |"
    return [f"## {section.title}", "", head, rule, *map(str, rows(section)), ""]


def left_out() -> list[str]:
    """Keys of today's files that no file of this tool has, each with what to do."""
    told = "These keys of today's files are left out, with a warning at their place:"
    lines = [f"| `{each.key}` | {each.section} | {each.why} |" for each in refused()]
    head = ["| key | of | what to do, or why |", "| --- | --- | --- |"]
    return ["## What is left out", "", told, "", *head, *lines, ""]


def refused() -> Iterator[Refused]:
    parts: Mapping[str, Mapping[str, str]] = {
        "A model": official_keys.UNSAID_OF_MODELS,
        "An environment": official_keys.UNSAID_OF_ENVIRONMENTS,
        "A data collector": {
            f"collections.*.data.{key}": why for key, why in official_keys.UNSAID_OF_DATA.items()
        },
    }
    for section, unsaid in parts.items():
        yield from (Refused(section, key, why) for key, why in unsaid.items())
    for answer in sorted(official_values.ANSWERS | facts.ANSWERS):
        yield Refused("anything", answer, "Azure answers so, and no file can set it")


def rows(section: Section) -> Iterator[Row]:
    schema = schemas.load("online-endpoint")
    part = schema["$defs"][section.path[0]] if section.path else schema
    found = [
        _row(section, path, leaf) for path, leaf in leaves(schema, part["properties"], (), section)
    ]
    yield from found
    yield from _read_and_gone(section)


def _row(section: Section, path: tuple[str, ...], leaf: Mapping[str, Any]) -> Row:
    dotted = ".".join(path)
    return Row(
        section=section.title,
        key=dotted,
        earlier="–" if _is_among(facts.NOT_IN_2021, section, path) else dotted,
        todays=_todays(section, path),
        kind=kind(leaf),
        default=_default(section, dotted, leaf),
        field=_field(section, dotted),
        local=_local(section, path),
    )


def _read_and_gone(section: Section) -> Iterator[Row]:
    """What only today's files have, and what becomes of it is another key."""
    kept, key = "kept", official_keys.PRIVATE_NETWORK
    place = f"`properties.properties.{official_keys.PRIVATE_PROPERTY}`"
    if section.title == "A deployment":
        field = f"{place}; 2022-02-01-preview alone had one of its own"
        kinds, default = "`managed`, `kubernetes`", "what the endpoint is (ours)"
        place_of_kind = "`properties.endpointComputeType`"
        yield Row("A deployment", "type", "type", "type", kinds, default, place_of_kind, kept)
        yield Row("A deployment", key, "–", key, "boolean", "`False` (documented)", field, kept)


def leaves(
    schema: Mapping[str, Any],
    properties: Mapping[str, Any],
    path: tuple[str, ...],
    section: Section,
) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """Every place that one value has. Today's names for what 2021 has too are no rows of theirs."""
    for name, part in properties.items():
        here, whole = (*path, name), resolved(schema, part)
        if whole.get("readOnly") or _is_twin(section, here):
            continue
        if not path and name in section.apart:
            continue
        yield from _below(schema, whole, here, section)


def _below(
    schema: Mapping[str, Any], whole: Mapping[str, Any], here: tuple[str, ...], section: Section
) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    forms = [resolved(schema, each) for each in whole.get("anyOf", ())]
    inner = next((each for each in (whole, *forms) if "properties" in each), None)
    if here[-1] == "collections":
        inner = resolved(schema, whole["additionalProperties"])
        here = (*here, "*")
    if inner is None or here[-1] in ("tests", "deployments"):
        yield here, whole
        return
    if forms:
        yield here, whole
    yield from leaves(schema, inner["properties"], here, section)


def resolved(schema: Mapping[str, Any], part: Mapping[str, Any]) -> dict[str, Any]:
    reference = part.get("$ref", "").rpartition("/")[2]
    return {**(schema["$defs"][reference] if reference else {}), **part}


def kind(part: Mapping[str, Any]) -> str:
    """``integer from 1 to 100``, ``mapping of texts``; of a text, what it must be like."""
    words = part.get("enum") or [word for each in part.get("anyOf", ()) for word in _words(each)]
    if words:
        return ", ".join(f"`{each}`" for each in words)
    types = part.get("type", "text or mapping" if "anyOf" in part else "anything")
    names = [types] if isinstance(types, str) else [each for each in types if each != "null"]
    name = " or ".join(_NAMES.get(each, each) for each in names)
    below = part.get("additionalProperties") or part.get("items")
    if isinstance(below, Mapping) and "type" in below:
        return f"{name} of {_many(below)}"
    said = part.get("patternErrorMessage")
    return f"{name}: {said}" if said else f"{name}{_bounds(part)}"


_NAMES = {"object": "mapping", "array": "list", "string": "text"}


def _words(part: Mapping[str, Any]) -> list[str]:
    return list(part.get("enum", ()))


def _many(part: Mapping[str, Any]) -> str:
    if part["type"] == "integer":
        return f"integers{_bounds(part)}"
    return "mappings" if part["type"] == "object" else "texts"


def _bounds(part: Mapping[str, Any]) -> str:
    if "string" in part.get("type", ()):
        return ""
    least, above, most = (part.get(each) for each in ("minimum", "exclusiveMinimum", "maximum"))
    bounds = [f" from {least}"] if least is not None else []
    bounds += [f" above {above}"] if above is not None else []
    return "".join([*bounds, f" to {most}" if most is not None else ""])


# Spellings


def _is_twin(section: Section, path: tuple[str, ...]) -> bool:
    """Whether it is today's name of a thing that 2021's name stands for here."""
    pairs = spelling.PAIRS.get(section.owner, ())
    names = [now for then, now in pairs if then[: len(now)] != now and now != ("path",)]
    return any(path[: len(now)] == now for now in names)


def _is_among(known: frozenset[str], section: Section, path: tuple[str, ...]) -> bool:
    """Whether the key, or what it is in, is one of these."""
    names = (".".join(path[:count]) for count in range(1, len(path) + 1))
    return any(f"{section.title}: {name}" in known for name in names)


def _todays(section: Section, path: tuple[str, ...]) -> str:
    dotted = ".".join(path)
    pairs = reversed(spelling.PAIRS.get(section.owner, ()))  # of two, the first one counts
    todays = {".".join(then): ".".join(now) for then, now in pairs}
    if dotted in todays:
        return "build.dockerfile_path" if todays[dotted] == "build" else todays[dotted]
    return "–" if _is_among(facts.NOT_TODAY, section, path) else dotted


# Defaults, fields, this machine


def _default(section: Section, dotted: str, part: Mapping[str, Any]) -> str:
    """With whose it is."""
    implied = facts.IMPLIED.get(f"{section.title}: {dotted}")
    if implied or "default" not in part:
        return f"`{implied}` (ours)" if implied else ""
    if dotted in facts.OURS or section.title in ("A model", "Code", "An environment"):
        whose = "ours"
    else:
        usual = {"An endpoint": USUAL_OF_ENDPOINTS, "A deployment": USUAL}.get(section.title, {})
        whose = "shown" if dotted in usual else "documented"
    return f"`{json.dumps(part['default']).strip(chr(34))}` ({whose})"


def _field(section: Section, dotted: str) -> str:
    of_asset = facts.OF_ASSETS.get(section.title)
    if (dotted in facts.NOWHERE and not of_asset) or dotted.endswith("$schema"):
        return "–"
    known = of_asset or _places(section)
    return f"`{known.get(dotted) or f'properties.{camel(dotted)}'}`"


def _places(section: Section) -> dict[str, str]:
    arm = keys.TABLE if section.owner else keys.ENDPOINT_TABLE
    return facts.ARM | {each.path: ".".join(each.place) for each in arm}


def camel(text: str) -> str:
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), text)


def _local(section: Section, path: tuple[str, ...]) -> str:
    if f"{section.title}: {'.'.join(path)}" in facts.FROM_AZURE:
        return "fetched"
    if len(section.owner) > 1:
        whole = section.owner[-1].replace("code_configuration", "code")
        return "kept" if whole not in LocalDriver.honours or facts.KEPT & set(path) else "yes"
    return "yes" if path[0] in _LOCAL else "kept"


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(PAGE.read_text("utf-8") != page())
    PAGE.write_text(page(), "utf-8")
