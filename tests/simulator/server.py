"""HTTPS on an open connection: the requests that come over it, one after the other, and answers."""

from __future__ import annotations

import socket
import ssl
import struct
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.simulator.message import Reply, Request

Service = Callable[["Conversation"], None]


class Conversation(BaseHTTPRequestHandler):
    """One connection of a client to ``host``, kept alive; ``service`` answers each request.

    latency: asked before every request; the seconds that it waits on its way.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = None

    def __init__(
        self,
        connection: ssl.SSLSocket,
        host: str,
        service: Service,
        latency: Callable[[], float] = lambda: 0,
    ) -> None:
        self.host, self._service, self._latency = host, service, latency
        super().__init__(connection, connection.getpeername(), None)  # type: ignore[arg-type]

    def handle_one_request(self) -> None:
        acknowledge_at_once(self.connection)
        super().handle_one_request()

    def _answer(self) -> None:
        time.sleep(self._latency())
        self._service(self)

    do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815

    @property
    def url(self) -> str:
        return f"https://{self.host}{self.path}"

    @property
    def length(self) -> int:
        """Bytes of the request's body. All clients that are served here say it beforehand."""
        return int(self.headers.get("Content-Length", 0))

    def received(self) -> Request:
        """The request, with its body read."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Request(self.command, self.url, headers, self.rfile.read(self.length))

    def send(self, reply: Reply) -> None:
        """``Content-Length`` is the body's, but in the answer to HEAD, which describes another."""
        headers = {"Content-Length": str(len(reply.body)), **reply.headers}
        self.send_head(reply.status, list(headers.items()))
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def send_head(self, status: int, headers: list[tuple[str, str]]) -> None:
        phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""
        self.send_response_only(status, phrase)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()

    def reset(self) -> None:
        """Ends the connection so that the client sees a reset, not an orderly end."""
        self.close_connection = True
        reset(self.connection)

    def log_message(self, *parts: Any) -> None:
        """stderr is the one's who runs the simulator; the journals have it all."""


def acknowledge_at_once(connection: socket.socket) -> None:
    """Keeps clients from waiting 40 ms between the head of a request and its body.

    urllib3 leaves Nagle's algorithm on where it speaks through a proxy, and a head that is not
    acknowledged holds the body back. Linux forgets this after a while.
    """
    if hasattr(socket, "TCP_QUICKACK"):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def reset(connection: socket.socket) -> None:
    # A socket that does not linger over unsent bytes is reset when it is closed.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
