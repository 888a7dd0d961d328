"""A target that fails as its inputs say: for the tests of all that stands around a target."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from hypothesis import strategies as st

from azext_ml_endpoint.document.finding import Finding, Place
from azext_ml_endpoint.errors import EndpointError
from tests.fuzz import oracle

INPUTS = st.binary(max_size=30)
SOUND = b""
LARGE: list[bytes] = []


def prepare() -> None:
    Path("a.yml").write_text("a\n", "utf-8")


def judge(content: bytes) -> None:
    for name, fault in FAULTS.items():
        if content == name.encode():
            fault()
    if b"\0" in content:
        raise ValueError(content)


def _slow() -> None:
    deadline = time.process_time() + 5
    while time.process_time() < deadline:
        pass


def _found(**where: int | str) -> None:
    place = Place(**{"file": "a.yml", "line": 1, "column": 1, **where})  # type: ignore[arg-type]
    oracle.require_told([Finding(severity="error", message="it is wrong", place=place)])


def _error(error: Exception) -> None:
    def work() -> None:
        raise error

    oracle.survived(work)


FAULTS: dict[str, Callable[[], object]] = {
    "slow": _slow,
    "large": lambda: bytearray(80_000_000),
    "dead": lambda: os._exit(9),
    "signal": lambda: os.kill(os.getpid(), 0),
    "foreign": lambda: _error(KeyError("a")),
    "empty": lambda: _error(EndpointError("")),
    "nowhere": lambda: _found(line=0),
    "below": lambda: _found(line=3),
    "beside": lambda: _found(column=9),
}
HARMLESS: dict[str, Callable[[], object]] = {
    "found": _found,
    "escaped": lambda: _error(EndpointError("\x1b[2J", "::error::", detail="\x00")),
}
FAULTS |= HARMLESS
