"""How a download goes: what is missing, in pieces, side by side; what was cut off goes on.

    <folder>/model/weights.bin          a file, whole
    <folder>/.unfinished/<id>           one on its way, as long as it will be
                         <id>.<offset>  a piece of it that is there

An id holds the blob's state (ETag), so that pieces of two states never meet in a file. Knows
storage by :class:`Source` only; the real one is in :mod:`.service`.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Protocol

from azext_ml_endpoint import disk
from azext_ml_endpoint.cloud.blobs.upload import Task, Watch, side_by_side
from azext_ml_endpoint.cloud.contract import Blob
from azext_ml_endpoint.errors import StorageError

PIECE = 32 << 20
"""Bytes that go in one request: what is lost where it breaks off."""
_UNFINISHED = ".unfinished"
_HASHED = 1 << 20
_READ_ONLY = 0o444
"""Its content is what it is known by, and a process that serves it could change it."""


class Source(Protocol):
    """One container. Every method raises StorageError or Interrupted. Called from any thread."""

    def contents(self, path: str) -> list[Blob]:
        """The blob of this path, or those below it; without those that stand for folders."""

    def read(self, blob: Blob, offset: int, length: int) -> Iterator[bytes]:
        """A part of a blob that is as it was listed; StorageError where it has changed."""


@dataclass(frozen=True)
class _Piece:
    blob: Blob
    offset: int
    length: int


class Download:
    """One download: :meth:`run` does it. path: what was asked for; folder: where it goes to.

    A blob ``path`` becomes ``folder/<its name>``; those below it keep their places below that.
    piece: bytes that go in one request.
    """

    def __init__(
        self,
        source: Source,
        path: str,
        folder: Path,
        watch: Watch,
        *,
        workers: int,
        piece: int = PIECE,
    ) -> None:
        self._piece = piece
        self._source = source
        self._path = path.strip("/")
        self._folder = folder
        self._unfinished = folder / _UNFINISHED
        self._watch = watch
        self._workers = workers

    def run(self, blobs: Sequence[Blob]) -> None:
        """Raises StorageError, Interrupted, FileAccessError."""
        absent = [each for each in blobs if not self._is_there(each)]
        self._watch.found(_sizes(blobs) - _sizes(absent))
        if not absent:
            return
        try:
            self._make_room(absent)
            side_by_side(self._fetching(absent), self._workers)
            for each in absent:
                self._finish(each)
            shutil.rmtree(self._unfinished)
        except OSError as error:
            raise disk.failure(error, self._folder) from error

    def target(self, blob: Blob) -> Path:
        """Raises StorageError for a name that would lead out of the folder."""
        top = PurePosixPath(self._path).name
        inner = blob.path[len(self._path) :].strip("/")
        parts = [part for part in (top, *inner.split("/")) if part]
        if any(part in (".", "..") or {"\\", "\0"} & set(part) for part in parts):
            raise StorageError(f"{blob.path!r} is no name that a file can have here.")
        return self._folder.joinpath(*parts)

    def _is_there(self, blob: Blob) -> bool:
        """A file gets its name when it is whole."""
        try:
            return self.target(blob).stat().st_size == blob.size
        except OSError:
            return False

    def _make_room(self, absent: Sequence[Blob]) -> None:
        disk.make_folder(self._unfinished)
        for each in absent:
            self.target(each).parent.mkdir(parents=True, exist_ok=True)
            draft = self._draft(each)
            if not draft.exists():
                with draft.open("wb") as file:
                    file.truncate(each.size)

    def _fetching(self, absent: Sequence[Blob]) -> Iterator[Task]:
        for blob in absent:
            for offset in range(0, blob.size, self._piece):
                piece = _Piece(blob, offset, min(self._piece, blob.size - offset))
                if self._mark(piece).exists():
                    self._watch.found(piece.length)
                else:
                    yield partial(self._fetch, piece)

    def _fetch(self, piece: _Piece) -> None:
        written = 0
        with self._draft(piece.blob).open("r+b") as file:
            file.seek(piece.offset)
            for chunk in self._source.read(piece.blob, piece.offset, piece.length):
                file.write(chunk)
                written += len(chunk)
                self._watch.sent(len(chunk))
        if written != piece.length:
            raise StorageError(f"{piece.blob.path}: {written} bytes came for {piece.length}.")
        self._mark(piece).touch()

    def _finish(self, blob: Blob) -> None:
        """What has another hash than storage knows is thrown away. Raises StorageError."""
        draft = self._draft(blob)
        if blob.md5 and _md5(draft) != blob.md5:
            for each in self._unfinished.glob(f"{draft.name}*"):
                each.unlink()
            raise StorageError(
                f"{blob.path} is not what storage has a hash of.", "Run the command again."
            )
        disk.flush(draft)
        draft.chmod(_READ_ONLY)
        draft.replace(self.target(blob))

    def _draft(self, blob: Blob) -> Path:
        state = f"{blob.path}\n{blob.etag}\n{blob.size}".encode()
        return self._unfinished / hashlib.sha256(state).hexdigest()[:32]

    def _mark(self, piece: _Piece) -> Path:
        return self._draft(piece.blob).with_suffix(f".{piece.offset}")


def _sizes(blobs: Sequence[Blob]) -> int:
    return sum(each.size for each in blobs)


def _md5(file: Path) -> bytes:
    found = hashlib.md5(usedforsecurity=False)
    with file.open("rb") as content:
        while chunk := content.read(_HASHED):
            found.update(chunk)
    return found.digest()
