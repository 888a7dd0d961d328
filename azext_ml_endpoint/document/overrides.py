"""``--set deployments[0].instance_type=Standard_F4s_v2``: values that win over the file's.

A key is names and list positions; what is missing on the way is made, and the position after
the last appends. A deployment may be named, ``deployments[green]``: :mod:`.aims` knows where it
is. ``endpoint.tags.team`` is ``tags.team``, for those who have a file of the endpoint alone.
A value is typed like an unquoted YAML value, or is YAML itself where it begins with a quote or a
bracket: ``2`` is a number, ``[a, b]`` a list, ``null`` nothing, ``'"2"'`` and an empty value are
text. Relative paths in it start in the current directory.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from azext_ml_endpoint.document import aims
from azext_ml_endpoint.document.finding import Finding, Place
from azext_ml_endpoint.document.node import ByName, Node, spell
from azext_ml_endpoint.document.spot import DocumentPath, Spot
from azext_ml_endpoint.document.yaml_reader import Origin, parse, plain_scalar

_ITEM = r"\[(?:\d{1,9}|(?:name=)?[A-Za-z][A-Za-z0-9-]{0,99})\]"
_KEY = re.compile(rf"[^.\[\]]+(?:{_ITEM})*(?:\.[^.\[\]]+(?:{_ITEM})*)*", re.ASCII)
_STEP = re.compile(
    r"\[(?P<position>\d{1,9})\]|\[(?:name=)?(?P<item>[^.\[\]]+)\]|(?P<name>[^.\[\]]+)", re.ASCII
)
_DEEPEST = 50
"""Names and positions in a key: more than any document has."""
_REFERENCE = re.compile(r"azureml:|file:|/subscriptions/")


@dataclass(frozen=True)
class Setting:
    path: DocumentPath
    node: Node


class _Refused(Exception):
    def __init__(self, message: str, path: DocumentPath, hint: str | None = None) -> None:
        super().__init__(message)
        self.message, self.path, self.hint = message, path, hint


def read(
    texts: Sequence[str], *, base: Path, variables: Mapping[str, str], itself: str | None = None
) -> tuple[list[Setting], list[Finding]]:
    """What the values of ``--set`` ask for. ``base`` is the current directory.

    itself: what keys may call the document, such as ``endpoint``.
    """
    settings: list[Setting] = []
    findings: list[Finding] = []
    for number, text in enumerate(texts, start=1):
        key, equals, value = _parted(text)
        if not equals or not _KEY.fullmatch(key):
            findings.append(_usage(number, key if equals else None))
            continue
        path = _steps(key)
        path = path[1:] if len(path) > 1 and path[0] == itself else path
        if len(path) > _DEEPEST:
            findings.append(_too_deep(number, path))
            continue
        origin = Origin(file=f"--set {key}", base=base, path=path, lines=False)
        node, wrong = _value(value, origin, variables)
        findings += wrong
        if node is not None:
            settings.append(Setting(path, node))
    return settings, findings


def _parted(text: str) -> tuple[str, str, str]:
    """At the first ``=``, but for that of ``[name=green]``."""
    before, named, after = text.partition("[name=")
    if not named or "=" in before:
        return text.partition("=")
    key, equals, value = after.partition("=")
    return f"{before}{named}{key}", equals, value


def apply(root: Node, settings: Sequence[Setting]) -> tuple[Node, list[Finding]]:
    """A new tree with the settings in it, one after the other. The given tree stays as it is."""
    findings: list[Finding] = []
    for setting in settings:
        try:
            root = put(root, aims.path(Spot(root), setting.path), setting.node)
        except aims.Unknown as unknown:
            findings.append(_finding(_Refused(unknown.message, unknown.path), setting))
        except _Refused as refused:
            findings.append(_finding(refused, setting))
    return root, findings


def _finding(refused: _Refused, setting: Setting) -> Finding:
    return Finding(
        severity="error",
        message=refused.message,
        place=setting.node.place,
        path=spell(refused.path),
        hint=refused.hint,
    )


def put(root: Node, path: DocumentPath, new: Node) -> Node:
    """A new tree with one value replaced or added."""
    return _put(root, path, new, ())


def _put(node: Node | None, steps: DocumentPath, new: Node, done: DocumentPath) -> Node:
    if not steps:
        return new
    step, below = steps[0], (*done, steps[0])
    if node is None or node.value is None:
        node = Node(value=[] if isinstance(step, int) else {}, place=new.place, base=new.base)
    if isinstance(step, int) and isinstance(node.value, list):
        if step > len(node.value):
            raise _out_of_range(node.value, step, done)
        child = node.value[step] if step < len(node.value) else None
        items = [*node.value[:step], _put(child, steps[1:], new, below), *node.value[step + 1 :]]
        return replace(node, value=items)
    if isinstance(step, str) and isinstance(node.value, dict):
        children = {**node.value, step: _put(node.value.get(step), steps[1:], new, below)}
        return replace(node, value=children, keys={step: new.place, **node.keys})
    raise _no_way_below(node, step, done)


def _out_of_range(items: list[Node], position: int, path: DocumentPath) -> _Refused:
    shown = spell(path)
    count = f"{len(items)} item" + ("s" if len(items) != 1 else "")
    hint = f"{shown}[{len(items)}] appends one."
    return _Refused(f"{shown} has {count}, and none at [{position}]", path, hint)


def _no_way_below(node: Node, step: str | int, path: DocumentPath) -> _Refused:
    shown = spell(path) or "the document"
    if isinstance(node.value, list):
        return _Refused(f"{shown} is a list", path, f"Name one of its items: {shown}[0].{step}")
    if isinstance(node.value, dict):
        return _Refused(f"{shown} is a mapping, and has no [{step}]", path)
    if isinstance(node.value, str) and not node.secret and _REFERENCE.match(node.value):
        message = f"{shown} is the reference '{node.value}'; --set cannot go below it"
        return _Refused(message, path)
    return _Refused(f"{shown} is a single value; --set cannot go below it", path)


def _steps(key: str) -> DocumentPath:
    return tuple(
        ByName(step["item"]) if step["item"] else step["name"] or int(step["position"])
        for step in _STEP.finditer(key)
    )


def _value(
    text: str, origin: Origin, variables: Mapping[str, str]
) -> tuple[Node | None, list[Finding]]:
    if text.startswith(("[", "{", '"', "'")):
        return parse(text, origin, variables)
    if not text:
        return Node(value="", place=origin.place(0, 0), base=origin.base), []
    return plain_scalar(text, origin, variables)


def _too_deep(number: int, path: DocumentPath) -> Finding:
    return Finding(
        severity="error",
        message=f"argument {number} goes {len(path)} levels deep, and no document has so many",
        place=Place("--set"),
    )


def _usage(number: int, key: str | None) -> Finding:
    """Without its ``=``, the text may be part of a value, and a value may be a secret."""
    what = f"argument {number}" if key is None else f"'{key}'"
    reason = "has no '='" if key is None else "is no path such as deployments[0].name"
    return Finding(
        severity="error",
        message=f"{what} {reason}; usage: --set KEY=VALUE [KEY=VALUE ...]",
        place=Place("--set"),
        hint="A value with spaces needs quotes." if key is None else None,
    )
