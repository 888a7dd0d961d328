"""The gateway's server, from its start to its end.

A part of the gateway's program. File descriptor 3 is the socket to listen on.
"""

# pylint: disable=import-error
from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from azext_ml_endpoint.local.gateway.proxy import Proxy
from azext_ml_endpoint.local.gateway.routing import RoutesFile
from azext_ml_endpoint.local.gateway.upstream import Upstream

_LISTENER = 3
_BACKLOG = 1024
_MOST_FILES = 10240
"""As many as macOS lets a process have."""
_LONGEST_LINE = 65536
"""Bytes of a header: servers have limits of their own, and no wider ones."""


async def serve(file: Path) -> None:
    """Until it is told to end, and then until the answers under way are given."""
    import socket

    from aiohttp import web

    _take_room()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", Proxy(RoutesFile(file), Upstream()).handle)
    runner = web.AppRunner(
        app,
        access_log=None,
        handler_cancellation=True,
        auto_decompress=False,
        max_line_size=_LONGEST_LINE,
        max_field_size=_LONGEST_LINE,
    )
    await runner.setup()
    listener = socket.socket(fileno=_LISTENER)
    await web.SockSite(runner, listener, backlog=_BACKLOG).start()
    await _told_to_end()
    await runner.cleanup()


def _take_room() -> None:
    """Each request has two connections; shells give 256 or 1024, and more to who asks for it."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def _told_to_end() -> None:
    import asyncio
    import signal

    end = asyncio.Event()
    tell: Callable[[], object] = end.set
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, tell)
    await end.wait()
