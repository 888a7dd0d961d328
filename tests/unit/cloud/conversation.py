"""Azure as a script: each request gets the next reply, and nothing is asked beyond it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.simulator.message import CUT, Reply, Request, json_reply

ROOT = "https://management.azure.com"
RESET = Reply(CUT)
CORRELATION = {"x-ms-correlation-request-id": "0f-correlation"}


class Conversation:
    """``handle`` for a SimulatedTransport. requests: what has been asked."""

    def __init__(self, *replies: Reply) -> None:
        self.requests: list[Request] = []
        self._replies = list(replies)

    def __call__(self, request: Request) -> Reply:
        self.requests.append(request)
        assert self._replies, f"nothing is left to say to {request.method} {request.url}"
        return self._replies.pop(0)

    @property
    def asked(self) -> list[str]:
        """Method and path of each request."""
        return [f"{each.method} {each.path}" for each in self.requests]

    @property
    def is_over(self) -> bool:
        return not self._replies


def ok(body: Mapping[str, Any] | None = None, **headers: str) -> Reply:
    return json_reply(200, {} if body is None else body, named(headers))


def refused(status: int, code: str, message: str, details: object = None, **headers: str) -> Reply:
    error = {"code": code, "message": message, "details": details or []}
    return json_reply(status, {"error": error}, {**CORRELATION, **named(headers)})


def page(status: int, title: str) -> Reply:
    html = f"<html><head><title>{title}</title></head><body>no JSON</body></html>"
    return Reply(status, {"content-type": "text/html"}, html.encode())


def named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def sent(request: Request) -> Any:
    return json.loads(request.body)
