"""What was fetched from Azure, and no deployment of this machine has mounted any more.

:mod:`.library` says how it lies below its home. Each version, and each state of what can change, is
a place of its own, which goes as a whole.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from azext_ml_endpoint import disk
from azext_ml_endpoint.document.model import Model
from azext_ml_endpoint.errors import UnsupportedError
from azext_ml_endpoint.local import flock, remembered
from azext_ml_endpoint.local.library import COMPLETE, CONTENT, LAST, LOCK
from azext_ml_endpoint.local.runtime import Instance

_PLACE = re.compile("[0-9a-f]{32}")
_OWN = (COMPLETE, LAST, LOCK)
_JUST_NOW = 3600.0
"""Seconds for which a command may be on its way with what it has fetched."""


@dataclass(frozen=True)
class Fetched:
    """A file or folder, at its place. size: bytes. used_at: when a command last asked for it, in
    seconds since the epoch."""

    path: Path
    size: int
    used_at: float


def mounted(instances: Iterable[Instance]) -> set[Path]:
    """Models that they have. Raises UnsupportedError where that is not known."""
    there = sorted(instances, key=lambda each: (each.endpoint, each.deployment))
    for each in there:
        if each.damage:
            raise UnsupportedError(
                f"What {each.deployment} of {each.endpoint} has mounted is not known: "
                f"{each.damage}.",
                f"Delete it: az ml endpoint delete --local -n {each.endpoint}",
            )
    models = [remembered.recalled(each).model for each in there]
    return {each.path for each in models if isinstance(each, Model) and each.path}


def unused(home: Path, used: Collection[Path]) -> list[Fetched]:
    """used: mounted. What was asked for just now is left out. Raises FileAccessError."""
    since = time.time() - _JUST_NOW
    try:
        found = [_fetched(path) for path in _paths(home) if path not in used]
    except OSError as error:
        raise disk.failure(error, home) from error
    return [each for each in found if each.used_at < since]


def remove(path: Path) -> bool:
    """False where another command is fetching there. Raises FileAccessError.

    What is removed in part is not complete, and fetched anew by who asks for it.
    """
    place = path.parent
    top = place if place.parent.name == CONTENT else place.parent
    try:
        with (top / LOCK).open("a") as lock:
            if not flock.try_lock(lock):
                return False
            (place / COMPLETE).unlink(missing_ok=True)
            gone = path if place == top else place
            if gone.is_dir():
                shutil.rmtree(gone)
            else:
                gone.unlink()
    except OSError as error:
        raise disk.failure(error, path, "See who may remove it.") from error
    return True


def _paths(home: Path) -> Iterator[Path]:
    """Whether it is there as a whole or not."""
    for top in sorted((home / CONTENT).glob("*")):
        states = [each for each in sorted(top.iterdir()) if _PLACE.fullmatch(each.name)]
        for place in [top] if (top / COMPLETE).exists() or not states else states:
            yield from (each for each in sorted(place.iterdir()) if each.name not in _OWN)


def _fetched(path: Path) -> Fetched:
    complete = path.parent / COMPLETE
    asked = complete if complete.exists() else path
    files = path.rglob("*") if path.is_dir() else [path]
    size = sum(each.lstat().st_size for each in files if not each.is_dir())
    return Fetched(path, size, asked.stat().st_mtime)
