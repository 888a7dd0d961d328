"""What came of a request that the page has sent: the answer as data, and what it took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from azext_ml_endpoint import media_types
from azext_ml_endpoint.errors import ScoringError
from azext_ml_endpoint.scoring import Answer, Request

if TYPE_CHECKING:
    from azext_ml_endpoint.local.service import LocalService
    from azext_ml_endpoint.page.routes import Sending

_ANSWER_SECONDS = 300.0
_MOST_SHOWN = 1 << 20
"""Bytes of an answer that are read, of a stream that never ends too."""


@dataclass
class Heard:
    """What came of one request. head: None where there was no answer. milliseconds: to its end."""

    head: Answer | None = None
    body: bytes = b""
    whole: bool = True
    milliseconds: float | None = None
    error: ScoringError | None = None

    def read(self, head: Answer, pieces: Iterator[bytes]) -> bytes:
        """As :data:`.scoring.Read`: at most so much as is shown."""
        self.head = head
        until = time.perf_counter() + _ANSWER_SECONDS
        for piece in pieces:
            self.body += piece
            self.whole = len(self.body) <= _MOST_SHOWN and time.perf_counter() < until
            if not self.whole:
                break
        self.milliseconds = round((time.perf_counter() - head.began) * 1000, 1)
        return self.body

    def figures(self) -> dict[str, Any]:
        return {
            "status": self.head and self.head.status,
            "milliseconds": self.milliseconds,
            "deployment": self.head and self.head.deployment,
        }

    def shown(self) -> dict[str, Any]:
        from azext_ml_endpoint.page import calls

        error = self.error
        told = error and calls.told(error.message, error.recommendation, error.detail)
        return {
            **self.figures(),
            "headers": dict(self.head.headers) if self.head else {},
            "body": self._text(),
            "bytes": len(self.body),
            "whole": self.whole,
            "error": told,
        }

    def _text(self) -> str | None:
        """None for what is no text."""
        kind = self.head.headers.get("content-type", "") if self.head else ""
        shown = self.body[:_MOST_SHOWN]
        if not media_types.is_text(shown, kind):
            return None
        return shown.decode(media_types.charset(kind), "replace")


def of(service: LocalService, name: str, sending: Sending) -> Heard:
    """Raises what else than an answer goes wrong, such as NotFoundError."""
    heard = Heard()
    request = Request(body=sending.body.encode(), content_type=sending.content_type)
    try:
        service.invoke(name, sending.deployment, request, timeout=_ANSWER_SECONDS, read=heard.read)
    except ScoringError as error:
        heard.error = error
    return heard
