"""Requests and answers that are collected as they pass: Azure calls that payload logging.

A part of the gateway's program. What passes is kept in memory and written by another thread once
it has passed whole: it delays nothing. What breaks off is not collected, and neither is what does
not fit in memory, which the log tells.
"""

# pylint: disable=import-error
from __future__ import annotations

import logging
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azext_ml_endpoint.local.gateway import events
from azext_ml_endpoint.local.gateway.events import Event

if TYPE_CHECKING:
    from asyncio import Future

    from aiohttp import web

    from azext_ml_endpoint.local.gateway.mirroring import Copy
    from azext_ml_endpoint.local.gateway.upstream import Exchange

REQUEST, RESPONSE = "request", "response"
MOST_HELD = 16 * 1024 * 1024
"""Bytes of all that is kept and not yet written."""
_EACH = 2048
"""Bytes that an event takes besides its body, at most or so."""
_TAKEN, _ID, _KIND = "taken", "x-request-id", "Content-Type"
_ENCODING, _OK = "Content-Encoding", 200
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Collected:
    """What of a deployment is collected.

    folder: where its collections are. source: what events call the deployment. collections:
    ``request``, ``response`` or both. rate: share of its requests. rolling: how often a folder is
    begun. headers: names of those that are collected too.
    """

    folder: str
    source: str
    collections: tuple[str, ...]
    rate: float = 1.0
    rolling: str = events.HOUR
    headers: tuple[str, ...] = ()

    @classmethod
    def read(cls, said: Mapping[str, Any] | None) -> Collected | None:
        """Raises LookupError, TypeError."""
        if said is None:
            return None
        lists = {key: tuple(said[key]) for key in ("collections", "headers")}
        return cls(**{**said, **lists})


@dataclass(eq=False)
class Taken:
    """A request that is collected, with its answer. group: the name of the file for its events."""

    said: Collected
    correlation: str
    group: str
    path: str
    method: str
    collector: Collector
    bodies: list[Body] = field(default_factory=list)

    def body(
        self, pieces: AsyncIterator[bytes], collection: str, headers: Any, **more: object
    ) -> AsyncIterator[bytes]:
        """What passes, and is written once it has. headers: of the request or the answer, whatever
        their capitals. more: what the event says besides.
        """
        if collection not in self.said.collections or not self.collector.hold(_EACH):
            return pieces
        body = Body(self, partial(self._event, collection, time.time(), headers, more))
        self.bodies.append(body)
        return body.of(pieces)

    def drop(self) -> None:
        for each in self.bodies:
            each.drop()

    def _event(
        self,
        collection: str,
        began: float,
        headers: Any,
        more: Mapping[str, object],
        body: bytes,
    ) -> Event:
        captured = {name.lower(): headers[name] for name in self.said.headers if name in headers}
        encoding = headers.get(_ENCODING)
        after = {
            "correlationid": self.correlation,
            "xrequestid": self.correlation,
            "contentencoding": encoding,
            "headers": captured,
        }
        return Event(
            collection=collection,
            source=self.said.source,
            kind=headers.get(_KIND, "application/json"),  # as CloudEvents has it
            time=began,
            body=body,
            before=more,
            after={key: value for key, value in after.items() if value},
        )


@dataclass(eq=False)
class Body:
    """kept: the pieces of what is passing; None where there was no room, or it is written."""

    taken: Taken
    event: Callable[[bytes], Event]
    kept: list[bytes] | None = field(default_factory=list)
    held: int = _EACH

    async def of(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for piece in pieces:
            self.keep(piece)
            yield piece
        if self.kept is not None:
            self.taken.collector.write(self.taken, self.event(b"".join(self.kept)), self.held)
            self.kept, self.held = None, 0  # which are the writer's to give back

    def keep(self, piece: bytes) -> None:
        if self.kept is None:
            return
        if self.taken.collector.hold(len(piece)):
            self.kept.append(piece)
            self.held += len(piece)
            return
        self.drop()
        told = f"{self.taken.method} {self.taken.path}"
        _log.error("%s is not collected whole: it does not fit in memory", told)

    def drop(self) -> None:
        self.taken.collector.hold(-self.held)
        self.kept, self.held = None, 0


class Collector:
    """points: between 0 and 1, by which it is chosen what is collected."""

    def __init__(self, points: Iterator[float]) -> None:
        self._points = points
        self._held = 0
        self._writer = ThreadPoolExecutor(1)
        self._failed = False

    def begin(self, request: web.Request, said: Collected | None, group: str, headers: Any) -> None:
        """Before its body passes. headers: pairs, as the deployment gets them."""
        drop(request)
        if said is None or not request.body_exists or next(self._points) >= said.rate:
            return
        ids = [value for name, value in headers if name.lower() == _ID]
        request[_TAKEN] = Taken(
            said=said,
            correlation=ids[0] if ids else str(uuid.uuid4()),
            group=group,
            path=request.raw_path,
            method=request.method,
            collector=self,
        )

    def hold(self, size: int) -> bool:
        """Room for so many bytes more, if there is any."""
        if size > 0 and self._held + size > MOST_HELD:
            return False
        self._held += size
        return True

    def write(self, taken: Taken, event: Event, held: int) -> None:
        """held: what is given back once it is written."""
        import asyncio

        said = taken.said
        work = partial(events.write, event, Path(said.folder), said.rolling, taken.group)
        written = asyncio.get_running_loop().run_in_executor(self._writer, work)
        written.add_done_callback(partial(self._written, held))

    def _written(self, held: int, future: Future[None]) -> None:
        """The log tells of the first one that fails, until one succeeds."""
        self.hold(-held)
        error = None if future.cancelled() else future.exception()
        if error and not self._failed:
            _log.error("What is collected could not be written: %s", error)
        self._failed = error is not None


def asked(request: web.Request, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The request's body as it passes."""
    taken: Taken | None = request.get(_TAKEN)
    if taken is None:
        return pieces
    return taken.body(pieces, REQUEST, request.headers, path=taken.path, method=taken.method)


def answered(
    request: web.Request, relayed: web.StreamResponse, answer: Exchange
) -> AsyncIterator[bytes]:
    """The answer's body as it passes. relayed: as the client gets it."""
    taken: Taken | None = request.get(_TAKEN)
    if taken is None:
        return answer.pieces()
    more = {} if relayed.status == _OK else {"statuscode": str(relayed.status)}
    return taken.body(answer.pieces(), RESPONSE, answer.fields, **more)


@contextmanager
def ended(request: web.Request, copy: Copy | None) -> Iterator[None]:
    """What has not passed whole until then is given up."""
    try:
        yield
    finally:
        drop(request)
        if copy:
            copy.drop()


def drop(request: web.Request) -> None:
    if taken := request.pop(_TAKEN, None):
        taken.drop()
