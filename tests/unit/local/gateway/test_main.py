"""The gateway runs on the quicker loop where there is one, and on the usual one elsewhere."""

from __future__ import annotations

import asyncio
import sys
from types import SimpleNamespace

import pytest

from azext_ml_endpoint.local.gateway import __main__ as main


def ran() -> list[str]:
    loops: list[str] = []

    async def serving() -> None:
        loops.append(type(asyncio.get_running_loop()).__name__)

    main._run(serving())
    return loops


def test_without_uvloop_it_runs_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)
    assert len(ran()) == 1


def test_with_uvloop_it_is_uvloop_that_runs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[object] = []

    def run(serving: object) -> None:
        given.append(serving)
        asyncio.run(serving)  # type: ignore[arg-type]

    monkeypatch.setitem(sys.modules, "uvloop", SimpleNamespace(run=run))
    assert len(ran()) == len(given) == 1
