"""The shape of a document, by JSON schema: keys, types, ranges, patterns.

jsonschema finds what is wrong; its errors become findings in plain words, one for each cause:

- of several alternatives only the one that the writer meant is spoken of;
- a value of the wrong type is not also blamed for its range;
- a key that is clearly misspelt is read as the one that is meant, here and in all later rules;
  one that belongs elsewhere is not.
"""

from __future__ import annotations

import difflib
import functools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from azext_ml_endpoint.document import schemas, shape_words
from azext_ml_endpoint.document.finding import Finding
from azext_ml_endpoint.document.node import Node, descend, plain
from azext_ml_endpoint.document.shape_words import Cause
from azext_ml_endpoint.document.spot import DocumentPath, Spot

if TYPE_CHECKING:
    from jsonschema import ValidationError

Severity = Literal["error", "warning"]

# So similar that nothing else can be meant: "nmae" and "name" have 0.75.
_SURELY_MEANT = 0.75
# Of several rules that one value breaks, the first of these tells why.
_TELLING = ("type", "enum", "pattern", "minLength")


@dataclass(frozen=True)
class _Stranger:
    """A key that the schema does not know; ``meant`` is the one that it surely stands for."""

    mapping: DocumentPath
    key: str
    meant: str | None
    finding: Finding


def check(
    spot: Spot, schema: str, unknown_section: Severity = "error"
) -> tuple[list[Finding], Spot]:
    """What is wrong with the shape, and the document with its misspelt keys put right.

    ``schema`` is the name of a file in the folder schema, without ``.json``. ``unknown_section``
    is how bad an unknown key at the top is, if it is not a misspelt one.
    """
    errors = _validator(schema).iter_errors(plain(spot.node))
    causes = [_cause(meant) for error in errors for meant in _meant(error)]
    strangers = list(_strangers(spot, causes))
    typos = [stranger for stranger in strangers if stranger.meant]
    if typos:
        again, repaired = check(_renamed(spot, typos), schema, unknown_section)
        return [*(typo.finding for typo in typos), *again], repaired
    unknown = [
        stranger.finding
        if stranger.mapping
        else replace(stranger.finding, severity=unknown_section)
        for stranger in strangers
    ]
    return [*unknown, *_bad_keys(spot, causes), *_bad_values(spot, causes)], spot


@functools.cache
def _validator(schema: str) -> Any:
    from jsonschema import Draft202012Validator, validators
    from referencing import Registry
    from referencing.jsonschema import DRAFT202012

    def retrieve(uri: str) -> Any:
        return DRAFT202012.create_resource(schemas.load(uri.removesuffix(".json")))

    types = {"integer": _is_integer, "number": _is_number}
    checker = Draft202012Validator.TYPE_CHECKER.redefine_many(types)
    validator: Any = validators.extend(Draft202012Validator, type_checker=checker)  # type: ignore[no-untyped-call]
    return validator(schemas.load(schema), registry=Registry(retrieve=retrieve))  # type: ignore[call-arg]


def _is_integer(_: object, value: object) -> bool:
    """Unlike JSON schema's own idea, not 1.0: a version 1.0 is not a version 1."""
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(_: object, value: object) -> bool:
    return _is_integer(_, value) or (isinstance(value, float) and math.isfinite(value))


def _meant(error: ValidationError) -> Iterator[ValidationError]:
    """The error itself, or those of the alternative that fits best."""
    alternatives: dict[object, list[ValidationError]] = {}
    for below in error.context or ():
        alternatives.setdefault(below.schema_path[0], []).append(below)
    fitting = [errors for errors in alternatives.values() if not _is_other_type(errors)]
    if not fitting:
        yield error
        return
    for below in min(fitting, key=len):
        yield from _meant(below)


def _is_other_type(errors: Iterable[ValidationError]) -> bool:
    return any(error.validator == "type" and not error.path for error in errors)


def _cause(error: ValidationError) -> Cause:
    return Cause(
        rule=str(error.validator),
        path=tuple(error.absolute_path),
        value=error.instance,
        schema=_mapping(error.schema),
        alternatives=[_mapping(below.schema) for below in error.context or ()],
        of_key="propertyNames" in error.absolute_schema_path,
    )


def _mapping(schema: Any) -> Mapping[str, Any]:
    """jsonschema allows true and false for a schema; where something is wrong, it is a mapping."""
    return schema if isinstance(schema, Mapping) else {}


def _strangers(spot: Spot, causes: Iterable[Cause]) -> Iterator[_Stranger]:
    for cause in causes:
        if cause.rule != "additionalProperties":
            continue
        known = cause.schema["properties"]
        absent = [key for key in known if key not in cause.value and _is_input(known[key])]
        for key in [key for key in cause.value if key not in known]:
            meant = None if shape_words.is_known(key) else _most_similar(key, absent)
            finding = _at_key(spot, cause.path, key, shape_words.unknown_key(key, cause, absent))
            absent = [name for name in absent if name != meant]
            yield _Stranger(cause.path, key, meant, finding)


def _most_similar(key: str, keys: Iterable[str]) -> str | None:
    return next(iter(difflib.get_close_matches(key, keys, 1, _SURELY_MEANT)), None)


def _is_input(schema: Mapping[str, Any]) -> bool:
    return schema.get("$ref") not in ("#/$defs/schemaAddress", "#/$defs/answer")


def _renamed(spot: Spot, typos: Iterable[_Stranger]) -> Spot:
    names = {(*typo.mapping, typo.key): typo.meant or typo.key for typo in typos}

    def visit(node: Node, path: DocumentPath) -> Node:
        if isinstance(node.value, list):
            return replace(node, value=[visit(n, (*path, i)) for i, n in enumerate(node.value)])
        if not isinstance(node.value, dict):
            return node
        right = {key: names.get((*path, key), key) for key in node.value}
        value = {right[key]: visit(below, (*path, key)) for key, below in node.value.items()}
        keys = {right.get(key, key): place for key, place in node.keys.items()}
        return replace(node, value=value, keys=keys)

    return replace(spot, node=visit(spot.node, ()))


def _bad_keys(spot: Spot, causes: Iterable[Cause]) -> Iterator[Finding]:
    for cause in causes:
        if cause.of_key:
            yield _at_key(spot, cause.path, cause.value, shape_words.bad_key(cause))


def _bad_values(spot: Spot, causes: Sequence[Cause]) -> Iterator[Finding]:
    incomplete = {cause.path: cause for cause in causes if cause.rule == "required"}
    bad: dict[DocumentPath, Cause] = {}
    for cause in causes:
        if cause.rule not in ("additionalProperties", "required") and not cause.of_key:
            bad[cause.path] = min(bad.get(cause.path, cause), cause, key=_rank)
    for path, cause in [*incomplete.items(), *bad.items()]:
        found = _at(spot, path)
        yield found.finding(*shape_words.bad_value(found, cause))


def _rank(cause: Cause) -> int:
    return _TELLING.index(cause.rule) if cause.rule in _TELLING else len(_TELLING)


def _at(spot: Spot, path: DocumentPath) -> Spot:
    return Spot(descend(spot.node, path), (*spot.path, *path))


def _at_key(spot: Spot, path: DocumentPath, key: str, message: str) -> Finding:
    mapping = _at(spot, path)
    below = _at(mapping, (key,))
    return below.finding(message, place=mapping.node.keys.get(key, below.node.place))
