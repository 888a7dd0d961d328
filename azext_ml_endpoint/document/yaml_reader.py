"""One YAML text to one tree of nodes, with everything that is wrong on the way.

The values are those of ``yaml.safe_load``, with three differences that suit the format: a key
is the text that was written, a timestamp is text, and a key written twice is an error. The
parser's events are composed here, so that an alias is charged with all that it stands for, each
time it is used, before anything walks the tree. The limits are ours: what the parser can hold, and
what it says beyond that, differs from release to release.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from azext_ml_endpoint.document import yaml_scalar
from azext_ml_endpoint.document.finding import Finding, Place
from azext_ml_endpoint.document.node import Node, Scalar, spell
from azext_ml_endpoint.document.spot import DocumentPath
from azext_ml_endpoint.document.variables import substitute
from azext_ml_endpoint.document.yaml_errors import IN_QUOTES, explain

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

MAX_VALUES = 3_000
MAX_DEPTH = 50

# What YAML 1.1 does not call printable.
_FORBIDDEN = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What an escape or a variable can bring in, and no process, label or request can carry.
_UNUSABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a text comes from.

    file: how people know it, as in Place. base: as in Node.
    path: where its root stands in the whole document.
    lines: whether people can look up its lines; the value of an option has none.
    """

    file: str
    base: Path
    path: DocumentPath = ()
    lines: bool = True

    def place(self, line: int, column: int) -> Place:
        return Place(self.file, line, column) if self.lines else Place(self.file)


class _Refused(Exception):
    def __init__(self, message: str, event: yaml.Event, hint: str | None = None) -> None:
        super().__init__(message)
        self.message, self.event, self.hint = message, event, hint


def parse(
    text: str, origin: Origin, variables: Mapping[str, str]
) -> tuple[Node | None, list[Finding]]:
    """The tree, or None where none can be made, and the findings in the order of the text."""
    if forbidden := _FORBIDDEN.search(text):
        return None, [_forbidden_character(text, forbidden.start(), origin)]
    composer = _Composer(text, origin, variables)
    try:
        return composer.document(), composer.findings
    except _Refused as refused:
        return None, _refused(composer, refused)
    except yaml.MarkedYAMLError as error:
        before = _Composer(text[: _begin(error)], origin, variables)
        return None, _refusal(before) or _unparsable(composer, error)


def plain_scalar(
    text: str, origin: Origin, variables: Mapping[str, str]
) -> tuple[Node, list[Finding]]:
    """Text that is no YAML, such as an option's value, typed as an unquoted YAML value."""
    composer = _Composer("", origin, variables)
    event = yaml.ScalarEvent(None, None, (True, False), text)
    return composer.scalar(event, origin.path), composer.findings


def _begin(error: yaml.MarkedYAMLError) -> int:
    marks = (error.context_mark, error.problem_mark)
    return min((mark.index for mark in marks if mark), default=0)


def _refusal(composer: _Composer) -> list[Finding]:
    """All findings where something is refused in a text that may end anywhere, else none.

    For the text before a parser's error. The parser looks up to 1,024 characters ahead for the
    colon of a key, and stops at what it finds there before it hands over any of them.
    """
    try:
        composer.document()
    except _Refused as refused:
        return _refused(composer, refused)
    except yaml.MarkedYAMLError:
        pass
    return []


def _refused(composer: _Composer, refused: _Refused) -> list[Finding]:
    composer.wrong(refused.message, refused.event, composer.origin.path, refused.hint)
    return composer.findings


def _unparsable(composer: _Composer, error: yaml.MarkedYAMLError) -> list[Finding]:
    why, origin = explain(error, composer.text.splitlines(), composer.last), composer.origin
    composer.add(why.message, origin.place(why.line, why.column), origin.path, why.hint)
    return composer.findings


class _Anchored(NamedTuple):
    """``values`` are those below the node, and ``height`` is how deep they are nested in it."""

    node: Node
    values: int
    height: int


class _Composer:
    def __init__(self, text: str, origin: Origin, variables: Mapping[str, str]) -> None:
        self.text = text
        self.origin = origin
        self.variables = variables
        self.events = yaml.parse(text, Loader=LOADER)
        self.last: yaml.Event | None = None
        self.anchors: dict[str, _Anchored | None] = {}
        self.values = 0
        self.deepest = 0
        self.findings: list[Finding] = []

    def document(self) -> Node | None:
        self.next()
        root = None
        if isinstance(self.next(), yaml.DocumentStartEvent):
            root = self.node(self.next(), self.origin.path)
            self.next()
            self.check_end(self.next())
        if root is None or root.value is None:
            state = "holds no values" if self.text.strip() else "is empty"
            self.add(f"the file {state}", self.origin.place(1, 1), self.origin.path)
            return None
        return root

    def check_end(self, event: yaml.Event) -> None:
        if not isinstance(event, yaml.StreamEndEvent):
            self.wrong("a second document begins here; a file holds one", event, self.origin.path)

    def node(self, event: yaml.NodeEvent, path: DocumentPath) -> Node:
        self.charge(event, 1, len(path))
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event, path)
        if event.anchor is None:
            return self.written(event, path)
        return self.anchored(event, event.anchor, path)

    def written(self, event: yaml.NodeEvent, path: DocumentPath) -> Node:
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(event, path)
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(event, path)
        assert isinstance(event, yaml.ScalarEvent)
        return self.scalar(event, path)

    def anchored(self, event: yaml.NodeEvent, name: str, path: DocumentPath) -> Node:
        self.anchors[name] = None
        values, deepest = self.values, self.deepest
        self.deepest = len(path)
        node = self.written(event, path)
        self.anchors[name] = _Anchored(node, self.values - values, self.deepest - len(path))
        self.deepest = max(deepest, self.deepest)
        return node

    def alias(self, event: yaml.AliasEvent, path: DocumentPath) -> Node:
        name = str(event.anchor)
        if name not in self.anchors:
            raise _Refused(f"there is no anchor &{name} before this alias", event, IN_QUOTES)
        anchored = self.anchors[name]
        if anchored is None:
            raise _Refused(f"the alias *{name} stands inside its own anchor", event)
        self.charge(event, anchored.values, len(path) + anchored.height)
        return anchored.node

    def charge(self, event: yaml.Event, values: int, depth: int) -> None:
        self.values += values
        self.deepest = max(self.deepest, depth)
        if self.values > MAX_VALUES:
            hint = "Each use of an alias counts in full."
            raise _Refused(f"more than {MAX_VALUES:,} values in one file", event, hint)
        if depth > MAX_DEPTH:
            raise _Refused(f"values are nested more than {MAX_DEPTH} deep", event)

    def sequence(self, start: yaml.SequenceStartEvent, path: DocumentPath) -> Node:
        self.check_tag(start, "seq", path)
        items: list[Node] = []
        while not isinstance(event := self.next(), yaml.SequenceEndEvent):
            items.append(self.node(event, (*path, len(items))))
        return self.made(items, start)

    def mapping(self, start: yaml.MappingStartEvent, path: DocumentPath) -> Node:
        self.check_tag(start, "map", path)
        values: dict[str, Node] = {}
        keys: dict[str, Place] = {}
        while not isinstance(key := self.next(), yaml.MappingEndEvent):
            name = _key(key)
            child = self.node(self.next(), (*path, name))
            if name in keys:
                first = f", first written on line {keys[name].line}" if keys[name].line else ""
                self.wrong(f"duplicate key '{name}'{first}", key, (*path, name))
            else:
                values[name], keys[name] = child, self.place(key)
        if "<<" in values:
            self.merge(values, keys, path)
        return self.made(values, start, keys)

    def merge(self, values: dict[str, Node], keys: dict[str, Place], path: DocumentPath) -> None:
        """What is written wins over what is merged, and what is merged first over the rest."""
        source, place = values.pop("<<"), keys.pop("<<")
        for mapping in source.value if isinstance(source.value, list) else [source]:
            if not isinstance(mapping.value, dict):
                self.add("'<<' needs a mapping or a list of mappings", place, path)
                continue
            for name, child in mapping.value.items():
                values.setdefault(name, child)
                keys.setdefault(name, mapping.keys[name])

    def scalar(self, event: yaml.ScalarEvent, path: DocumentPath) -> Node:
        found = substitute(event.value, self.variables)
        for problem in found.problems:
            self.wrong(problem.message, event, path, problem.hint)
        if _UNUSABLE.search(found.text):
            self.wrong("the value has a NUL or bytes that are not UTF-8 in it", event, path)
        value: Scalar = found.text
        if found.whole and not found.secret:
            value = self.typed(event, found.text, path)
        node = self.made(value, event, secret=found.secret)
        return node if isinstance(value, str) else replace(node, written=found.text)

    def typed(self, event: yaml.ScalarEvent, text: str, path: DocumentPath) -> Scalar:
        if event.tag is None or event.tag == "!":
            return yaml_scalar.plain(text) if event.implicit[0] else text
        try:
            return yaml_scalar.tagged(event.tag, text)
        except ValueError:
            self.bad_tag(event, event.tag, path)
            return text

    def check_tag(self, start: yaml.CollectionStartEvent, kind: str, path: DocumentPath) -> None:
        if start.tag not in (None, "!", yaml_scalar.TAG + kind):
            self.bad_tag(start, str(start.tag), path)

    def bad_tag(self, event: yaml.Event, tag: str, path: DocumentPath) -> None:
        shown = tag.replace(yaml_scalar.TAG, "!!")
        self.wrong(f"the YAML tag {shown} does not suit this value", event, path, "Remove it.")

    def next(self) -> Any:
        self.last = next(self.events)
        return self.last

    def made(
        self,
        value: Scalar | list[Node] | dict[str, Node],
        event: yaml.Event,
        keys: dict[str, Place] | None = None,
        secret: bool = False,
    ) -> Node:
        place = self.place(event)
        return Node(value=value, place=place, base=self.origin.base, keys=keys or {}, secret=secret)

    def place(self, event: yaml.Event) -> Place:
        mark = event.start_mark
        if mark is None:
            return Place(self.origin.file)
        return self.origin.place(mark.line + 1, mark.column + 1)

    def wrong(
        self, message: str, event: yaml.Event, path: DocumentPath, hint: str | None = None
    ) -> None:
        self.add(message, self.place(event), path, hint)

    def add(self, message: str, place: Place, path: DocumentPath, hint: str | None = None) -> None:
        self.findings.append(
            Finding(severity="error", message=message, place=place, path=spell(path), hint=hint)
        )


def _key(event: yaml.Event) -> str:
    if isinstance(event, yaml.ScalarEvent):
        return event.value
    if isinstance(event, yaml.AliasEvent):
        raise _Refused("an alias cannot be a key", event, IN_QUOTES)
    hint = "Fill in placeholders {{…}}, or put them in quotes."
    raise _Refused("a mapping or a list cannot be a key", event, hint)


def _forbidden_character(text: str, position: int, origin: Origin) -> Finding:
    before = text[:position]
    code = ord(text[position])
    name = f"the control character U+{code:04X}" if code else "a NUL byte"
    return Finding(
        severity="error",
        message=f"{name} is in the text",
        place=origin.place(before.count("\n") + 1, position - before.rfind("\n")),
        path=spell(origin.path),
        hint="A document is plain text.",
    )
