"""Files that commands write: never one that the command reads, nor anybody else's unasked."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from azext_ml_endpoint import disk
from azext_ml_endpoint.errors import FileAccessError, UsageError

_ENOUGH = 64 * 1024 * 1024
"""Bytes. A file that is longer is none that a command has written."""

Kind = Callable[[bytes], bool]
"""Whether a file's content is what the command writes."""


class Output:
    """The file that an option names.

    kind: whether a file that is there may be written again unasked. yes: whether any may.
    """

    def __init__(self, option: str, file: str, kind: Kind, *, yes: bool) -> None:
        self.path = disk.absolute(Path(file).expanduser())
        # What is judged is what :func:`.disk.put` writes: "gone/../x" is no file, and x is one.
        self._target = _resolved(self.path)
        self._option = option
        self._kind = kind
        self._yes = yes

    def require_room(self, inputs: Iterable[Path]) -> None:
        """To be called before anything happens. inputs: files and folders that are read.

        Raises UsageError for one of the inputs, or for a file of another kind.
        """
        mode = _mode(self._target)
        if stat.S_ISDIR(mode):
            raise UsageError(f"{self.path} is a folder.", f"Give {self._option} a file.")
        if not stat.S_ISREG(mode):
            return  # nothing would be lost; or it is a device, such as /dev/stdout
        is_own = self._is_own()
        for each in inputs:
            if _is_same(self._target, each) or (not is_own and _is_within(self._target, each)):
                raise UsageError(
                    f"{self._option} {self.path}: this command reads that file"
                    f"{'' if each == self.path else f' ({each})'}, and would overwrite it.",
                    f"Give {self._option} another file.",
                )
        if not (is_own or self._yes):
            raise UsageError(
                f"{self.path} is there already, and would be overwritten.",
                f"Give another {self._option}, or --yes to overwrite it.",
            )

    def write(self, content: str | bytes, *, private: bool = False, folder: bool = False) -> None:
        """private: as in :func:`.disk.put`. folder: whether to make that too.

        Raises FileAccessError.
        """
        advice = f"Check {self._option}."
        if folder:
            _make_folder(self.path, advice)
        disk.put(self.path, content, private=private, advice=advice)

    def _is_own(self) -> bool:
        try:
            content = disk.read(self._target, _ENOUGH)
        except FileAccessError:
            return False
        return not content or self._kind(content)


def _resolved(path: Path) -> Path:
    """The same where it can be no name."""
    try:
        return Path(os.path.realpath(path))
    except (OSError, ValueError):
        return path


def _mode(path: Path) -> int:
    """0 for what is not there, or cannot be."""
    try:
        return path.stat().st_mode
    except (OSError, ValueError):
        return 0


def _make_folder(file: Path, advice: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise disk.failure(error, file, advice) from error


def paths(described: Any) -> Iterator[Path]:
    """Every file and folder that a description names, however deep."""
    if isinstance(described, Path):
        yield described
    elif is_dataclass(described):
        for each in fields(described):
            yield from paths(getattr(described, each.name))
    elif isinstance(described, (tuple, list)):
        for each in described:
            yield from paths(each)


def _is_same(one: Path, other: Path) -> bool:
    """By whatever name, and through whatever link."""
    try:
        return one.samefile(other)
    except (OSError, ValueError):
        return False


def _is_within(file: Path, folder: Path) -> bool:
    """Also where the folder has it by a link."""
    if not folder.is_dir():
        return False
    if file.resolve().is_relative_to(folder.resolve()):
        return True
    return any(
        _is_same(file, Path(place, name)) for place, _, names in os.walk(folder) for name in names
    )
