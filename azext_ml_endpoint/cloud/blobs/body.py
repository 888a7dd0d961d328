"""Files as the bodies of requests. None is sent that has changed since the upload began."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from azext_ml_endpoint.cloud.blobs.transfer import Block, Piece
from azext_ml_endpoint.content.tree import SourceFile
from azext_ml_endpoint.errors import FileAccessError

Sent = Callable[[int], None]
"""Told of bytes that go, or (negative) that have to go again. Raises Interrupted to stop them."""


def pieces(sources: Sequence[SourceFile], folder: str) -> list[Piece]:
    """Raises FileAccessError for a file that is gone, or has another size than was counted."""
    prefix = f"{folder}/" if folder else ""
    return [_piece(source, f"{prefix}{source.relative}") for source in sources]


def _piece(source: SourceFile, path: str) -> Piece:
    try:
        state = source.path.stat()
    except OSError as error:
        raise _unreadable(source.path, error) from error
    piece = Piece(source, path, state.st_mtime_ns)
    if state.st_size != source.size:
        raise _changed(piece)
    return piece


def open_unchanged(piece: Piece) -> BinaryIO:
    """The file, which has the size and the time that it had."""
    try:
        file = piece.file.path.open("rb", buffering=0)
    except OSError as error:
        raise _unreadable(piece.file.path, error) from error
    state = os.fstat(file.fileno())
    if (state.st_size, state.st_mtime_ns) != (piece.size, piece.modified):
        file.close()
        raise _changed(piece)
    return file


def read_unchanged(piece: Piece) -> bytes:
    with open_unchanged(piece) as file:
        content = file.read()
    if len(content) != piece.size:
        raise _changed(piece)
    return content


def _unreadable(path: Path, error: OSError) -> FileAccessError:
    return FileAccessError(
        f"{path}: {error.strerror}", "Files must stay as they are until the upload ends."
    )


def _changed(piece: Piece) -> FileAccessError:
    return FileAccessError(
        f"{piece.file.path} has changed since the command began.",
        "Run the command again when the file is no longer written to.",
    )


class FileSlice:
    """A block of a file, as the body of a request: never in memory as a whole.

    Raises FileAccessError where the file is not what it was when the upload began.
    """

    def __init__(self, piece: Piece, block: Block, sent: Sent) -> None:
        self._piece = piece
        self._block = block
        self._sent = sent
        self._at = 0
        self._file = open_unchanged(piece)
        self._file.seek(block.offset)

    def __enter__(self) -> FileSlice:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return self._block.length

    def __iter__(self) -> Iterator[bytes]:
        """What has no iterator is no body for requests."""
        while chunk := self.read(1 << 16):
            yield chunk

    def read(self, count: int) -> bytes:
        wanted = min(count, self._block.length - self._at)
        chunk = self._file.read(wanted)
        if len(chunk) < wanted:
            raise _changed(self._piece)
        self._at += wanted
        self._sent(wanted)
        return chunk

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, _whence: int = os.SEEK_SET) -> int:
        """To the start, where a request is sent again: what had gone counts no more."""
        self._sent(offset - self._at)
        self._at = offset
        self._file.seek(self._block.offset + offset)
        return offset
