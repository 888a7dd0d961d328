"""Where a request is sent: past Docker's proxy, or to the port that it has."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any, cast

import pytest

from azext_ml_endpoint.local.gateway.place import Place
from azext_ml_endpoint.local.gateway.upstream import Unreachable, Upstream

# Where it is sent


class Loop:
    """Connects to those that are there, if nobody else; some fail in another way than usual."""

    def __init__(self, *there: tuple[str, int], failure: Exception | None = None) -> None:
        self.there, self.tried = there, list[tuple[str, int]]()
        self._failure = failure or ConnectionRefusedError("it refuses")

    async def create_connection(self, _protocol: Callable[[], Any], host: str, port: int) -> None:
        self.tried.append((host, port))
        if (host, port) not in self.there:
            raise self._failure


class Its(Place):
    """A container's that runs."""

    is_lost = False


NEAR, PUBLISHED = ("172.17.0.2", 5001), ("127.0.0.1", 50010)
ITSELF = Its(50010, *NEAR)


def reached(place: Place, loop: Loop, times: int = 1) -> list[tuple[str, int]]:
    """Whom it tried."""

    async def main() -> None:
        known = Upstream.__new__(Upstream)
        known._loop, known._far = cast(asyncio.AbstractEventLoop, loop), set()
        for _ in range(times):
            await known._reach(None, place)

    asyncio.run(main())
    return loop.tried


def test_a_container_is_asked_itself() -> None:
    assert reached(ITSELF, Loop(NEAR, PUBLISHED)) == [NEAR]


def test_the_port_is_asked_where_there_is_no_address() -> None:
    assert reached(Place(50010), Loop(NEAR, PUBLISHED)) == [PUBLISHED]


@pytest.mark.parametrize("there", [(), (PUBLISHED,), (NEAR, PUBLISHED)])
def test_of_a_container_that_has_ended_nothing_is_asked_that_may_be_anothers(
    there: tuple[tuple[str, int], ...],
) -> None:
    loop = Loop(*there)
    with pytest.raises(Unreachable, match="its container has ended"):
        reached(Place(50010, *NEAR, pid=os.getpid(), container="4" * 64), loop)
    assert loop.tried == []


def test_who_is_silent_near_is_tried_there_once() -> None:
    loop = Loop(PUBLISHED, failure=asyncio.TimeoutError())
    assert reached(ITSELF, loop, times=2) == [NEAR, PUBLISHED, PUBLISHED]


def test_who_refuses_near_may_be_about_to_start() -> None:
    assert reached(ITSELF, Loop(PUBLISHED), times=2) == [NEAR, PUBLISHED, NEAR, PUBLISHED]


def test_whom_neither_address_reaches_has_not_been_asked() -> None:
    with pytest.raises(Unreachable, match="refuses"):
        reached(ITSELF, Loop())
    with pytest.raises(Unreachable, match=r"in 5 s"):
        reached(ITSELF, Loop(failure=asyncio.TimeoutError()))
