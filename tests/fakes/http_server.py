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
    comes until the server stops. cut: the answer is shorter than it says."""

    uri: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    dropped: bool = False
    silent: bool = False
    cut: bool = False
    asked: list[Asked] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)


@contextmanager
def local_server(tls: ssl.SSLContext | None = None) -> Iterator[LocalServer]:
    told = LocalServer()
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), _handler(told))
    if tls:
        httpd.socket = tls.wrap_socket(httpd.socket, server_side=True)
    told.uri = f"{'https' if tls else 'http'}://127.0.0.1:{httpd.server_port}"
    thread = threading.Thread(target=httpd.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield told
    finally:
        told.stopped.set()
        httpd.shutdown()
        httpd.server_close()
        thread.join()


def _handler(told: LocalServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
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

        def _send(self) -> None:
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(told.body) + told.cut))
            self.end_headers()
            self.wfile.write(told.body)

    return Handler
