"""`.vscode/launch.json`: one entry put in, all else left byte by byte as it is.

VS Code reads JSON with comments and trailing commas, which a reader of JSON loses. So the text is
only scanned for places, and the entry is written between what is there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azext_ml_endpoint.errors import UsageError

_NEW = '{\n    "version": "0.2.0"\n}\n'
_TOKEN = re.compile(
    r"(?P<blank>[ \t\r\n\ufeff]+|//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)|(?P<mark>[{}\[\]:,])"
    r'|(?P<plain>"(?:[^"\\\n]|\\.)*"|[-+.\w]+)'
)
_DEEPEST = 50


@dataclass(frozen=True)
class Node:
    """What stands at text[start:end]. members: of an object, or of a list by their numbers."""

    value: Any
    start: int
    end: int
    members: Mapping[Any, Node]


def with_entry(text: str, entry: Mapping[str, Any]) -> str:
    """The text with this configuration, in place of one of its name or before the first.

    What that one says besides stays. Raises UsageError where the text is damaged. An empty text is
    a new file.
    """
    text = text if text.strip() else _NEW
    root = _read(text)
    listed = root.members.get("configurations")
    if listed is None:
        key = f'"configurations": {_written([entry], 1)}'
        return _first(text, root, key, depth=1)
    if not isinstance(listed.value, list):
        raise _damage(text, listed.start, '"configurations" is no list')
    for each in listed.members.values():
        if isinstance(each.value, dict) and each.value.get("name") == entry["name"]:
            wanted = {**each.value, **entry}
            return text if each.value == wanted else _put(text, each.start, each.end, wanted)
    return _first(text, listed, _written(entry, 2), depth=2)


def _put(text: str, start: int, end: int, entry: Mapping[str, Any]) -> str:
    return text[:start] + _ending_as(text, _written(entry, 2)) + text[end:]


def _first(text: str, holder: Node, member: str, depth: int) -> str:
    after = "," if holder.members else "\n" + " " * 4 * (depth - 1)
    place = holder.start + 1
    added = _ending_as(text, f"\n{' ' * 4 * depth}{member}{after}")
    return text[:place] + added + text[place:]


def _ending_as(text: str, added: str) -> str:
    """With the text's own ends of lines."""
    return added.replace("\n", "\r\n") if "\r\n" in text else added


def _written(value: Any, depth: int) -> str:
    return json.dumps(value, indent=4).replace("\n", "\n" + " " * 4 * depth)


def _read(text: str) -> Node:
    scan = _Scan(text)
    root = scan.node()
    if not isinstance(root.value, dict):
        raise _damage(text, root.start, "it is no object")
    if scan.token:
        raise _damage(text, scan.start, "something follows its end")
    return root


class _Scan:
    """token: the next one that is no blank, at start; empty at the end of the text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._end = 0
        self.token = ""
        self.start = 0
        self._step()

    def node(self, depth: int = 0) -> Node:
        start = self.start
        if depth > _DEEPEST:
            raise _damage(self._text, start, "it is nested too deep")
        if self.token in ("{", "["):
            return self._holder(start, depth)
        value = self._plain()
        return Node(value, start, start + len(self._take()), {})

    def _holder(self, start: int, depth: int) -> Node:
        is_object = self._take() == "{"
        close = "}" if is_object else "]"
        members: dict[Any, Node] = {}
        while self.token != close:
            key = self._key() if is_object else len(members)
            members[key] = self.node(depth + 1)
            if self.token != close:
                self._expect(",")
        end = self.start + len(self._take())
        values = {key: each.value for key, each in members.items()}
        return Node(values if is_object else list(values.values()), start, end, members)

    def _key(self) -> str:
        key = self._plain()
        if not isinstance(key, str):
            raise _damage(self._text, self.start, "a key is no text")
        self._take()
        self._expect(":")
        return key

    def _plain(self) -> Any:
        try:
            return json.loads(self.token)
        except ValueError:
            found = self.token or "its end"
            raise _damage(self._text, self.start, f"{found} is not expected") from None

    def _expect(self, mark: str) -> None:
        if self.token != mark:
            raise _damage(self._text, self.start, f"a {mark} is missing")
        self._take()

    def _take(self) -> str:
        token = self.token
        self._step()
        return token

    def _step(self) -> None:
        while self._end < len(self._text):
            self.start = self._end
            found = _TOKEN.match(self._text, self._end)
            if found is None:
                raise _damage(self._text, self._end, "a character is not expected")
            self._end = found.end()
            if not found["blank"]:
                self.token = found[0]
                return
        self.token, self.start = "", len(self._text)


def _damage(text: str, place: int, cause: str) -> UsageError:
    line = text.count("\n", 0, place) + 1
    return UsageError(
        f".vscode/launch.json:{line}: the file cannot be read: {cause}.",
        "Correct the file, then run this again. Nothing has been changed.",
    )
