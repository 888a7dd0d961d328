"""Streams as texts, and when they begin. The shapes are those of OpenAI's reference."""

from __future__ import annotations

import json
from typing import Any

import pytest

from azext_ml_endpoint.scoring import Answer
from azext_ml_endpoint.testing import generated

EVENTS, LINES = "text/event-stream; charset=utf-8", "application/x-ndjson"
ROLE = {"choices": [{"delta": {"role": "assistant", "content": ""}}]}
USAGE = {"choices": [], "usage": {"total_tokens": 3}}


def chat(text: str) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"content": text}}]}


def events(*values: Any, end: str = "\n\n") -> bytes:
    said = (each if isinstance(each, str) else json.dumps(each) for each in values)
    return "".join(f"data: {each}{end}" for each in said).encode()


def answer(*pieces: bytes, kind: str = EVENTS) -> Answer:
    """The first piece comes after one second, the next ones a second later each."""
    counts = [sum(map(len, pieces[: number + 1])) for number in range(len(pieces))]
    return Answer(
        status=200,
        body=b"".join(pieces),
        headers={"content-type": kind},
        began=10.0,
        arrivals=[(count, 11.0 + number) for number, count in enumerate(counts)],
    )


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (events(ROLE, chat("Hel"), chat("lo "), chat("you\n"), USAGE, "[DONE]"), "Hello you"),
        (events({"choices": [{"text": "a"}]}, {"choices": [{"text": "b"}]}), "ab"),
        (
            events(
                {"type": "response.output_text.delta", "delta": "a"},
                {"type": "response.output_text.done", "text": "a"},
            ),
            "a",
        ),
        (events({"text": "one "}, {"text": "two"}), "one two"),
        (events("the", " answer:", " ", "42", "[DONE]"), "the answer: 42"),
        (events({"price": 1}, [2]), 'data: {"price": 1}\n\ndata: [2]'),
        (b"", ""),
    ],
)
def test_events_are_put_together(body: bytes, text: str) -> None:
    assert generated.text(answer(body)) == text


def test_lines_are_put_together_and_all_else_is_as_it_is() -> None:
    body = b'{"text": "a"}\n{"text": "b"}\n'
    assert generated.text(answer(body, kind=LINES)) == "ab"
    assert generated.text(answer(body, kind="text/plain")) == body.decode().strip()


@pytest.mark.parametrize(
    ("pieces", "seconds"),
    [
        ([events(chat("a")), events(chat("b"))], 1),
        ([events(ROLE), b": waiting\n\n", events(chat("a")), events(chat("b"))], 3),
        ([events(chat("abc"))[:40], events(chat("abc"))[40:], events("[DONE]")], 2),
        ([events(ROLE, end="\r\n\r\n"), events(chat("a"), end="\r\n\r\n"), events("[DONE]")], 2),
        ([events(ROLE), b'data: {"text": "without an end"}'], 2),
        ([events({"price": 1}), events({"price": 2})], 1),
    ],
)
def test_a_stream_begins_with_its_first_text(pieces: list[bytes], seconds: int) -> None:
    assert generated.first_token(answer(*pieces)) == seconds


def test_lines_begin_when_one_is_whole() -> None:
    pieces = (b'{"done": false}\n{"te', b'xt": "a"}', b'\n{"text": "b"}\n')
    assert generated.first_token(answer(*pieces, kind=LINES)) == 3


def test_what_is_no_stream_begins_with_its_first_byte() -> None:
    assert generated.first_token(answer(b'{"a":', b"1}", kind="application/json")) == 1
    assert generated.first_token(answer()) is None
