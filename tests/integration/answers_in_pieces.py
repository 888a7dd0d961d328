"""What becomes of answers that come in pieces: lines of JSON in, one for each answer, and out.

In: the method that was asked with, and the pieces, each as hexadecimal digits. Out: status, headers
and body, or null where it is a broken one. It is run by the Python of the gateway's environment.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[2] / "azext_ml_endpoint"


class Transport:
    """Nobody is at its other end."""

    def write(self, piece: bytes) -> None:
        pass

    def is_closing(self) -> bool:
        return False

    def _nothing(self) -> None:
        pass

    abort = pause_reading = resume_reading = _nothing


async def told(method: str, pieces: Sequence[bytes]) -> object:
    import httptools

    from azext_ml_endpoint.local.gateway.upstream import Asked, Broken, Exchange

    exchange = Exchange(asyncio.get_running_loop(), httptools, Asked(method, "/", []))
    exchange.connection_made(Transport())
    try:
        return await passed(exchange, pieces)
    except Broken:
        return None
    finally:
        exchange.close()


async def passed(exchange: Any, pieces: Sequence[bytes]) -> object:
    """Raises Broken."""
    for each in pieces:
        exchange.data_received(each)
    exchange.eof_received()
    exchange.connection_lost(None)
    await exchange.answer()
    body = b"".join([each async for each in exchange.pieces()])
    return [exchange.status, exchange.reason, exchange.headers, body.hex()]


def main() -> None:
    package = ModuleType(ROOT.name)
    package.__path__ = [str(ROOT)]
    sys.modules[ROOT.name] = package
    for line in sys.stdin:
        method, pieces = json.loads(line)
        answer = asyncio.run(told(method, [bytes.fromhex(each) for each in pieces]))
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
