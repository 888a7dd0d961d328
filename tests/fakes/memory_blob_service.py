"""One container in memory, behind the requests of an upload: blocks, metadata, a journal."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from azext_ml_endpoint.cloud.blobs.body import FileSlice
from azext_ml_endpoint.cloud.blobs.transfer import Present


@dataclass
class MemoryBlobService:
    """blobs: path -> (content, metadata). blocks: path -> {id: content}, not committed.

    journal: (request, path). before: called with a journal entry ahead of it; may raise.
    """

    blobs: dict[str, tuple[bytes, dict[str, str]]] = field(default_factory=dict)
    blocks: dict[str, dict[str, bytes]] = field(default_factory=dict)
    journal: list[tuple[str, str]] = field(default_factory=list)
    may_list: bool = True
    before: Callable[[str, str], None] = lambda request, path: None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def find(self, path: str) -> Present | None:
        self._enter("find", path)
        return self._present(path) if path in self.blobs else None

    def listing(self, prefix: str) -> dict[str, Present] | None:
        self._enter("listing", prefix)
        paths = [path for path in {*self.blobs, *self.blocks} if path.startswith(prefix)]
        return {path: self._present(path) for path in paths} if self.may_list else None

    def put(self, path: str, body: bytes, metadata: Mapping[str, str], *, new: bool) -> bool:
        self._enter("put", path)
        if new and path in self.blobs:
            return False
        self.blobs[path] = (body, dict(metadata))
        return True

    def put_block(self, path: str, block_id: str, body: FileSlice) -> None:
        self._enter("put_block", path)
        content = b"".join(body)
        with self._lock:
            self.blocks.setdefault(path, {})[block_id] = content

    def uncommitted(self, path: str) -> dict[str, int]:
        self._enter("uncommitted", path)
        return {each: len(content) for each, content in self.blocks.get(path, {}).items()}

    def commit(self, path: str, ids: Sequence[str], metadata: Mapping[str, str]) -> bool:
        self._enter("commit", path)
        blocks = self.blocks.pop(path, {})
        if not blocks.keys() >= set(ids):
            return False
        self.blobs[path] = (b"".join(blocks[each] for each in ids), dict(metadata))
        return True

    def describe(self, path: str, metadata: Mapping[str, str]) -> None:
        self._enter("describe", path)
        self.blobs[path] = (self.blobs[path][0], dict(metadata))

    def _enter(self, request: str, path: str) -> None:
        self.before(request, path)
        with self._lock:
            self.journal.append((request, path))

    def _present(self, path: str) -> Present:
        content, metadata = self.blobs.get(path, (b"", {}))
        return Present(len(content), metadata)
