"""The files of a model, a code folder or a build context."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class SourceFile:
    """``relative`` is the path below the folder, with ``/``; ``size`` is in bytes."""

    relative: str
    path: Path
    size: int
