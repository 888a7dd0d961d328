"""What stands before a deployment in Azure, where an endpoint simulates it.

A part of the gateway's program. Statuses are those of Azure's documentation ("Troubleshoot online
endpoints"); headers and reasons of a model's error are those that its own proxy sets.
"""

# pylint: disable=import-error
from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from azext_ml_endpoint.local.gateway.limits import MOST_BYTES, Gate, Limits, Opener, Ticket, refused

if TYPE_CHECKING:
    import asyncio

    from aiohttp import web

_OK, _UNAUTHORIZED, _TIMEOUT, _TOO_LARGE = 200, 401, 408, 413
_MODEL_ERROR, _TOO_MANY = 424, 429
_WITHOUT_BODY = (204, 304)
_STATUS, _REASON = "ms-azureml-model-error-statuscode", "ms-azureml-model-error-reason"
_MODEL_TIME, _SESSION, _ID = "ms-azureml-model-time", "azureml-model-session", "x-request-id"
_SERVER = "azureml-frontdoor"
_BEGUN, _EXCEEDED = "begun", "exceeded"


def refusal(request: web.Request, openers: tuple[Opener, ...]) -> web.Response | None:
    """Of the whole endpoint, before anybody is chosen; None where it may pass."""
    if no := refused(openers, request.headers.get("Authorization"), time.time()):
        status, words = no
        challenge = {"WWW-Authenticate": "Bearer"} if status == _UNAUTHORIZED else {}
        return respond(status, words, challenge)
    return too_large() if (request.content_length or 0) > MOST_BYTES else None


def too_large() -> web.Response:
    return respond(_TOO_LARGE, f"The request is larger than {MOST_BYTES} bytes.")


async def bounded(request: web.Request, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """A body whose length nobody has said. Raises ValueError, and notes that for whoever asks."""
    size = 0
    async for piece in pieces:
        size += len(piece)
        if size > MOST_BYTES:
            request[_EXCEEDED] = True
            raise ValueError(size)
        yield piece


def has_exceeded(request: web.Request) -> bool:
    return bool(request.get(_EXCEEDED))


def own_id(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Azure gives each request an id of its own, whatever the client calls it."""
    return [*(each for each in headers if each[0].lower() != _ID), (_ID, str(uuid.uuid4()))]


def dress(request: web.Request, answer: web.StreamResponse, instance: str, began: float) -> None:
    """The model's answer, before it begins, with what Azure says of it.

    began: by the monotonic clock, when the model was asked.
    """
    answer.headers[_MODEL_TIME] = str(round((time.monotonic() - began) * 1000))
    answer.headers[_SESSION] = instance[-12:]
    answer.headers["Server"] = _SERVER
    answer.headers.setdefault(_ID, str(uuid.uuid4()))
    if answer.status != _OK:
        answer.headers[_REASON] = "model_error"
        answer.headers[_STATUS] = str(answer.status)
        if answer.status in _WITHOUT_BODY:  # whose length is that of a body which is not there
            answer.headers.pop("Content-Length", None)
        answer.set_status(_MODEL_ERROR)
    request[_BEGUN] = True


class Turns:
    """Who may ask which instance, and for how long."""

    def __init__(self) -> None:
        self._gates: dict[str, Gate] = {}

    async def within(
        self,
        request: web.Request,
        instance: str,
        limits: Limits,
        ask: Callable[[], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        """What is asked for, in its turn; or 429, or 408."""
        import asyncio

        began, turn = time.monotonic(), asyncio.Event()
        with self._at(instance, limits, turn.set) as ticket:
            if not (ticket and await _served(ticket, turn, limits.queue)):
                return respond(_TOO_MANY, "", {_REASON: "too_many_pending_request"})
            left = limits.timeout - (time.monotonic() - began)
            asking = asyncio.ensure_future(ask())
            asking.add_done_callback(_seen)
            try:
                return await asyncio.wait_for(asking, left)
            except asyncio.TimeoutError:
                return _too_late(request)

    @contextmanager
    def _at(
        self, instance: str, limits: Limits, call: Callable[[], object]
    ) -> Iterator[Ticket | None]:
        gate = self._gates.setdefault(instance, Gate(time.monotonic))
        ticket = gate.enter(limits, call)
        try:
            yield ticket
        finally:
            if ticket:
                gate.leave(ticket)
            if gate.empty:
                self._gates.pop(instance, None)


async def _served(ticket: Ticket, turn: asyncio.Event, seconds: float) -> bool:
    import asyncio

    if not ticket.served:
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(turn.wait(), seconds)
    return ticket.served


def _seen(asking: asyncio.Future[web.StreamResponse]) -> None:
    """What it ends with once its client is gone is nobody's any more, and no news for the log."""
    if not asking.cancelled():
        asking.exception()


def _too_late(request: web.Request) -> web.StreamResponse:
    """An answer that has begun can only break off."""
    if request.get(_BEGUN) and request.transport:
        request.transport.abort()
    return respond(_TIMEOUT, "upstream request timeout")


def respond(status: int, text: str, headers: dict[str, str] | None = None) -> web.Response:
    from aiohttp import web

    own = {"Server": _SERVER, _ID: str(uuid.uuid4())}
    return web.Response(status=status, text=text, headers={**own, **(headers or {})})
