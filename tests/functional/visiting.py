"""Who asks the page of `ui`, as a browser would."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Visitor:
    """One who has the page's address."""

    url: str

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    def get(self, path: str, **headers: str) -> Reply:
        return self.ask("GET", path, None, headers)

    def post(self, path: str, data: Any, **headers: str) -> Reply:
        own = {"Content-Type": "application/json", "Origin": f"http://{self.host}"}
        return self.ask("POST", path, json.dumps(data).encode(), {**own, **headers})

    def ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        connection = http.client.HTTPConnection(self.host, timeout=60)
        connection.request(method, self.path + path, body, dict(headers))
        answer = connection.getresponse()
        reply = Reply(answer.status, dict(answer.headers), answer.read())
        connection.close()
        return reply
