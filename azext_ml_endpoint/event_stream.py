"""Streams of events, or of lines of JSON, as data: for ``--query``.

Events are those of the HTML standard, "Server-sent events". One that ends with the stream, without
its empty line, counts here: it was sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from azext_ml_endpoint import foreign_json

_LINE_END = re.compile("\r\n|\n|\r")


def events(text: str) -> list[dict[str, Any]]:
    """``[{"event": "message", "data": …}, …]``, with an ``id`` where it has one.

    data: what its JSON says, else the text.
    """
    found, fields = [], _no_fields()
    for line in [*_LINE_END.split(text.removeprefix("\ufeff")), ""]:
        if line:
            _add(fields, line)
        elif fields["data"]:
            found.append(_event(fields))
        if not line:
            fields = _no_fields()
    return found


def json_lines(text: str) -> list[Any]:
    """What each line says; a line that is no JSON as text. Empty lines are none."""
    return [_value(line) for line in _LINE_END.split(text) if line.strip()]


def _no_fields() -> dict[str, list[str]]:
    return {"event": [], "data": [], "id": []}


def _add(fields: dict[str, list[str]], line: str) -> None:
    """What begins with a colon is a comment, and other fields are for browsers."""
    name, _, value = line.partition(":")
    if name in fields:
        fields[name].append(value.removeprefix(" "))


def _event(fields: dict[str, list[str]]) -> dict[str, Any]:
    name = "".join(fields["event"][-1:]) or "message"
    ids: Iterator[tuple[str, str]] = (("id", each) for each in fields["id"][-1:])
    return {"event": name, "data": _value("\n".join(fields["data"])), **dict(ids)}


def _value(text: str) -> Any:
    try:
        return foreign_json.loads(text)
    except ValueError:
        return text
