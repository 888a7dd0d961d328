"""Environments that no deployment uses: how long they are kept.

To make one again is the slowest thing that is done here, so that they outlive their deployments.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

DAY = 86_400.0
GIGABYTE = 1_000_000_000


@dataclass(frozen=True)
class Unused:
    """An environment that no instance uses. size: bytes that go with it. used_at: when something
    was last started in it, or it was made, in seconds since the epoch."""

    digest: str
    size: int
    used_at: float


@dataclass(frozen=True)
class Limits:
    """days: since the last use; size: bytes of all that are not used. None: without end."""

    days: float | None = 30
    size: int | None = 30 * GIGABYTE


DEFAULT = Limits()


def expired(unused: Iterable[Unused], now: float, limits: Limits) -> list[Unused]:
    """Those that go by themselves: too old, or, the oldest first, too many."""
    newest_first = sorted(unused, key=lambda each: each.used_at, reverse=True)
    kept, gone = 0, []
    for each in newest_first:
        is_old = limits.days is not None and now - each.used_at > limits.days * DAY
        if is_old or (limits.size is not None and kept + each.size > limits.size):
            gone.append(each)
        else:
            kept += each.size
    return gone


class Aged(Protocol):
    @property
    def used_at(self) -> float: ...


T = TypeVar("T", bound=Aged)


class Keeper(Protocol):
    """Of a :class:`.runtime.Runtime` what has to do with it."""

    def unused(self) -> list[Unused]: ...

    def collect(self, digests: Collection[str]) -> None: ...


def tidy(keeper: Keeper, limits: Limits) -> None:
    """Nobody else may be making or starting anything: see :mod:`.lock`."""
    if gone := expired(keeper.unused(), time.time(), limits):
        keeper.collect([each.digest for each in gone])


def older(unused: Iterable[T], now: float, seconds: float | None) -> list[T]:
    """seconds: since the last use; None for all."""
    return [each for each in unused if seconds is None or now - each.used_at >= seconds]
