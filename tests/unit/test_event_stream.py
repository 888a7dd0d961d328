"""Streams as data. The rules are those of the HTML standard, 9.2.6."""

from __future__ import annotations

from typing import Any

import pytest

from azext_ml_endpoint import event_stream


def message(data: Any) -> dict[str, Any]:
    return {"event": "message", "data": data}


@pytest.mark.parametrize(
    ("text", "events"),
    [
        ("", []),
        ("data: one\n\ndata: two\n\n", [message("one"), message("two")]),
        ("data:one\r\n\r\ndata: two\r\r", [message("one"), message("two")]),
        ("data: a\ndata: b\n\n", [message("a\nb")]),
        ('data: {"x": 1}\n\n', [message({"x": 1})]),
        ("data: [DONE]\n\n", [message("[DONE]")]),
        ("data\n\n", [message("")]),
        ("data:  a\n\n", [message(" a")]),
        ("\ufeff: a comment\nretry: 5\ndata: a\n\n", [message("a")]),
        ("event: end\n\n\n\n", []),
        ("event: end\nid: 7\ndata: 1\n\ndata: 2\n\n", [
            {"event": "end", "data": 1, "id": "7"}, message(2)]),
        ("data: not ended", [message("not ended")]),
        ("nonsense\n\ndata: a: b\n\n", [message("a: b")]),
    ],
)  # fmt: skip
def test_events(text: str, events: list[dict[str, Any]]) -> None:
    assert event_stream.events(text) == events


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", []),
        ('{"a": 1}\n[2]\r\n\n3', [{"a": 1}, [2], 3]),
        ("1\nno json\n", [1, "no json"]),
        ("[" * 10_000, ["[" * 10_000]),
    ],
)
def test_lines_of_json(text: str, values: list[Any]) -> None:
    assert event_stream.json_lines(text) == values
