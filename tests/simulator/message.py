"""What comes in and what goes out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

Json = dict[str, Any]

CUT = 0
"""The status of a reply that is none: the connection breaks without an answer."""


@dataclass(frozen=True)
class Request:
    """``url`` is whole, of any host. ``headers`` have names in lower case."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.url).path)

    @property
    def query(self) -> dict[str, str]:
        """Names in lower case, as they mean the same in any case."""
        pairs = parse_qsl(urlsplit(self.url).query, keep_blank_values=True)
        return {name.lower(): value for name, value in pairs}

    @property
    def bearer(self) -> str | None:
        """The credential, or None where there is no ``Authorization: Bearer``."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() or None if scheme.lower() == "bearer" else None


@dataclass(frozen=True)
class Reply:
    """``status`` is CUT where the connection breaks instead."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Any:
        return json.loads(self.body)


def json_reply(status: int, body: object, headers: Mapping[str, str] | None = None) -> Reply:
    """A reply with ``body`` as JSON."""
    content = {"content-type": "application/json; charset=utf-8"}
    return Reply(status, {**content, **(headers or {})}, json.dumps(body).encode())
