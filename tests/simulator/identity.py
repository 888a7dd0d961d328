"""The managed identity of an App Service: a local endpoint that hands out tokens of Entra ID.

Its protocol is what ``IDENTITY_ENDPOINT`` and ``IDENTITY_HEADER`` announce to az and to
azure-identity.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.simulator.tokens import Tokens

CLIENT = "00000000-0000-0000-0000-0000000000dd"


class Identity:
    """``resources``: what tokens were asked for, in order."""

    def __init__(self, tokens: Callable[[], Tokens]) -> None:
        self.header = secrets.token_hex(16)
        self.resources: list[str] = []
        self._tokens = tokens
        self._server = _Listener(self)
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}/msi/token"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    @property
    def variables(self) -> dict[str, str]:
        return {"IDENTITY_ENDPOINT": self.endpoint, "IDENTITY_HEADER": self.header}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, header: str | None, resource: str | None) -> tuple[int, dict[str, str]]:
        if header != self.header:
            return 401, {"statusCode": "401", "message": "X-IDENTITY-HEADER is missing or wrong"}
        if not resource:
            return 400, {"statusCode": "400", "message": "resource is missing"}
        self.resources.append(resource)
        tokens = self._tokens()
        return 200, {
            "access_token": tokens.issue(resource),
            "client_id": CLIENT,
            "expires_on": str(int(time.time() + tokens.lifetime)),
            "resource": resource,
            "token_type": "Bearer",
        }


class _Listener(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        super().__init__(("127.0.0.1", 0), _Client)


class _Client(BaseHTTPRequestHandler):
    server: _Listener

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        resource = query.get("resource", [None])[0]
        status, body = self.server.identity.answer(self.headers.get("X-IDENTITY-HEADER"), resource)
        raw = json.dumps(body).encode()
        self.send_response_only(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *parts: Any) -> None:
        """stderr is the one's who runs the simulator."""
