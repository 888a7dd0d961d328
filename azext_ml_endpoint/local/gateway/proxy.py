"""The gateway itself: one address, behind which each request goes to one of the deployments.

Run by :mod:`.serving`, in the gateway's own environment, which has aiohttp and nothing that az has:
the program is made of the modules of :data:`PROGRAM`, which import no others. The file of routes
(:mod:`.routing`) is replaced by az in one go, and looked at for every request: what is written
there holds from the next request on, while those under way end where they began.

What passes is not changed: bodies go through as they come, piece by piece, in both directions.
"""

# pylint: disable=import-error
from __future__ import annotations

import hmac
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from azext_ml_endpoint.local.gateway import as_azure, collecting
from azext_ml_endpoint.local.gateway.collecting import Collector
from azext_ml_endpoint.local.gateway.headers import passed_on
from azext_ml_endpoint.local.gateway.mirroring import Copy, Mirrors
from azext_ml_endpoint.local.gateway.routing import Routes, RoutesFile, Target, points
from azext_ml_endpoint.local.gateway.upstream import (
    Asked,
    Broken,
    Exchange,
    Unreachable,
    Upstream,
)

if TYPE_CHECKING:
    from aiohttp import web

_AS_AZURE = ("as_azure", "collecting", "events", "limits", "mirroring")
PROGRAM = ("__main__", "serving", "proxy", "routing", "place", "upstream", "headers", *_AS_AZURE)
"""The modules that the process is made of."""
DEPLOYMENT = "azureml-model-deployment"
"""The header that asks for a deployment, and that says which one has answered."""
CONTROL = "ml-endpoint-gateway"
"""The header of az's own questions, whose value is the token; and that of the gateway's own
answers, whose value says why it answers."""
_OWN_HEADERS = (DEPLOYMENT, CONTROL)
NOBODY = (
    "No valid deployments to route to. Please check that the endpoint has at least one deployment "
    "with positive weight values or use a deployment specific header to route."
)
"""As Azure says it, with 404."""
CODED = "Of all transfer codings, chunked alone is understood here. Use Content-Encoding."
_LOOK_AGAIN = 0.02
_SMALL = 65536
"""Bytes of a body that waits for nobody once it is there."""


class UnderWay:
    """How many requests each instance is answering."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    @contextmanager
    def at(self, instance: str) -> Iterator[None]:
        self._counts[instance] += 1
        try:
            yield
        finally:
            self._counts[instance] -= 1
            if not self._counts[instance]:
                del self._counts[instance]

    def count(self, instance: str) -> int:
        return self._counts[instance]


class Gone(Exception):
    """An instance could not be asked, and has not seen the request."""


class Proxy:
    """What Azure adds comes from :mod:`.as_azure`, before anybody is chosen and between
    :meth:`_answer` and :meth:`_pass`, where the file of routes says so.
    """

    def __init__(self, file: RoutesFile, upstream: Upstream) -> None:
        self._file = file
        self._upstream = upstream
        self._under_way = UnderWay()
        self._points = points(random.random())
        self._turns = as_azure.Turns()
        self._mirrors = Mirrors(upstream, self._under_way.at, points)
        self._collector = Collector(points(random.random()))

    async def handle(self, request: web.Request) -> web.StreamResponse:
        routes = self._file.routes()
        if _is_az(request.headers.get(CONTROL), routes.token):
            return await self._told(request)
        if routes.openers is not None and (refused := as_azure.refusal(request, routes.openers)):
            return refused
        if _is_coded(request):
            return _refused(routes, 501, CODED, "coded")
        copy = self._copy(request, routes) if routes.mirror else None
        with collecting.ended(request, copy):
            return await self._answer(request, copy)

    async def _told(self, request: web.Request) -> web.StreamResponse:
        """How many requests an instance answers; waits some seconds until there are none.

        None is sent to it any more where the file does not name it.
        """
        import asyncio

        from aiohttp import web

        self._file.routes(fresh=True)
        instance = request.query.get("instance", "")
        until = time.monotonic() + float(request.query.get("seconds", 0))
        while self._under_way.count(instance) and time.monotonic() < until:
            await asyncio.sleep(_LOOK_AGAIN)
        return web.json_response({"under_way": self._under_way.count(instance)})

    async def _answer(self, request: web.Request, copy: Copy | None) -> web.StreamResponse:
        """An instance that is gone may have another of its deployment in its place by now."""
        named, point = request.headers.get(DEPLOYMENT), next(self._points)
        tried: set[Target] = set()
        while True:
            routes = self._file.routes(fresh=bool(tried))
            target = routes.choose(named, point)
            if target is None:
                return _refused(routes, 404, NOBODY, "nobody")
            if target in tried:
                return own_answer(502, _silent(target), "unreachable", target.deployment)
            tried.add(target)
            named = target.deployment
            ask = partial(self._pass, request, target, routes, copy)
            with suppress(Gone), self._under_way.at(target.instance):
                if target.limits is None:
                    return await ask()
                return await self._turns.within(request, target.instance, target.limits, ask)

    async def _pass(
        self, request: web.Request, target: Target, routes: Routes, copy: Copy | None
    ) -> web.StreamResponse:
        """Raises Gone."""
        if target.place is None:
            raise Gone
        asked, began = _asked(request, routes, target), time.monotonic()
        if target.limits:
            asked.headers = as_azure.own_id(asked.headers)
        self._collector.begin(request, target.collects, target.instance, asked.headers)
        asked.body, asked.at_hand = _body(request, target, copy), _at_hand(request)
        try:
            async with self._upstream.asked(target.place, asked) as answer:
                return await _relay(request, answer, target, began)
        except Unreachable as error:
            raise Gone from error
        except Broken as error:
            return _broken(request, target, error)

    def _copy(self, request: web.Request, routes: Routes) -> Copy | None:
        """Who names a deployment speaks to that one alone."""
        if request.headers.get(DEPLOYMENT) is not None:
            return None
        name = self._mirrors.choose(routes.mirror)
        target = routes.choose(name, 0) if name else None
        if target is None or target.place is None:
            return None
        asked = _asked(request, routes, target)
        return Copy(asked, target.place, target.instance, self._mirrors)


def _asked(request: web.Request, routes: Routes, target: Target) -> Asked:
    """As it came, but for its body."""
    headers = passed_on(request.headers.items())
    if "Host" not in request.headers:  # which HTTP/1.0 allows
        headers.append(("Host", _host(target)))
    path = routes.path_at(target, request.raw_path)
    return Asked(request.method, path, headers)


def _is_az(said: str | None, token: str) -> bool:
    """As bytes: texts are only compared where they are ASCII."""
    if said is None or not token:
        return False
    return hmac.compare_digest(said.encode("utf-8", "surrogateescape"), token.encode())


def _is_coded(request: web.Request) -> bool:
    """Codings are those of one connection: a server would not learn of them."""
    codings = request.headers.getall("Transfer-Encoding", ())
    return any(each.lower() != "chunked" for each in codings)


def _body(request: web.Request, target: Target, copy: Copy | None) -> AsyncIterator[bytes] | None:
    if not request.body_exists:
        if copy:
            copy.mirrors.send(copy)
        return None
    pieces = collecting.asked(request, copy.of(request) if copy else request.content.iter_any())
    if target.limits and request.content_length is None:
        return as_azure.bounded(request, pieces)
    return pieces


def _at_hand(request: web.Request) -> bool:
    length = request.content_length
    return length is not None and length <= _SMALL and bool(request.content.is_eof())


async def _relay(
    request: web.Request, answer: Exchange, target: Target, began: float
) -> web.StreamResponse:
    """An answer that breaks off breaks off for the client too.

    One that is there whole is written at once.
    """
    from aiohttp import web

    headers = [each for each in passed_on(answer.headers) if each[0].lower() not in _OWN_HEADERS]
    headers.append((DEPLOYMENT, target.deployment))
    whole = answer.whole and any(each[0].lower() == "content-length" for each in headers)
    kind = web.Response if whole else web.StreamResponse
    relayed = kind(status=answer.status, reason=answer.reason, headers=headers)
    if target.limits:
        as_azure.dress(request, relayed, target.instance, began)
    pieces = collecting.answered(request, relayed, answer)
    if isinstance(relayed, web.Response):
        relayed.body = b"".join([each async for each in pieces])
    else:
        await _stream(request, relayed, pieces)
    return relayed


async def _stream(
    request: web.Request, relayed: web.StreamResponse, pieces: AsyncIterator[bytes]
) -> None:
    try:
        await relayed.prepare(request)
        async for piece in pieces:
            await relayed.write(piece)
        await relayed.write_eof()
    except (Broken, ConnectionError):
        if request.transport:
            request.transport.abort()


def _broken(request: web.Request, target: Target, error: Broken) -> web.Response:
    if as_azure.has_exceeded(request):
        return as_azure.too_large()
    told = f"{_url(target)} gave no answer: {error}."
    return own_answer(502, told, "closed", target.deployment)


def own_answer(status: int, message: str, why: str, deployment: str = "") -> web.Response:
    from aiohttp import web

    by: Mapping[str, str] = {DEPLOYMENT: deployment} if deployment else {}
    return web.Response(status=status, text=message, headers={CONTROL: why, **by})


def _refused(routes: Routes, status: int, message: str, why: str) -> web.Response:
    """Nobody is asked. Where Azure is simulated, it looks as if Azure said so."""
    if routes.openers is not None:
        return as_azure.respond(status, message)
    return own_answer(status, message, why)


def _silent(target: Target) -> str:
    if target.place is None or target.place.is_lost:
        return f"Deployment {target.deployment} does not run."
    return f"{_url(target)} closed the connection or refused it."


def _url(target: Target) -> str:
    return f"http://{_host(target)}{target.path}"


def _host(target: Target) -> str:
    return f"127.0.0.1:{target.place.port if target.place else ''}"
