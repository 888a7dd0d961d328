"""Requests that another deployment gets as well, and whose answers nobody sees.

A part of the gateway's program. A copy is made while the live request passes, and sent once that
has passed whole: it delays nothing, and whatever becomes of it is nobody's business. What does not
fit in memory is not mirrored.
"""

# pylint: disable=import-error
from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from azext_ml_endpoint.local.gateway.place import Place
from azext_ml_endpoint.local.gateway.upstream import Asked, Broken, Unreachable, Upstream

if TYPE_CHECKING:
    import asyncio

    from aiohttp import web

_MOST_HELD = 8 * 1024 * 1024
"""Bytes of all copies together."""
_MOST_UNDER_WAY = 64
_SECONDS = 180.0
"""For an answer: the longest request_timeout_ms that Azure takes."""


def chosen(shares: Mapping[str, int], point: float) -> str | None:
    """Who gets a copy, by a point between 0 and 1; mostly nobody.

    shares: percent of all requests, by deployment.
    """
    end = 0.0
    for name, share in shares.items():
        end += share / 100
        if point < end:
            return name
    return None


@dataclass(eq=False)
class Copy:
    """Of one request, to the instance at that place. kept: None where there was no room for it."""

    asked: Asked
    place: Place
    instance: str
    mirrors: Mirrors
    kept: list[bytes] | None = field(default_factory=list)
    held: int = 0

    async def of(self, request: web.Request) -> AsyncIterator[bytes]:
        """The live request's body as it passes. Of one that breaks off there is no copy."""
        async for piece in request.content.iter_any():
            self.keep(piece)
            yield piece
        self.mirrors.send(self)

    def keep(self, piece: bytes) -> None:
        if self.kept is None:
            return
        if self.mirrors.hold(len(piece)):
            self.kept.append(piece)
            self.held += len(piece)
        else:
            self.drop()

    def drop(self) -> None:
        self.mirrors.hold(-self.held)
        self.kept, self.held = None, 0


class Mirrors:
    """at: counts a request to an instance as long as it is under way."""

    def __init__(
        self,
        upstream: Upstream,
        at: Callable[[str], AbstractContextManager[None]],
        points: Callable[[float], Iterator[float]],
    ) -> None:
        self._upstream = upstream
        self._at = at
        self._points = points(random.random())
        self._held = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def choose(self, shares: Mapping[str, int]) -> str | None:
        return chosen(shares, next(self._points))

    def hold(self, size: int) -> bool:
        """Room for so many bytes more, if there is any."""
        if size > 0 and self._held + size > _MOST_HELD:
            return False
        self._held += size
        return True

    def send(self, copy: Copy) -> None:
        import asyncio

        if copy.kept is None or len(self._tasks) >= _MOST_UNDER_WAY:
            return
        body, held = b"".join(copy.kept), copy.held
        copy.kept, copy.held = None, 0  # which are the task's to give back
        task = asyncio.get_running_loop().create_task(self._sent(copy, body, held))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _sent(self, copy: Copy, body: bytes, held: int) -> None:
        import asyncio

        try:
            with self._at(copy.instance), suppress(Unreachable, Broken, asyncio.TimeoutError):
                await asyncio.wait_for(self._asked(copy, body), _SECONDS)
        finally:
            self.hold(-held)

    async def _asked(self, copy: Copy, body: bytes) -> None:
        async with self._upstream.asked(copy.place, copy.asked.with_body(body)) as answer:
            async for _ in answer.pieces():
                pass
