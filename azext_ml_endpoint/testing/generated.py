"""The text that a model sends piece by piece, and when it began. Pure.

    data: {"choices": [{"delta": {"role": "assistant"}}]}      no text yet
    data: {"choices": [{"delta": {"content": "Hel"}}]}         the first token
    data: {"choices": [{"delta": {"content": "lo"}}]}
    data: [DONE]                                               ``Hello``

Events and lines of JSON are read so; their shapes are those of OpenAI's interfaces, a ``text`` of
one's own, or the bare text.
"""

from __future__ import annotations

import bisect
import json
from collections.abc import Iterator
from typing import Any

from azext_ml_endpoint import event_stream, media_types
from azext_ml_endpoint.scoring import Answer

_END = "[DONE]"
_WHERE: tuple[tuple[str | int, ...], ...] = (
    ("choices", 0, "delta", "content"),  # chat completions
    ("choices", 0, "text"),  # completions
    ("delta",),  # responses
    ("text",),
)
_EVENT_ENDS, _LINE_ENDS = (b"\n\n", b"\r\n\r\n", b"\r\r"), (b"\n",)


def text(answer: Answer) -> str:
    """The pieces of a stream as one text. What has none of them is its own text."""
    return "".join(_pieces(answer, answer.body)).strip() or answer.text


def first_token(answer: Answer) -> float | None:
    """Seconds from the request until the first piece of the text was there, or None.

    Of an answer that is no such stream it is the first byte of its body.
    """
    arrivals, has_text = answer.arrivals, any(_pieces(answer, answer.body))

    def has_begun(arrival: tuple[int, float]) -> bool:
        return not has_text or any(_pieces(answer, _whole(answer, arrival[0])))

    place = bisect.bisect_left(arrivals, True, key=has_begun)
    return arrivals[place][1] - answer.began if place < len(arrivals) else None


def _whole(answer: Answer, count: int) -> bytes:
    """So many bytes, without what has not come to its end: half a piece would be a bare text."""
    if count >= len(answer.body):
        return answer.body
    ends = _EVENT_ENDS if _kind(answer) == media_types.EVENT_STREAM else _LINE_ENDS
    found = ((answer.body.rfind(end, 0, count), len(end)) for end in ends)
    return answer.body[: max((at + size for at, size in found if at >= 0), default=0)]


def _kind(answer: Answer) -> str | None:
    kind = media_types.essence(answer.headers.get("content-type", ""))
    return kind if kind in {media_types.EVENT_STREAM, *media_types.JSON_LINES} else None


def _pieces(answer: Answer, body: bytes) -> Iterator[str]:
    said = body.decode("utf-8", errors="replace")
    if _kind(answer) == media_types.EVENT_STREAM:
        values = [each["data"] for each in event_stream.events(said)]
    elif _kind(answer):
        values = event_stream.json_lines(said)
    else:
        return
    yield from filter(None, map(_piece, values))


def _piece(value: Any) -> str:
    if isinstance(value, str):
        return "" if value == _END else value
    if isinstance(value, dict):
        # such an event repeats what came before it
        again = str(value.get("type")).endswith(".done")
        found = () if again else (_found(value, path) for path in _WHERE)
        return next(filter(None, found), "")
    return "" if isinstance(value, list) else json.dumps(value)  # a number is a text, too


def _found(value: Any, path: tuple[str | int, ...]) -> str:
    for key in path:
        try:
            value = value[key]
        except (LookupError, TypeError):
            return ""
    return value if isinstance(value, str) else ""
