"""The two ends between which a request and its answer pass: the loop's, and the parser."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from types import SimpleNamespace
from typing import Any

from azext_ml_endpoint.local.gateway.upstream import Asked, Exchange


class Transport:
    """socket: what is still to be read when a connection is lost; here it cannot be."""

    def __init__(self) -> None:
        self.socket: Any = SimpleNamespace(fileno=lambda: -1)
        self.written = b""
        self.reads = True
        self.closed = False

    def write(self, piece: bytes) -> None:
        self.written += piece

    def is_closing(self) -> bool:
        return self.closed

    def abort(self) -> None:
        self.closed = True

    def get_extra_info(self, name: str) -> Any:
        assert name == "socket"
        return self.socket

    def pause_reading(self) -> None:
        assert self.reads and not self.closed
        self.reads = False

    def resume_reading(self) -> None:
        assert not self.reads and not self.closed
        self.reads = True


class Parser:
    """Understands what the tests write: a piece is a call of the exchange, or bytes of a body."""

    def __init__(self, told: Exchange) -> None:
        self.told = told
        self.status = 200

    def set_dangerous_leniencies(self, **_: bool) -> None:
        pass

    def get_status_code(self) -> int:
        return self.status

    def feed_data(self, data: bytes) -> None:
        if data.startswith(b"not HTTP"):
            raise ParserError("what is this")
        if data.startswith(b"padding"):
            return
        if data.startswith(b"HTTP"):
            self.head(413, LENGTH)
            return
        self.told.on_body(data)

    def head(self, status: int = 200, *headers: tuple[bytes, bytes]) -> None:
        self.status = status
        self.told.on_message_begin()
        for name, value in headers:
            self.told.on_header(name, value)
        self.told.on_headers_complete()


class ParserError(Exception):
    pass


HTTP = SimpleNamespace(HttpResponseParser=Parser, HttpParserError=ParserError)
"""The library itself is in the gateway's environment alone."""
Talk = Callable[[Exchange, Transport, Parser], Awaitable[None]]


def talk(talking: Talk, method: str = "POST", body: AsyncIterator[bytes] | None = None) -> None:
    async def main() -> None:
        asked = Asked(method, "/score", [], body)
        exchange = Exchange(asyncio.get_running_loop(), HTTP, asked)
        transport = Transport()
        exchange.connection_made(transport)
        parser: Any = exchange._parser
        await talking(exchange, transport, parser)
        exchange.close()

    asyncio.run(main())


async def passed(exchange: Exchange) -> bytes:
    return b"".join([each async for each in exchange.pieces()])


async def pieces(*told: bytes) -> AsyncIterator[bytes]:
    for each in told:
        yield each


LENGTH = (b"Content-Length", b"4")
