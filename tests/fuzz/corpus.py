"""Inputs that are tried every time: those that once failed, and those that somebody thought of."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

FOLDER = Path(os.environ.get("FUZZ_CORPUS") or Path(__file__).parent / "corpus")


def files(target: str) -> list[Path]:
    return sorted((FOLDER / target).glob("*"))


def keep(target: str, content: bytes) -> Path:
    """Under a name that its content gives it."""
    file = FOLDER / target / hashlib.sha256(content).hexdigest()[:16]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file
