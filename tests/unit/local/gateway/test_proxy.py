"""What goes along with a request, and what is counted; nothing of aiohttp is needed for that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from azext_ml_endpoint.local import front
from azext_ml_endpoint.local.gateway import proxy
from azext_ml_endpoint.local.gateway.headers import passed_on
from azext_ml_endpoint.local.gateway.proxy import UnderWay
from azext_ml_endpoint.scoring import DEPLOYMENT


def test_headers_of_the_connection_do_not_pass() -> None:
    came = [
        ("Content-Type", "application/json"),
        ("Connection", "keep-alive, X-Mine"),
        ("x-mine", "1"),
        ("Transfer-Encoding", "chunked"),
        ("Set-Cookie", "a"),
        ("Set-Cookie", "b"),
    ]
    assert passed_on(came) == [came[0], came[4], came[5]]


def test_a_connection_has_no_say_in_whose_a_request_is_and_how_long() -> None:
    came = [("Host", "x"), ("Content-Length", "4"), ("Connection", "close, content-length, Host")]
    assert passed_on(came) == came[:2]


@pytest.mark.parametrize("said", [None, "", "guessed", "schl\xfcssel", "\udcfc", "ключ", "tokens"])
def test_whatever_is_said_only_the_token_is_azs(said: str | None) -> None:
    assert not proxy._is_az(said, "token")
    assert not proxy._is_az(said, "")
    assert proxy._is_az("token", "token")


class Relayed:
    """An answer to a client that is gone, as it turns out when the headers are to be sent."""

    async def prepare(self, request: object) -> None:
        raise ConnectionResetError("Cannot write to closing transport")


def test_a_client_that_is_gone_before_its_answer_begins_is_let_go() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"one"

    aborted: list[bool] = []
    transport = SimpleNamespace(abort=lambda: aborted.append(True))
    request: Any = SimpleNamespace(transport=transport)
    relayed: Any = Relayed()
    asyncio.run(proxy._stream(request, relayed, pieces()))
    assert aborted == [True]


# What is under way


def test_requests_under_way_are_counted_by_instance() -> None:
    under_way = UnderWay()
    with under_way.at("blue-1"), under_way.at("blue-1"), under_way.at("green-2"):
        assert [under_way.count(each) for each in ("blue-1", "green-2", "red")] == [2, 1, 0]
    with pytest.raises(ZeroDivisionError), under_way.at("blue-1"):
        raise ZeroDivisionError
    assert [under_way.count(each) for each in ("blue-1", "green-2")] == [0, 0]


def test_both_sides_have_the_same_words() -> None:
    """The program cannot import those of the package."""
    assert (proxy.DEPLOYMENT, proxy.CONTROL) == (DEPLOYMENT, front.OWN_ANSWER)
