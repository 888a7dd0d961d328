"""The files of a model, a code folder or a build context.

Links are followed: what they lead to is content under the link's name.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from azext_ml_endpoint.content import ignore
from azext_ml_endpoint.errors import FileAccessError

_CACHES = frozenset({"__pycache__"})
"""Never content, even where the SDK would upload them: a run of the code makes others each time."""


_MLMODEL = "MLmodel"


@dataclass(frozen=True)
class SourceFile:
    """``relative`` is the path below the folder, with ``/``; ``size`` is in bytes.

    ``path`` is where the content is: a link's target.
    """

    relative: str
    path: Path
    size: int


@dataclass(frozen=True)
class Entry:
    """A file, or a folder (``file`` is None) that its own entries follow."""

    name: str
    file: SourceFile | None = None


@dataclass(frozen=True)
class Tree:
    """What is at a path, each folder's entries by their names in lower case.

    A file is a tree with one entry, and no folder.
    """

    entries: tuple[Entry, ...]
    is_folder: bool

    @property
    def files(self) -> list[SourceFile]:
        """In the order in which the official SDK uploads them, whose first one bears its marker."""
        found = [each.file for each in self.entries if each.file]
        return sorted(found, key=lambda file: (file.path.as_posix(), file.relative))


def files(path: Path) -> list[SourceFile]:
    """The files that are content, in upload order; a file is the only one, with its own name.

    Raises FileAccessError as :func:`read` does.
    """
    return read(path).files


def read(path: Path) -> Tree:
    """Walks a folder once.

    Raises FileAccessError for a folder without files, for links that lead in circles or nowhere,
    for what is neither file nor folder, and for what vanished or cannot be read.
    """
    found, faults = survey(path, most=1)
    if found is None or faults:
        raise faults[0]
    return found


def survey(path: Path, most: int) -> tuple[Tree | None, list[FileAccessError]]:
    """What :func:`read` finds, and what it would raise: the first ``most`` of all faults.

    There is no tree of what cannot be walked at all.
    """
    faults: list[OSError] = []
    try:
        if not path.is_dir():
            return Tree((Entry(path.name, _file(path.name, path)),), is_folder=False), []
        entries = tuple(_Walk(path, faults, most).entries())
    except OSError as error:
        return None, [refusal(error)]
    except FileAccessError as error:  # the ignore file
        return None, [error]
    refused = [refusal(each) for each in faults]
    if not refused and not any(each.file for each in entries):
        refused = [_empty(path)]
    return Tree(entries, is_folder=True), refused


def is_mlflow(path: Path) -> bool:
    """Whether a model is a folder that an MLmodel file describes. Raises FileAccessError."""
    try:
        described = (path / _MLMODEL).is_file()
        return described and not ignore.of_folder(path).matches(_MLMODEL)
    except OSError as error:
        raise refusal(error) from error


def refusal(error: OSError) -> FileAccessError:
    return FileAccessError(
        f"{error.filename}: {_reason(error)}",
        "Make the file readable, leave it out of the folder, or name it in its .amlignore.",
    )


def _reason(error: OSError) -> str:
    """In the words of whoever made the link, where it is one."""
    is_missing = error.errno == errno.ENOENT and error.filename is not None
    if is_missing and Path(error.filename).is_symlink():
        return "the link leads nowhere"
    return error.strerror or str(error)


def _empty(path: Path) -> FileAccessError:
    return FileAccessError(
        f"{path}: there are no files in this folder",
        "Put files there, or correct the path or the folder's ignore file.",
    )


@dataclass(frozen=True)
class _Folder:
    """Where a walk is. trail: the real folders from the root to here.

    relative: below the root, by the links' names. place: what the ignore file's patterns see; the
    official SDK resolves a file's folder before it asks them, so that what is in a linked folder
    is where it really is: ``../shared/x``. Both are empty or end in a slash.
    """

    trail: tuple[str, ...]
    relative: str = ""
    place: str = ""

    @property
    def path(self) -> str:
        return self.trail[-1]

    def below(self, item: os.DirEntry[str]) -> _Folder:
        """Raises OSError for a link that leads back to where it came from."""
        real, place = item.path, f"{self.place}{item.name}"
        if item.is_symlink():
            real = os.path.realpath(item.path)
            place = Path(os.path.relpath(real, self.trail[0])).as_posix()
        if any(f"{each}/".startswith(f"{real}/") for each in self.trail):
            raise OSError(errno.ELOOP, "the link leads back to a folder that it is in", item.path)
        return _Folder((*self.trail, real), f"{self.relative}{item.name}/", f"{place}/")


class _Walk:
    """Notes what cannot be content in ``faults``, and gives up when there are ``most``."""

    def __init__(self, root: Path, faults: list[OSError], most: int) -> None:
        self._root = _Folder((os.path.realpath(root),))
        self._ignore = ignore.of_folder(root)
        self._faults, self._most = faults, most

    def entries(self, folder: _Folder | None = None) -> Iterator[Entry]:
        folder = folder or self._root
        with os.scandir(folder.path) as found:
            items = sorted(found, key=lambda item: (item.name.lower(), item.name))
        for item in items:
            if len(self._faults) >= self._most:
                return
            yield from self._noted(folder, item)

    def _noted(self, folder: _Folder, item: os.DirEntry[str]) -> list[Entry]:
        try:
            return list(self._item(folder, item))
        except OSError as error:
            self._faults.append(error)
            return []

    def _item(self, folder: _Folder, item: os.DirEntry[str]) -> Iterator[Entry]:
        ignored = self._ignore.matches(f"{folder.place}{item.name}")
        if ignored and item.is_symlink():  # whatever it leads to
            return
        if item.is_dir():
            yield from self._folder(folder, item, ignored)
        elif not ignored:
            yield Entry(item.name, _file(f"{folder.relative}{item.name}", Path(item)))

    def _folder(self, folder: _Folder, item: os.DirEntry[str], ignored: bool) -> Iterator[Entry]:
        """A folder's entry and those below it. ignored: whether a pattern matches its bare name.

        A pattern with a slash at its end (``.venv/``) ignores what is in a folder but not its
        name, which the official SDK hashes into a model's identity: without an entry here, one
        tool would not find what the other has uploaded. The SDK goes on to upload what is below
        an ignored link, or asked for again below an ignored folder, without having hashed it.
        Here a link that is ignored is gone, and what is content counts.
        """
        linked = item.is_symlink()  # what is behind it is not where patterns see its name
        if not linked and self._ignore.covers(f"{folder.place}{item.name}"):
            yield from () if ignored else (Entry(item.name),)
        elif item.name not in _CACHES:
            below = list(self.entries(folder.below(item)))
            if not ignored or any(each.file for each in below):
                yield from (Entry(item.name), *below)


def _file(relative: str, path: Path) -> SourceFile:
    """Raises OSError. Opening a pipe would wait for somebody who writes into it."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    if not os.access(path, os.R_OK):
        raise PermissionError(errno.EACCES, "permission denied", str(path))
    return SourceFile(relative, path.resolve() if path.is_symlink() else path, found.st_size)
