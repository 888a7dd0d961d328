"""What of a folder is no content: ``.amlignore``, or else ``.gitignore``, in the folder itself.

The official SDK reads the same one file and no other, in the same way: the last pattern that
matches a path decides. Where git differs (a file below an ignored folder cannot be asked for
again), the SDK counts, because a folder is to be the same content for both tools.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from azext_ml_endpoint.errors import FileAccessError

if TYPE_CHECKING:
    from azext_ml_endpoint.content.linear_pattern import LinearPattern

_NAMES = (".amlignore", ".gitignore")
_NO_NAME = "\0"
"""No file is called that, so that only what matches every name matches it."""


class Ignore:
    """Paths are relative to the folder of the ignore file, with ``/``."""

    def __init__(self, patterns: Iterable[LinearPattern] = ()) -> None:
        self._last_first = [each for each in patterns if each.include is not None][::-1]

    def matches(self, path: str) -> bool:
        """Whether a file, or the bare name of a folder, is ignored."""
        for pattern in self._last_first:
            if pattern.match_file(path):
                return bool(pattern.include)
        return False

    def covers(self, folder: str) -> bool:
        """Whether nothing below a folder can be content, so that nobody need look there."""
        for pattern in self._last_first:
            if not pattern.include:
                return False
            if pattern.match_file(f"{folder}/") and pattern.match_file(f"{folder}/{_NO_NAME}"):
                return True
        return False


def of_folder(folder: Path) -> Ignore:
    """Raises FileAccessError for a file that cannot be read, and OSError."""
    file = file_of(folder)
    return Ignore(_patterns(file)) if file else Ignore()


def file_of(folder: Path) -> Path | None:
    """The one that counts. Raises OSError."""
    return next((folder / name for name in _NAMES if (folder / name).is_file()), None)


def _patterns(file: Path) -> list[LinearPattern]:
    from azext_ml_endpoint.content.linear_pattern import LinearPattern

    try:
        lines = file.read_text("utf-8-sig").splitlines()
        # Git keeps blanks before a pattern, the SDK drops them. A line that comes again decides
        # the last time only.
        last = dict.fromkeys(line.lstrip() for line in reversed(lines))
        return [LinearPattern(line) for line in reversed(last)]
    except ValueError as error:  # text that is not UTF-8, a pattern that is none
        raise FileAccessError(f"{file}: {error}", "Correct the ignore file.") from error
