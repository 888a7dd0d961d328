"""The blob hosts as clients see them: Azurite, with a journal and with faults before it.

Bodies pass through in pieces; none is kept.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.simulator.azurite import AzuriteError
from tests.simulator.faults import Faults, Held, Reset, Slow, Status
from tests.simulator.message import Reply, Request
from tests.simulator.proxy import Address
from tests.simulator.server import Conversation

CHUNK = 1 << 18
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "proxy-connection", "te", "upgrade"}


def storage_error(status: int, code: str, message: str) -> Status:
    """An error as Azure's storage words it."""
    body = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{message}'
    headers = {"x-ms-error-code": code, "Content-Type": "application/xml"}
    return Status(status, headers, f"{body}</Message></Error>".encode())


BUSY = storage_error(503, "ServerBusy", "The server is busy.")
EXPIRED = storage_error(
    403,
    "AuthenticationFailed",
    "Server failed to authenticate the request. Make sure the value of Authorization header is "
    "formed correctly including the signature.",
)
PASS = Slow(0)
"""Nothing: ``Fault(PASS, times=5)`` lets five requests through to the next fault."""


@dataclass(kw_only=True)
class BlobRequest:
    """size: bytes of the body, as announced. status: None while it runs, or when it was reset."""

    method: str
    url: str
    size: int
    began: float
    ended: float | None = None
    status: int | None = None

    @property
    def path(self) -> str:
        """``container/path/of/the/blob``"""
        return urlsplit(self.url).path.lstrip("/")

    @property
    def query(self) -> dict[str, str]:
        """Without the parameters of a SAS token this says what is asked: ``comp=block`` etc."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.url).query).items()}

    @property
    def operation(self) -> str:
        """``PUT``, ``PUT block``, ``PUT blocklist``, ``PUT metadata``, ``HEAD``, ``GET list``…"""
        return " ".join([self.method, *filter(None, [self.query.get("comp")])])


@dataclass
class BlobJournal:
    """Every request that reached the blob hosts, in the order of arrival."""

    requests: list[BlobRequest] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition, repr=False)

    def writes(self) -> list[BlobRequest]:
        return [each for each in self.requests if each.method not in ("GET", "HEAD")]

    def written(self) -> list[BlobRequest]:
        """Writes that were carried out, not refused."""
        return [each for each in self.writes() if each.status is not None and each.status < 300]

    def clear(self) -> None:
        self.requests.clear()

    def wait_until(
        self, holds: Callable[[Sequence[BlobRequest]], bool], seconds: float = 60
    ) -> None:
        """Waits for a state of the journal; AssertionError when it does not come."""
        with self._changed:
            if not self._changed.wait_for(lambda: holds(self.requests), seconds):
                raise AssertionError(f"not within {seconds} s; so far: {self.requests}")

    @contextmanager
    def entry(self, request: Request, size: int) -> Iterator[BlobRequest]:
        entry = BlobRequest(
            method=request.method, url=request.url, size=size, began=time.monotonic()
        )
        self.requests.append(entry)
        try:
            yield entry
        finally:
            entry.ended = time.monotonic()
            with self._changed:
                self._changed.notify_all()


class BlobFront:
    """A :data:`~tests.simulator.server.Service` in front of Azurite. Faults are of its own."""

    def __init__(self, azurite: Address, bundle: Path) -> None:
        self.journal = BlobJournal()
        self.faults = Faults()
        self._azurite = azurite
        self._trust = ssl.create_default_context(cafile=bundle)
        self._expired: set[str] = set()
        self._connections = threading.local()  # each client's thread has one of its own

    def expire_sas(self) -> None:
        """Every SAS token that was used so far has expired."""
        self._expired |= {each.query.get("sig", "") for each in self.journal.requests} - {""}

    def clear(self) -> None:
        """Forgets requests, faults, and which tokens have expired."""
        self.journal.clear()
        self.faults.clear()
        self._expired.clear()

    def __call__(self, conversation: Conversation) -> None:
        request = Request(conversation.command, conversation.url)
        with self.journal.entry(request, conversation.length) as entry:
            effect: object = self.faults.take(request)
            if entry.query.get("sig") in self._expired:
                effect = EXPIRED
            if isinstance(effect, Slow):
                time.sleep(effect.seconds)
            if isinstance(effect, Status):
                entry.status = effect.status
                _refuse(conversation, effect)
            elif isinstance(effect, Reset) and not effect.done:
                if isinstance(effect, Held):
                    effect.hold()
                conversation.rfile.read(min(effect.after, conversation.length))
                conversation.reset()
            else:
                self._forward(conversation, entry, answer=not isinstance(effect, Reset))

    def _forward(self, conversation: Conversation, entry: BlobRequest, answer: bool) -> None:
        """The status is noted before the client has it, who may then look into the journal."""
        upstream = self._connection()
        upstream.putrequest(
            conversation.command, conversation.path, skip_host=True, skip_accept_encoding=True
        )
        for name, value in conversation.headers.items():
            if name.lower() not in HOP_BY_HOP:
                upstream.putheader(name, value)
        upstream.endheaders()
        for chunk in _chunks(conversation.rfile.read, conversation.length):
            upstream.send(chunk)
        with upstream.getresponse() as response:
            if not answer:
                conversation.reset()
                return
            entry.status = response.status
            _send_back(response, conversation)

    def _connection(self) -> HTTPSConnection:
        if not hasattr(self._connections, "azurite"):
            host, port = self._azurite
            self._connections.azurite = Upstream(host, port, context=self._trust)
        connection: HTTPSConnection = self._connections.azurite
        return connection


class Upstream(HTTPSConnection):
    """A connection to Azurite, whose end is not to be taken for the end of a client's."""

    def send(self, data: Any) -> None:
        with _its_own_fault():
            super().send(data)

    def getresponse(self) -> HTTPResponse:
        with _its_own_fault():
            return super().getresponse()


@contextmanager
def _its_own_fault() -> Iterator[None]:
    try:
        yield
    except (OSError, HTTPException) as error:
        raise AzuriteError(f"azurite does not answer: {error!r}") from error


def _refuse(conversation: Conversation, status: Status) -> None:
    conversation.rfile.read(conversation.length)
    body = status.body if isinstance(status.body, bytes) else b""
    conversation.send(Reply(status.status, status.headers, body))


def _chunks(read: Callable[[int], bytes], length: int) -> Iterator[bytes]:
    while length:
        chunk = read(min(CHUNK, length))
        if not chunk:
            raise ConnectionError("the client went away in the middle of a body")
        length -= len(chunk)
        yield chunk


def _send_back(response: HTTPResponse, conversation: Conversation) -> None:
    headers = [each for each in response.getheaders() if each[0].lower() not in HOP_BY_HOP]
    if response.length is None and conversation.command != "HEAD":
        # of a length that Azurite did not say: the answer to a list
        body = response.read()
        conversation.send_head(response.status, [*headers, ("Content-Length", str(len(body)))])
        conversation.wfile.write(body)
        return
    conversation.send_head(response.status, headers)
    while chunk := response.read(CHUNK):
        conversation.wfile.write(chunk)
