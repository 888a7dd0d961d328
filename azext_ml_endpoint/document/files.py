"""Files and folders that a document names: are they there, and how do people know them."""

from __future__ import annotations

import difflib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from azext_ml_endpoint.document.finding import Finding
from azext_ml_endpoint.document.spelling import Text
from azext_ml_endpoint.document.spot import Spot, shown
from azext_ml_endpoint.document.text_file import Unreadable

Wanted = Literal["file", "folder", "file or folder"]

_MOST_NAMES = 1000


def check(
    spot: Spot, path: Path | None, wanted: Wanted, name: str | None = None
) -> Iterator[Finding]:
    """A finding at the spot that names the path, if it is not what is wanted.

    ``name`` is what the message calls it, if not by the value at the spot.
    """
    trouble = _trouble(path, wanted) if path else None
    if path and trouble:
        hint = _hint(path) if trouble == "does not exist" else None
        yield spot.finding(f"{name or f'{spot.key} {shown(spot.node)}'} {trouble}", hint)


def check_text(text: Text) -> Iterator[Finding]:
    """A finding where the text is in a file, and cannot be read from it."""
    missing = list(check(text.spot, text.file, "file", text.name))
    yield from missing
    if text.file and not missing:
        try:
            text.read()
        except Unreadable as why:
            yield text.spot.finding(f"{text.name} {why.message}", why.hint)


def is_there(path: Path, wanted: Wanted) -> bool:
    return _trouble(path, wanted) is None


def from_here(file: Path) -> str:
    """The shorter of the absolute and the relative path."""
    try:
        return min(os.path.relpath(file), str(file), key=len)
    except ValueError:  # on another Windows drive
        return str(file)


def _trouble(path: Path, wanted: Wanted) -> str | None:
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return "does not exist"
    except (OSError, ValueError) as error:
        return f"cannot be read: {getattr(error, 'strerror', None) or 'it is no name of a file'}"
    if stat.S_ISDIR(mode) and wanted == "file":
        return "is a folder, not a file"
    if stat.S_ISREG(mode) and wanted == "folder":
        return "is a file, not a folder"
    if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
        return "is neither a file nor a folder"
    return None if os.access(path, os.R_OK) else "may not be read: permission denied"


def _hint(path: Path) -> str | None:
    if path.is_symlink():
        return "It is a link that leads nowhere."
    if "\\" in path.name:
        return "Write '/' between folders."
    if not is_there(path.parent, "folder"):
        return f"There is no folder '{path.parent}'."
    similar = difflib.get_close_matches(path.name, _names(path.parent), n=1)
    return f"Did you mean '{similar[0]}'?" if similar else f"It is looked for in '{path.parent}'."


def _names(folder: Path) -> list[str]:
    try:
        return sorted(each.name for each in folder.iterdir())[:_MOST_NAMES]
    except OSError:
        return []
