"""How an upload goes: as few requests as possible, side by side, the marker last.

    one small file      1 request: put, with the marker, unless it exists
    anything else       1 listing of the folder, which tells what is there; then what is missing;
                        then the first file, or only its metadata, with the marker

Knows storage by :class:`BlobService` only; the real one is in :mod:`.blobs`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Protocol

from azext_ml_endpoint.cloud.blobs.body import FileSlice, open_unchanged, read_unchanged
from azext_ml_endpoint.cloud.blobs.transfer import (
    Block,
    Piece,
    Present,
    confirmation,
    finished,
    missing,
)
from azext_ml_endpoint.cloud.contract import Marker
from azext_ml_endpoint.errors import Interrupted, StorageError
from azext_ml_endpoint.side_by_side import answers

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
        with FileSlice(piece, block, self._watch.sent) as body:
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


def _size(piece: Piece) -> int:
    return piece.size


def raise_if_set(stop: threading.Event) -> None:
    """Raises Interrupted."""
    if stop.is_set():
        raise Interrupted(
            "The transfer of files was interrupted.",
            "What has arrived stays where it is: the same command goes on from there.",
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

    answers([work] * workers, workers)
