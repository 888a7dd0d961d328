"""An HTTP server on this machine that notes what it is asked and answers what it was told."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, kw_only=True)
class Asked:
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class LocalServer:
    """One answer for every request. dropped: the connection is closed instead. silent: nothing
    comes until the server stops. cut: the answer is shorter than it says.

    pieces: the body instead, without a length: the next one is sent once ``go`` is released.
    chunked: whether each is a chunk; else they end with the connection.
    kept: whether connections are kept for the next request. connections: how many there were.
    statuses: of the next answers, before ``status``."""

    uri: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    dropped: bool = False
    silent: bool = False
    cut: bool = False
    pieces: tuple[bytes, ...] = ()
    chunked: bool = True
    kept: bool = False
    connections: int = 0
    statuses: list[int] = field(default_factory=list)
    go: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    asked: list[Asked] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)


@contextmanager
def local_server(
    tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> Iterator[LocalServer]:
    told = LocalServer()
    httpd = ThreadingHTTPServer((host, 0), _handler(told))
    if tls:
        httpd.socket = tls.wrap_socket(httpd.socket, server_side=True)
    told.uri = f"{'https' if tls else 'http'}://{host}:{httpd.server_port}"
    thread = threading.Thread(target=httpd.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield told
    finally:
        told.stopped.set()
        told.go.release(1000)
        httpd.shutdown()
        httpd.server_close()
        thread.join()


def _handler(told: LocalServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        disable_nagle_algorithm = True  # each piece goes out at once

        def setup(self) -> None:
            super().setup()
            told.connections += 1
            self.protocol_version = "HTTP/1.1" if told.kept else "HTTP/1.0"

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def log_message(self, *parts: object) -> None:
            """stderr is the test's."""

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            told.asked.append(
                Asked(method=self.command, target=self.path, headers=headers, body=body)
            )
            if told.silent:
                told.stopped.wait()
            if not (told.dropped or told.silent):
                self._send()
            self.close_connection = self.close_connection or told.dropped or told.silent

        def _send(self) -> None:
            self.send_response(told.statuses.pop() if told.statuses else told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            if told.pieces:
                self._send_pieces()
                return
            self.send_header("Content-Length", str(len(told.body) + told.cut))
            self.end_headers()
            self.wfile.write(told.body)

        def _send_pieces(self) -> None:
            if told.chunked:
                self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for piece in told.pieces:
                framed = b"%x\r\n%s\r\n" % (len(piece), piece) if told.chunked else piece
                self.wfile.write(framed)
                self.wfile.flush()
                told.go.acquire()
            if told.chunked and not told.cut:
                self.wfile.write(b"0\r\n\r\n")

    return Handler
