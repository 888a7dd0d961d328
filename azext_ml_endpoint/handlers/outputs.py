"""Files that commands write: never one that the command reads, nor anybody else's unasked."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

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
        self.path = Path(file).expanduser().absolute()
        self._option = option
        self._kind = kind
        self._yes = yes

    def require_room(self, inputs: Iterable[Path]) -> None:
        """To be called before anything happens. inputs: files and folders that are read.

        Raises UsageError for one of the inputs, or for a file of another kind.
        """
        if not self.path.is_file():
            return  # nothing would be lost; or it is a device, such as /dev/stdout
        is_own = self._is_own()
        for each in inputs:
            if _is_same(self.path, each) or (not is_own and _is_within(self.path, each)):
                raise UsageError(
                    f"{self._option} {self.path}: this command reads that file"
                    f"{'' if each == self.path else f' ({each})'}, and would overwrite it.",
                    f"Give {self._option} another file.",
                )
        if not (is_own or self._yes):
            raise UsageError(
                f"{self.path} is there already, and is nothing that this command has written.",
                f"Give another {self._option}, or --yes to overwrite it.",
            )

    def write(self, content: bytes, *, folder: bool = False) -> None:
        """folder: whether to make that too. Raises FileAccessError."""
        try:
            if folder:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_bytes(content)
        except OSError as error:
            raise FileAccessError(
                f"{self.path}: {error.strerror}", f"Check {self._option}."
            ) from error

    def _is_own(self) -> bool:
        try:
            if self.path.stat().st_size > _ENOUGH:
                return False
            content = self.path.read_bytes()
        except OSError:
            return False
        return not content or self._kind(content)


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
    except OSError:
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
