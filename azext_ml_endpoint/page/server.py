"""The one that listens: on 127.0.0.1, for the page and its calls."""

from __future__ import annotations

import contextlib
import logging
import os
import socketserver
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import TracebackType

from azext_ml_endpoint.errors import UsageError
from azext_ml_endpoint.page import calls, guard, routes
from azext_ml_endpoint.page.calls import Calls, Endpoints
from azext_ml_endpoint.page.guard import Head, Refusal
from azext_ml_endpoint.page.routes import Call, File
from azext_ml_endpoint.page.tails import MOST_LINES, Tail, Tails
from azext_ml_endpoint.side_by_side import told_of_interrupts

ADDRESS = "127.0.0.1"
_IDLE_SECONDS = 60.0
"""For which somebody may say nothing."""
_PULSE_SECONDS = 10.0
"""After which a silent log is told to be there still: else nobody notices who has gone."""
_FOLDER = Path(__file__).parent
_log = logging.getLogger(__name__)


class Page:
    """Listens from its making to its close. token: what its address must begin with.

    port: 0 for any. Raises UsageError where it cannot be had.
    """

    def __init__(self, endpoints: Endpoints, token: str, port: int = 0) -> None:
        self.calls = Calls(endpoints)
        self.endpoints = endpoints
        self.tails = Tails()
        self.token = token
        try:
            self._server = _Server((ADDRESS, port), self)
        except OSError as error:
            raise UsageError(
                f"Port {port} cannot be listened on: {error.strerror or error}.",
                "Give another one with --ui-port, or leave it out.",
            ) from error
        self.port: int = self._server.server_address[1]

    @property
    def url(self) -> str:
        return f"http://{ADDRESS}:{self.port}/{self.token}/"

    def serve(self) -> None:
        """Until Ctrl-C, which is raised here. It waits for its moment: within what accepts a
        connection it would cut that off, whose request may be under way by then."""
        with told_of_interrupts(self._server.end), contextlib.suppress(_Ended):
            self._server.serve_forever(poll_interval=0.2)

    def __enter__(self) -> Page:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._server.server_close()
        self.calls.finish()


class _Ended(Exception):
    """Nobody is let in any more."""


class _Server(socketserver.ThreadingTCPServer):
    """http.server's own asks a name server for this machine's name first."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = os.name != "nt"  # where a second listener would be let in
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], page: Page) -> None:
        self.page = page
        self._is_over = False
        super().__init__(address, _Handler)

    def end(self) -> None:
        """Soon. May be called at any moment."""
        self._is_over = True

    def service_actions(self) -> None:
        """Between two connections."""
        if self._is_over:
            raise _Ended

    def handle_error(self, *_: object) -> None:
        """A connection that broke; what is wrong with a request has been answered."""
        _log.debug("A connection of the page broke.", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS
    disable_nagle_algorithm = True
    server: _Server

    def handle_one_request(self) -> None:
        """In place of a method per verb: all are answered in one way."""
        # pylint: disable-next=attribute-defined-outside-init
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or len(self.raw_requestline) > 65536:
            self.close_connection = True
        elif self.parse_request():
            self._answer()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Of what is no HTTP. The base class would show a page of its own."""
        del explain  # it is for that page
        self._refuse(Refusal(int(code), message or "The request cannot be read."))

    def _answer(self) -> None:
        page = self.server.page
        head = Head(self.command, self.path, tuple(self.headers.items()))
        try:
            path = guard.admitted(head, page.port, page.token)
            found = routes.find(head.method, path)
            body = self.rfile.read(guard.length(head)) if head.method == "POST" else b""
        except Refusal as refusal:
            self._refuse(refusal)
        else:
            self._do(found, body, head.header("last-event-id") or "")

    def _do(self, found: File | Call, body: bytes, last: str) -> None:
        if isinstance(found, File):
            self._send(200, (_FOLDER / found.name).read_bytes(), routes.FILES[found.name])
        elif found.verb == "logs":
            self._follow(found, last)
        else:
            self._call(found, body)

    def _call(self, call: Call, body: bytes) -> None:
        try:
            data = self.server.page.calls.answer(call, body)
        except Exception as error:  # pylint: disable=broad-exception-caught
            self._fail(error)
        else:
            self._send(200, calls.dumped(data))

    def _follow(self, call: Call, last: str) -> None:
        page = self.server.page
        try:
            tail = page.tails.of(
                call.endpoint,
                call.deployment,
                lambda: page.endpoints.logs(call.endpoint, call.deployment, MOST_LINES),
            )
        except Exception as error:  # pylint: disable=broad-exception-caught
            self._fail(error)
        else:
            with contextlib.suppress(OSError):  # whoever looked has gone
                self._stream(tail, _after(last, tail))

    def _stream(self, tail: Tail, number: int) -> None:
        """Server-sent events: a line of the log each, as JSON; ``end`` after the last one."""
        self.close_connection = True
        self._head(200, {"Content-Type": "text/event-stream", "Connection": "close"})
        while (lines := tail.after(number, _PULSE_SECONDS)) is not None:
            number = lines[-1][0] if lines else number
            events = (_event(tail, each, text) for each, text in lines)
            self.wfile.write(b"".join(events) or b":\n\n")
        self.wfile.write(b"event: end\ndata: \n\n")

    def _fail(self, error: Exception) -> None:
        status, body = calls.failure(error)
        if status == 500:
            _log.debug("The page could not do what it was asked.", exc_info=error)
        self._send(status, calls.dumped(body))

    def _refuse(self, refusal: Refusal) -> None:
        """What may follow is not read: nobody knows where the next request would begin."""
        self.close_connection = True
        more = {"Allow": ", ".join(refusal.allowed)} if refusal.allowed else {}
        status, body = calls.failure(refusal)
        self._send(status, calls.dumped(body), headers={**more, "Connection": "close"})

    def _send(
        self,
        status: int,
        body: bytes,
        content_type: str = guard.JSON,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        own = {"Content-Type": content_type, "Content-Length": str(len(body))}
        with contextlib.suppress(OSError):
            self._head(status, {**own, **(headers or {})})
            self.wfile.write(b"" if self.command == "HEAD" else body)

    def _head(self, status: int, headers: Mapping[str, str]) -> None:
        """Without the names of programs that the base class tells, and without its log: the
        address has the token."""
        self.send_response_only(status)
        for name, text in {**guard.HEADERS, **headers}.items():
            self.send_header(name, text)
        self.end_headers()


def _event(tail: Tail, number: int, text: str) -> bytes:
    return b"id: %s.%d\ndata: %s\n\n" % (tail.name.encode(), number, calls.dumped(text))


def _after(last: str, tail: Tail) -> int:
    """The number of the line that was seen last; 0 where that was one of another log."""
    name, _, number = last.partition(".")
    return int(number) if name == tail.name and number.isascii() and number.isdigit() else 0
