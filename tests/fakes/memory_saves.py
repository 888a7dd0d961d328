"""Files that are saved when a test says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path


def nothing() -> frozenset[Path]:
    return frozenset()


class MemorySaves:
    """As those of :mod:`azext_ml_endpoint.watching.saves`. pending: what is going to be next."""

    def __init__(
        self,
        saves: Iterator[frozenset[Path]],
        pending: Callable[[], frozenset[Path]] = nothing,
    ) -> None:
        self._saves = saves
        self.pending = pending

    def __iter__(self) -> Iterator[frozenset[Path]]:
        return self._saves
