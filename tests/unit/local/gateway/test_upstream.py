"""One request and its answer, as loop and parser tell of it. What both really do is in
tests/integration/test_gateway.py.
"""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from tempfile import TemporaryFile

import pytest

from azext_ml_endpoint.local.gateway import upstream
from azext_ml_endpoint.local.gateway.upstream import Asked, Broken, Exchange
from tests.fakes.interrupt import PATIENCE
from tests.unit.local.gateway.conversing import (
    HTTP,
    LENGTH,
    Parser,
    Transport,
    passed,
    pieces,
    talk,
)

# What is sent


def test_a_head_says_what_is_asked_and_that_nothing_follows() -> None:
    asked = Asked("POST", "/score?a=%2F", [("X-A", "\udcff"), ("X-A", "é")])
    assert asked.head() == (
        b"POST /score?a=%2F HTTP/1.1\r\nX-A: \xff\r\nX-A: \xc3\xa9\r\nConnection: close\r\n\r\n"
    )


def test_a_body_whose_length_nobody_says_goes_in_chunks() -> None:
    assert b"\r\nTransfer-Encoding: chunked\r\n" in Asked("POST", "/", [], pieces()).head()
    said = Asked("POST", "/", [("content-LENGTH", "1")], pieces())
    assert b"chunked" not in said.head()


def test_a_copy_says_how_long_it_is() -> None:
    for headers in ([], [("content-length", "7")]):
        copy = Asked("POST", "/", headers, pieces()).with_body(b"12")
        assert copy.head().count(b"\r\nContent-Length: 2\r\n") == 1
        assert b"7" not in copy.head() and b"chunked" not in copy.head()


def test_who_reads_slowly_is_waited_for() -> None:
    async def talking(exchange: Exchange, transport: Transport, parser: Parser) -> None:
        exchange.pause_writing()
        answer = asyncio.ensure_future(exchange.answer())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert transport.written.endswith(b"\r\n\r\n3\r\none\r\n")
        exchange.resume_writing()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert transport.written.endswith(b"one\r\n3\r\ntwo\r\n0\r\n\r\n")
        parser.head(200, LENGTH)
        exchange.data_received(b"1234")
        await answer

    talk(talking, body=pieces(b"one", b"two"))


def test_a_request_that_breaks_off_is_a_broken_one() -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"one"
        raise ValueError("too long")

    async def talking(exchange: Exchange, transport: Transport, parser: Parser) -> None:
        with pytest.raises(Broken, match="too long"):
            await exchange.answer()

    talk(talking, body=broken())


def test_a_request_that_was_at_hand_may_be_gone() -> None:
    async def gone() -> AsyncIterator[bytes]:
        raise ConnectionResetError("connection lost")
        yield b""

    async def talking(exchange: Exchange, transport: Transport, parser: Parser) -> None:
        exchange._asked.at_hand = True
        with pytest.raises(Broken, match="connection lost"):
            await exchange.answer()
        assert transport.written == b""

    talk(talking, body=gone())


# What comes


def test_hints_are_not_the_answer() -> None:
    async def talking(exchange: Exchange, transport: Transport, parser: Parser) -> None:
        parser.head(103, (b"Link", b"</a>"))
        exchange.on_message_complete()
        assert not (exchange.begun or exchange.whole)
        parser.head(201, (b"X-A", b"1"), LENGTH)
        await exchange.answer()
        assert exchange.headers == [("X-A", "1"), ("Content-Length", "4")]
        assert (exchange.status, exchange.whole) == (201, False)

    talk(talking)


@pytest.mark.parametrize(
    ("headers", "waits"),
    [
        ([LENGTH], True),
        ([(b"Content-Length", b"100000")], False),
        ([(b"Transfer-Encoding", b"chunked")], False),
        ([], False),
    ],
)
def test_headers_wait_a_moment_for_a_short_body(
    headers: list[tuple[bytes, bytes]], waits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def talking(exchange: Exchange, transport: Transport, parser: Parser) -> None:
        answer = asyncio.ensure_future(exchange.answer())
        parser.head(200, *headers)
        for _ in range(3):
            await asyncio.sleep(0)
        assert answer.done() is not waits
        exchange.data_received(b"1234")
        await answer

    monkeypatch.setattr(upstream, "_MOMENT", PATIENCE)
    talk(talking)


def test_they_do_not_wait_long(monkeypatch: pytest.MonkeyPatch) -> None:
    async def talking(exchange: Exchange, transport: Transport, parser: Parser) -> None:
        parser.head(200, LENGTH)
        await exchange.answer()
        assert not (exchange.whole or exchange._came)

    monkeypatch.setattr(upstream, "_MOMENT", 0)
    talk(talking)


def test_an_answer_that_is_longer_than_it_says_ends_where_it_says() -> None:
    async def talking(exchange: Exchange, transport: Transport, parser: Parser) -> None:
        parser.head(200, LENGTH)
        exchange.data_received(b"1234")
        exchange.on_message_complete()
        exchange.data_received(b"5")
        with pytest.raises(Broken):
            exchange.on_message_begin()
        exchange.connection_lost(None)
        assert await passed(exchange) == b"1234"

    talk(talking)


@pytest.mark.parametrize("headers", [[LENGTH], [(b"Transfer-Encoding", b"chunked")]])
def test_an_answer_that_breaks_off_gives_what_came_and_an_error(
    headers: list[tuple[bytes, bytes]],
) -> None:
    async def talking(exchange: Exchange, transport: Transport, parser: Parser) -> None:
        parser.head(200, *headers)
        exchange.data_received(b"12")
        exchange.eof_received()
        exchange.connection_lost(None)
        await exchange.answer()
        came = exchange.pieces()
        assert await came.__anext__() == b"12"
        with pytest.raises(Broken, match="the connection was closed"):
            await came.__anext__()

    talk(talking)


def test_without_a_length_only_a_connection_that_is_closed_in_order_is_an_end() -> None:
    async def talking(exchange: Exchange, transport: Transport, parser: Parser) -> None:
        parser.head(200)
        exchange.data_received(b"12")
        if error is None:
            exchange.eof_received()  # and no more, where what is sent is still under way
        else:
            exchange.connection_lost(error)
        assert await passed(exchange) == b"12"

    error: Exception | None = None
    talk(talking)
    error = ConnectionResetError("reset")
    with pytest.raises(Broken, match="reset"):
        talk(talking)


def test_what_nobody_takes_is_not_read_on() -> None:
    async def talking(exchange: Exchange, transport: Transport, parser: Parser) -> None:
        parser.head(200)
        exchange.data_received(b"x" * (upstream._MOST_HELD - 1))
        reads = [transport.reads]
        exchange.data_received(b"x")
        reads.append(transport.reads)
        assert len(exchange.taken()) == upstream._MOST_HELD
        assert [*reads, transport.reads] == [True, False, True]
        exchange.data_received(b"x" * upstream._MOST_HELD)
        assert not exchange._lost  # as it would be by so many bytes of headers
        transport.closed = True
        exchange.connection_lost(ConnectionResetError("reset"))
        exchange.taken()  # there is nothing to go on with

    talk(talking)


def test_who_answers_and_closes_before_it_was_sent_all_has_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def talking(exchange: Exchange, transport: Transport, parser: Parser) -> None:
        transport.socket, transport.closed = unread, True
        exchange.connection_lost(BrokenPipeError("broken pipe"))
        await exchange.answer()
        assert (exchange.status, exchange.taken()) == (413, b"1234")

    monkeypatch.setattr(upstream, "_PIECE", 4)
    with TemporaryFile() as unread:
        unread.write(b"HTTP1234")
        unread.seek(0)
        talk(talking)


def test_what_cannot_be_read_any_more_breaks_off() -> None:
    async def talking(exchange: Exchange, transport: Transport, parser: Parser) -> None:
        exchange.connection_lost(BrokenPipeError("broken pipe"))
        with pytest.raises(Broken, match="broken pipe"):
            await exchange.answer()

    talk(talking)


def test_who_closes_before_it_is_asked_is_sent_nothing() -> None:
    async def talking(exchange: Exchange, transport: Transport, parser: Parser) -> None:
        transport.closed = True
        exchange.eof_received()
        with pytest.raises(Broken):
            await exchange.answer()
        assert transport.written == b""

    talk(talking)
    talk(talking, body=pieces(b"one"))


@pytest.mark.parametrize("data", [b"not HTTP", b"padding" * upstream._LONGEST_HEAD])
def test_what_is_no_answer_breaks_off(data: bytes) -> None:
    async def talking(exchange: Exchange, transport: Transport, parser: Parser) -> None:
        exchange.data_received(data)
        assert exchange._lost
        with pytest.raises(Broken, match=r"no HTTP: what is this|more than 262144 bytes"):
            await exchange.answer()

    talk(talking)


def test_an_answer_that_breaks_off_before_its_body_has_not_begun() -> None:
    async def talking(exchange: Exchange, transport: Transport, parser: Parser) -> None:
        parser.head(200, LENGTH)
        exchange.data_received(b"not HTTP")
        with pytest.raises(Broken, match="no HTTP"):
            await exchange.answer()

    talk(talking)


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (101, []),
        (0, []),
        (200, [(b"Transfer-Encoding", b"gzip, chunked")]),
        (200, [(b"Transfer-Encoding", b"gzip"), (b"transfer-encoding", b"chunked")]),
    ],
)
def test_what_would_be_another_answer_behind_the_gateway_is_none(
    status: int, headers: list[tuple[bytes, bytes]]
) -> None:
    async def talking(exchange: Exchange, transport: Transport, parser: Parser) -> None:
        with pytest.raises(Broken):
            parser.head(status, *headers)
        assert not exchange.begun

    talk(talking)


def test_a_reason_passes_on_where_it_can() -> None:
    async def talking(exchange: Exchange, transport: Transport, parser: Parser) -> None:
        exchange.on_status(b"As it ")
        exchange.on_status("cåme".encode())
        assert exchange.reason == "As it cåme"
        exchange.on_status(b"\x00")
        assert exchange.reason == ""

    talk(talking)


def test_what_follows_a_body_is_no_header() -> None:
    async def talking(exchange: Exchange, transport: Transport, parser: Parser) -> None:
        parser.head(200, (b"Transfer-Encoding", b"Chunked"), (b"X-A", b"1 \t"))
        exchange.data_received(b"1234")
        parser.told.on_header(b"X-B", b"2")
        assert exchange.headers == [("Transfer-Encoding", "Chunked"), ("X-A", "1")]
        exchange.data_received(b"padding" + b"x" * upstream._LONGEST_HEAD)
        await exchange.answer()
        assert exchange.taken() == b"1234"
        with pytest.raises(Broken, match="more than 262144 bytes"):
            await passed(exchange)

    talk(talking)


def test_of_an_answer_to_head_the_headers_are_all() -> None:
    async def talking(exchange: Exchange, transport: Transport, parser: Parser) -> None:
        parser.head(200, LENGTH)
        assert exchange.whole
        assert await passed(exchange) == b""

    talk(talking, method="HEAD")


def test_who_is_done_leaves_nothing_to_the_garbage_collector() -> None:
    left: list[weakref.ref[Exchange]] = []

    async def talking(exchange: Exchange, transport: Transport, parser: Parser) -> None:
        left.append(weakref.ref(exchange))
        transport.closed = True
        exchange.close()
        exchange.data_received(b"late")
        exchange.connection_lost(None)

    gc.disable()
    try:
        talk(talking)
        assert left[0]() is None
    finally:
        gc.enable()


def test_who_has_no_connection_yet_can_be_closed() -> None:
    async def main() -> None:
        Exchange(asyncio.get_running_loop(), HTTP, Asked("GET", "/", [])).close()

    asyncio.run(main())
