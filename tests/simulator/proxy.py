"""The way to every simulated host: a proxy that clients reach through ``HTTPS_PROXY``.

It answers CONNECT. A host that it knows is played right here, by the service of its route, or lies
behind a tunnel; any other host is refused, and noted, so that nothing leaves this machine unseen.
"""

from __future__ import annotations

import errno
import re
import select
import socket
import socketserver
import ssl
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.simulator.authority import Authority
from tests.simulator.server import Conversation, Service, acknowledge_at_once

Address = tuple[str, int]
Route = Service | Address

CHUNK = 1 << 18


@dataclass(frozen=True, kw_only=True)
class Connection:
    """A connection that a client asked for. target: ``host:port``, or a URL asked without TLS."""

    target: str
    allowed: bool


class Proxy:
    """routes: regular expressions for whole host names (port 443), and what is there.

    ``latency``: seconds that each request waits before it is answered, tunnels excepted; may be
    changed at any time. ``unreachable``: names of hosts to which there is no way now.
    ``connections``: all that was asked for, refused ones too.
    ``errors``: what went wrong in the simulator itself.
    """

    def __init__(self, authority: Authority, routes: Mapping[str, Route]) -> None:
        self.latency = 0.0
        self.unreachable: set[str] = set()
        self.connections: list[Connection] = []
        self.errors: list[BaseException] = []
        self._authority = authority
        self._routes = {re.compile(pattern): route for pattern, route in routes.items()}
        self._server = _Listener(self)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def clear(self) -> None:
        """Forgets what was asked for, reaches every host, and is as fast as it can be."""
        self.latency = 0.0
        self.unreachable.clear()
        self.connections.clear()
        self.errors.clear()

    @property
    def refused(self) -> list[str]:
        """The targets that clients wanted and that are not simulated."""
        return [each.target for each in self.connections if not each.allowed]

    def route(self, target: str) -> Route | None:
        host, _, port = target.partition(":")
        found = (
            route
            for pattern, route in self._routes.items()
            if port == "443" and pattern.fullmatch(host)
        )
        route = next(found, None)
        self.connections.append(Connection(target=target, allowed=route is not None))
        return route

    def play(self, connection: socket.socket, host: str, service: Service) -> None:
        with self._authority.context(host).wrap_socket(connection, server_side=True) as secured:
            Conversation(secured, host, service, lambda: self.latency)


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, proxy: Proxy) -> None:
        self.proxy = proxy
        super().__init__(("127.0.0.1", 0), _Client)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is not an error of the simulator."""
        error = sys.exc_info()[1]
        if error and not _went_away(error):
            self.proxy.errors.append(error)
            super().handle_error(request, client_address)


def _went_away(error: BaseException) -> bool:
    """ENOTCONN, which is no ConnectionError, is what a socket says of a peer that was killed."""
    if isinstance(error, ConnectionError | ssl.SSLError):
        return True
    return isinstance(error, OSError) and error.errno == errno.ENOTCONN


class _Client(BaseHTTPRequestHandler):
    """A connection of a client to the proxy."""

    protocol_version = "HTTP/1.1"
    server: _Listener

    def do_CONNECT(self) -> None:
        self.close_connection = True
        host = self.path.partition(":")[0]
        route = self.server.proxy.route(self.path)
        if route is None:
            self.send_error(403, "not a simulated host")
            return
        if host in self.server.proxy.unreachable:
            self.send_error(504, "no answer from there")
            return
        self.send_response_only(200, "Connection established")
        self.end_headers()
        if isinstance(route, tuple):
            _tunnel(self.connection, route)
        else:
            self.server.proxy.play(self.connection, host, route)

    def refuse(self) -> None:
        """Plain HTTP through the proxy: nothing that is simulated is asked that way."""
        self.server.proxy.route(self.path)
        self.close_connection = True
        self.send_error(403, "not a simulated host")

    do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = do_DELETE = refuse  # noqa: N815

    def log_message(self, *parts: Any) -> None:
        """stderr is the one's who runs the simulator."""


def _tunnel(client: socket.socket, address: Address) -> None:
    with socket.create_connection(address) as server:
        for each in (client, server):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        other = {client: server, server: client}
        while True:
            for ready in select.select([client, server], [], [])[0]:
                data = ready.recv(CHUNK)
                acknowledge_at_once(ready)
                if not data:
                    return
                other[ready].sendall(data)
