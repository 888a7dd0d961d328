"""One request to a server on this machine, over a connection of its own.

A part of the gateway's program. Both directions pass piece by piece: who is slow to read slows who
writes, and what a server answers before it has read all is an answer too. Redirects, cookies and
encodings are the client's business.
"""

# pylint: disable=import-error
from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio

    from azext_ml_endpoint.local.gateway.headers import Pairs
    from azext_ml_endpoint.local.gateway.place import Place

_HOST = "127.0.0.1"
_CONNECT_SECONDS = 5.0
_NEAR_SECONDS = 0.5
_LONGEST_HEAD = 256 * 1024
"""Bytes of an answer in a row that are none of its body."""
_MOST_HELD = 256 * 1024
"""Bytes of an answer that came and nobody has taken yet."""
_PIECE = 65536
_CONTINUE, _UPGRADED, _OK = 100, 101, 200
_LENGTH, _CODING = "content-length", "transfer-encoding"
_SHORT_LENGTHS = range(1, 6)
"""Digits of a Content-Length: bodies of less than 100 kB are short."""
_MOMENT = 0.005
"""Seconds that headers wait for a short body."""
_LENIENT = {
    "lenient_optional_cr_before_lf": True,
    "lenient_spaces_after_chunk_size": True,
}
"""What many servers say, and most clients understand. Nothing in headers: they pass on, to clients
that may understand something else.
"""


class Unreachable(Exception):
    """There is no connection: the server has not been asked."""


class Silent(Unreachable):
    """Nobody has refused it either, in time."""


class Broken(Exception):
    """The server has broken off, or what it says is no HTTP, or the request has broken off."""


@dataclass(eq=False)
class Asked:
    """A request, as it is to be sent.

    headers: without those of a connection. body: as it comes, which is not touched before there is
    a connection; in chunks where no header says how long it is. at_hand: whether it has come whole,
    and is small.
    """

    method: str
    path: str
    headers: Pairs
    body: AsyncIterator[bytes] | None = None
    at_hand: bool = False

    def with_body(self, body: bytes) -> Asked:
        """The same, of a body that is there whole."""
        headers = [each for each in self.headers if each[0].lower() != _LENGTH]
        headers.append(("Content-Length", str(len(body))))
        return replace(self, headers=headers, body=_whole(body), at_hand=True)

    @property
    def chunked(self) -> bool:
        return self.body is not None and all(name.lower() != _LENGTH for name, _ in self.headers)

    def head(self) -> bytes:
        own = "Transfer-Encoding: chunked\r\n" if self.chunked else ""
        said = "".join([f"{name}: {value}\r\n" for name, value in self.headers])
        text = f"{self.method} {self.path} HTTP/1.1\r\n{said}{own}Connection: close\r\n\r\n"
        return text.encode("utf-8", "surrogateescape")


class Exchange:
    """An asyncio.Protocol of one request, and what the parser tells of its answer.

    http: the module httptools. whole: whether nothing more comes.
    """

    status = 0
    begun = whole = False

    def __init__(self, loop: asyncio.AbstractEventLoop, http: Any, asked: Asked) -> None:
        self._loop, self._http, self._asked = loop, http, asked
        self._parser: Any = http.HttpResponseParser(self)
        self._parser.set_dangerous_leniencies(**_LENIENT)
        self._transport: Any = None
        self._came: list[bytes] = []
        self._held = self._head_size = 0
        self._reading, self._bounded, self._short = True, False, False
        self._reason = b""
        self._lost = ""
        self._news: asyncio.Future[None] | None = None
        self._room: asyncio.Future[None] | None = None
        self._sending: asyncio.Task[None] | None = None
        self.headers: Pairs = []

    @property
    def reason(self) -> str:
        """Empty where it could not pass on."""
        said = _text(self._reason)
        return said if said.isprintable() else ""

    @property
    def fields(self) -> Mapping[str, str]:
        """The headers by their names, whatever their capitals."""
        from multidict import CIMultiDict

        fields: Mapping[str, str] = CIMultiDict(self.headers)
        return fields

    async def answer(self) -> None:
        """Sends what is asked; until status and headers are there. Raises Broken."""
        await self._send()
        while not self.begun:
            await self._changed()
        if self._short and not (self.whole or self._lost):
            await self._moment()
        if self._lost and not self._came:
            raise Broken(self._lost)

    async def _moment(self) -> None:
        """Servers write headers and body one after the other: both can pass on in one go."""
        over = self._loop.call_later(_MOMENT, self._tell)
        try:
            await self._changed()
        finally:
            over.cancel()

    async def pieces(self) -> AsyncIterator[bytes]:
        """The answer's body as it comes. Raises Broken."""
        while self._came or not self.whole:
            if self._came:
                yield self.taken()
            else:
                await self._changed()

    def taken(self) -> bytes:
        """What has come of the body by now."""
        piece = self._came[0] if len(self._came) == 1 else b"".join(self._came)
        self._came, self._held = [], 0
        self._read(on=True)
        return piece

    def close(self) -> None:
        """Whatever is under way. Also where there is no connection yet."""
        if self._sending:
            self._sending.cancel()
        if self._transport:
            self._transport.abort()
        self._lose("it was given up")
        self._parser = None  # which holds this exchange in turn: neither has to be looked for

    # What is sent

    async def _send(self) -> None:
        head, body = self._asked.head(), self._asked.body
        if body is None:
            self._write(head)
        elif self._asked.at_hand:
            self._write(head + await _joined(body))
        else:
            self._write(head)
            self._sending = self._loop.create_task(self._pass(body, self._asked.chunked))
            self._sending.add_done_callback(self._sent)

    async def _pass(self, body: AsyncIterator[bytes], chunked: bool) -> None:
        async for piece in body:
            self._write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
            while self._room:
                await self._room
        if chunked:
            self._write(b"0\r\n\r\n")

    def _write(self, piece: bytes) -> None:
        """What is too late is lost, as on any connection that was closed."""
        if not self._transport.is_closing():
            self._transport.write(piece)

    def _sent(self, sending: asyncio.Task[None]) -> None:
        if not sending.cancelled() and (error := sending.exception()):
            self._lose(f"the request broke off: {error}")

    # What comes

    async def _changed(self) -> None:
        """Until there is something new of the answer. Raises Broken."""
        if self._lost:
            raise Broken(self._lost)
        self._news = self._loop.create_future()
        await self._news

    def _tell(self) -> None:
        if self._news and not self._news.done():
            self._news.set_result(None)

    def _lose(self, why: str) -> None:
        if not self.whole:
            self._lost = self._lost or why
            self._tell()

    def _read(self, *, on: bool) -> None:
        if on != self._reading and not self._transport.is_closing():
            self._reading = on
            (self._transport.resume_reading if on else self._transport.pause_reading)()

    # asyncio's calls

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self.whole or self._lost:
            return
        held = self._held
        try:
            self._parser.feed_data(data)
        except self._http.HttpParserError as error:
            self._lose(f"no HTTP: {error.__context__ or error}")
        self._measure(len(data) if self._held == held else 0)
        self._tell()

    def _measure(self, size: int) -> None:
        """Neither headers without end, before a body or after it, nor what is read slowly fills the
        memory. size: bytes of what came without any of a body.
        """
        self._head_size = size and self._head_size + size
        if self._head_size > _LONGEST_HEAD:
            self._lose(f"its headers have more than {_LONGEST_HEAD} bytes")
        if self.begun:
            self._read(on=self._held < _MOST_HELD)

    def eof_received(self) -> None:
        """The connection closes once all is sent, which a server that reads no more would hold up.

        Where nothing says how long an answer is, this is its end.
        """
        if self.begun and not self._bounded and not self._lost:
            self.whole = True
        self._lose("the connection was closed")
        self._tell()

    def connection_lost(self, error: Exception | None) -> None:
        if error:
            self._read_rest()
        self._lose(str(error or "the connection was closed"))
        self.resume_writing()

    def _read_rest(self) -> None:
        """A server may answer and close before it has been sent all. A write that fails because of
        that ends the connection while the answer is still to be read.
        """
        number = self._transport.get_extra_info("socket").fileno()
        with suppress(OSError):
            while not (self.whole or self._lost) and (piece := os.read(number, _PIECE)):
                self.data_received(piece)

    def pause_writing(self) -> None:
        self._room = self._loop.create_future()

    def resume_writing(self) -> None:
        room, self._room = self._room, None
        if room and not room.done():
            room.set_result(None)

    # The parser's calls

    def on_message_begin(self) -> None:
        if self.whole:
            raise Broken("There is more than one answer.")
        self._reason, self.headers = b"", []

    def on_status(self, piece: bytes) -> None:
        self._reason += piece

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.begun:  # as those after a body are
            self.headers.append((_text(name), _text(value.strip(b" \t"))))

    def on_headers_complete(self) -> None:
        """An answer of 1xx is followed by another one. Raises Broken for what cannot pass on."""
        self.status = self._parser.get_status_code()
        if self.status == _UPGRADED or self.status < _CONTINUE:
            raise Broken(f"nobody has asked for {self.status}")
        said = {name.lower(): value for name, value in self.headers}
        if _CODING in said:
            self._refuse_codings()
        self.begun = self.status >= _OK
        self._bounded = _LENGTH in said or _CODING in said
        self._short = len(said.get(_LENGTH, "")) in _SHORT_LENGTHS
        self.whole = self.begun and self._asked.method == "HEAD"

    def _refuse_codings(self) -> None:
        """Of one connection, too: a client would not learn of them. Raises Broken."""
        codings = {value.lower() for name, value in self.headers if name.lower() == _CODING}
        if codings != {"chunked"}:
            raise Broken(f"its coding is {sorted(codings)}")

    def on_body(self, piece: bytes) -> None:
        if not self.whole:
            self._came.append(piece)
            self._held += len(piece)

    def on_message_complete(self) -> None:
        self.whole = self.begun


class Upstream:
    """Opens a connection for each request, within the loop that runs."""

    def __init__(self) -> None:
        import asyncio

        import httptools

        self._loop, self._http = asyncio.get_running_loop(), httptools
        self._far: set[Place] = set()

    @asynccontextmanager
    async def asked(self, place: Place, asked: Asked) -> AsyncIterator[Exchange]:
        """Raises Unreachable, Broken."""
        exchange = Exchange(self._loop, self._http, asked)
        try:
            await self._reach(exchange, place)
            await exchange.answer()
            yield exchange
        finally:
            exchange.close()

    async def _reach(self, protocol: Any, place: Place) -> None:
        """Past Docker's proxy, where that goes. Who is silent is not tried there again; who refuses
        may be about to start, and costs no time.
        """
        if place.is_lost:
            raise Unreachable("its container has ended")
        if place.host and place not in self._far:
            try:
                return await self._connect(protocol, (place.host, place.inner), _NEAR_SECONDS)
            except Unreachable as error:
                if isinstance(error, Silent):
                    self._far.add(place)
        await self._connect(protocol, (_HOST, place.port), _CONNECT_SECONDS)

    async def _connect(self, protocol: Any, address: tuple[str, int], seconds: float) -> None:
        import asyncio

        connecting = self._loop.create_connection(lambda: protocol, *address)
        try:
            await asyncio.wait_for(connecting, seconds)
        except asyncio.TimeoutError as error:
            raise Silent(f"no connection in {seconds:g} s") from error
        except OSError as error:
            raise Unreachable(str(error)) from error


async def _whole(body: bytes) -> AsyncIterator[bytes]:
    yield body


async def _joined(body: AsyncIterator[bytes]) -> bytes:
    """Raises Broken: who has sent it all may be gone."""
    try:
        return b"".join([each async for each in body])
    except ConnectionError as error:
        raise Broken(f"the request broke off: {error}") from error


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
