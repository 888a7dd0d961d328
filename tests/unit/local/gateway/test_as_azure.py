"""Requests in their turn; nothing of aiohttp is needed for that."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from azext_ml_endpoint.local.gateway.as_azure import Turns
from azext_ml_endpoint.local.gateway.limits import Limits

LIMITS = Limits(timeout=60.0, running=1, queue=0.5)


def test_what_an_abandoned_request_ends_with_is_no_news_for_the_log() -> None:
    told: list[dict[str, Any]] = []

    async def main() -> None:
        loop, asked = asyncio.get_running_loop(), asyncio.Event()
        loop.set_exception_handler(lambda _, about: told.append(about))

        async def ask() -> Any:
            try:
                asked.set()
                await loop.create_future()
            finally:
                raise ConnectionResetError("by peer")

        turn = loop.create_task(Turns().within({}, "blue-1", LIMITS, ask))  # type: ignore[arg-type]
        await asked.wait()
        turn.cancel()
        with pytest.raises((asyncio.CancelledError, ConnectionResetError)):
            await turn
        del turn
        gc.collect()

    asyncio.run(main())
    assert told == []
