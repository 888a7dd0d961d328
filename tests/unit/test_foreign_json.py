"""Whatever is no JSON that can be used is a ValueError."""

from __future__ import annotations

import json
from typing import Any

import pytest

from azext_ml_endpoint.foreign_json import MOST_NESTED, loads
from azext_ml_endpoint.scoring import Answer


def nested(depth: int, opening: str = "[", closing: str = "]") -> str:
    return opening * depth + closing * depth


@pytest.mark.parametrize("content", ["{}", b"[1, null]", '"x"', nested(MOST_NESTED), "[[]]"])
def test_json_is_what_json_says(content: str | bytes) -> None:
    assert loads(content) == json.loads(content)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        b"\xff",
        b"\x00",
        "[" * 200_000,
        '{"a":' * 200_000,
        nested(200_000),
        nested(MOST_NESTED + 1),
        nested(900, '{"a":[', "]}"),
        "1" * 5000,
    ],
    ids=range(10),
)
def test_all_else_is_no_json(content: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        loads(content)


def test_brackets_in_texts_are_no_depth() -> None:
    assert loads(json.dumps(["[" * 5000])) == ["[" * 5000]
    wide: list[Any] = [[]] * 5000
    assert loads(json.dumps(wide)) == wide


@pytest.mark.parametrize("body", [b"[" * 200_000, b'{"message":' * 200_000, b"<" * 200_000])
def test_an_answer_without_end_is_told_in_short(body: bytes) -> None:
    assert len(Answer(status=500, body=body).message) < 3000
