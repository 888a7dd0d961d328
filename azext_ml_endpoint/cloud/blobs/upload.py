"""How an upload goes: as few requests as possible, side by side, the marker last.

    one small file      1 request: put, with the marker, unless it exists
    anything else       1 listing of the folder, which tells what is there; then what is missing;
                        then the first file, or only its metadata, with the marker

Knows storage by :class:`BlobService` only; the real one is in :mod:`.blobs`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import BinaryIO, Protocol

from azext_ml_endpoint.cloud.blobs.transfer import (
    Block,
    Piece,
    Present,
    confirmation,
    finished,
    missing,
)
from azext_ml_endpoint.cloud.contract import Marker
from azext_ml_endpoint.content.tree import SourceFile
from azext_ml_endpoint.errors import FileAccessError, Interrupted, StorageError

Task = Callable[[], object]


class Watch(Protocol):
    """Told how it goes; counts are bytes. Called from any thread."""

    def begin(self) -> None:
        """Something must be sent, and more than one request is needed."""

    def found(self, count: int) -> None:
        """There already."""

    def sent(self, count: int) -> None:
        """Negative where a request that broke off is sent again. Raises Interrupted to stop it."""


class BlobService(Protocol):
    """The requests of an upload, in one container. Every one raises StorageError or Interrupted.

    Called from any thread.
    """

    def find(self, path: str) -> Present | None: ...

    def listing(self, prefix: str) -> dict[str, Present] | None:
        """Path -> blob, those with uncommitted blocks too; None where listing is not allowed."""

    def put(self, path: str, body: bytes, metadata: Mapping[str, str], *, new: bool) -> bool:
        """False where ``new`` and there is a blob already."""

    def put_block(self, path: str, block_id: str, body: FileSlice) -> None: ...

    def uncommitted(self, path: str) -> dict[str, int]:
        """Id -> bytes of the blocks that were sent and not yet made a blob."""

    def commit(self, path: str, ids: Sequence[str], metadata: Mapping[str, str]) -> bool:
        """False where a block is no longer there: somebody else has committed the blob."""

    def describe(self, path: str, metadata: Mapping[str, str]) -> None:
        """Replaces the metadata of a blob."""


class FileSlice:
    """A block of a file, as the body of a request: never in memory as a whole.

    Raises FileAccessError where the file is not what it was when the upload began.
    """

    def __init__(self, piece: Piece, block: Block, watch: Watch) -> None:
        self._piece = piece
        self._block = block
        self._watch = watch
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
        self._watch.sent(wanted)
        return chunk

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, _whence: int = os.SEEK_SET) -> int:
        """To the start, where a request is sent again: what had gone counts no more."""
        self._watch.sent(offset - self._at)
        self._at = offset
        self._file.seek(self._block.offset + offset)
        return offset


class Upload:
    """One upload: :meth:`run` does it. pieces: at least one, the first bears the marker."""

    def __init__(
        self,
        service: BlobService,
        pieces: Sequence[Piece],
        marker: Marker,
        watch: Watch,
        *,
        workers: int,
    ) -> None:
        self._service = service
        self._pieces = pieces
        self._first = pieces[0]
        self._marker = marker
        self._watch = watch
        self._workers = workers

    def run(self, prefix: str) -> Marker:
        """The marker of the upload, which may be the one of an earlier finished one.

        prefix: what the path of every piece begins with.
        """
        if self._went_alone():
            return self._marker
        present = self._present(prefix)
        if adopted := finished(present.get(self._first.path)):
            return adopted
        self._watch.begin()
        absent = missing(self._pieces, present)
        self._watch.found(sum(map(_size, self._pieces)) - sum(map(_size, absent)))
        self._send(absent, present)
        self._seal(sent=self._first in absent)
        return self._marker

    def _went_alone(self) -> bool:
        """One small file goes with its marker, at once."""
        if len(self._pieces) > 1 or not self._first.whole:
            return False
        return self._put(self._first, confirmation(self._marker), new=True)

    def _present(self, prefix: str) -> dict[str, Present]:
        listed = self._service.listing(prefix)
        if listed is not None:
            return listed
        first = self._service.find(self._first.path)
        # Nothing is known of the others: the size 0 has their blocks looked for.
        unknown = {piece.path: Present(0, {}) for piece in self._pieces}
        return unknown | ({self._first.path: first} if first else {})

    def _send(self, absent: Sequence[Piece], present: Mapping[str, Present]) -> None:
        """All but what bears the marker: the first file, or its block list."""
        side_by_side(self._sending(absent, present), self._workers)
        big = [piece for piece in absent if not piece.whole and piece is not self._first]
        side_by_side((partial(self._commit, piece, {}) for piece in big), self._workers)

    def _sending(self, absent: Sequence[Piece], present: Mapping[str, Present]) -> Iterator[Task]:
        for piece in absent:
            if not piece.whole:
                yield from self._sending_blocks(piece, may_have_some=piece.path in present)
            elif piece is not self._first:
                yield partial(self._put, piece, {})

    def _sending_blocks(self, piece: Piece, *, may_have_some: bool) -> Iterator[Task]:
        there = self._service.uncommitted(piece.path) if may_have_some else {}
        for block in piece.blocks():
            if there.get(block.id) == block.length:
                self._watch.found(block.length)
            else:
                yield partial(self._put_block, piece, block)

    def _seal(self, *, sent: bool) -> None:
        """sent: whether the first file was missing; its blocks, if it is big, are there now."""
        metadata = confirmation(self._marker)
        if not sent:
            self._service.describe(self._first.path, metadata)
        elif self._first.whole:
            self._put(self._first, metadata)
        else:
            self._commit(self._first, metadata)

    def _put(self, piece: Piece, metadata: Mapping[str, str], *, new: bool = False) -> bool:
        body = read_unchanged(piece)
        is_sent = self._service.put(piece.path, body, metadata, new=new)
        self._watch.sent(piece.size if is_sent else 0)
        return is_sent

    def _put_block(self, piece: Piece, block: Block) -> None:
        with FileSlice(piece, block, self._watch) as body:
            self._service.put_block(piece.path, block.id, body)

    def _commit(self, piece: Piece, metadata: Mapping[str, str]) -> None:
        open_unchanged(piece).close()
        ids = [block.id for block in piece.blocks()]
        if self._service.commit(piece.path, ids, metadata):
            return
        found = self._service.find(piece.path)
        if found is None or found.size != piece.size:
            raise StorageError(
                f"{piece.path}: blocks that were sent are gone; is somebody else uploading it?",
                "Run the command again: it goes on from what is there.",
            )
        if metadata:
            self._service.describe(piece.path, metadata)


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


def _size(piece: Piece) -> int:
    return piece.size


def raise_if_set(stop: threading.Event) -> None:
    """Raises Interrupted."""
    if stop.is_set():
        raise Interrupted(
            "The upload was interrupted.",
            "What has been sent stays in storage: the same command goes on from there.",
        )


def side_by_side(tasks: Iterator[Task], workers: int) -> None:
    """Runs tasks as they come, never more than ``workers`` at once; the first error ends all.

    A task is taken from the iterator only when somebody is free for it.
    """
    lock, stop = threading.Lock(), threading.Event()

    def next_task() -> Task | None:
        with lock:
            return None if stop.is_set() else next(tasks, None)

    def work() -> None:
        try:
            while task := next_task():
                task()
        except BaseException:
            stop.set()
            raise

    with ThreadPoolExecutor(workers, "upload") as pool:
        running = [pool.submit(work) for _ in range(workers)]
    for each in running:
        each.result()
