"""What an upload consists of: which files are missing, in which blocks a big one goes. Pure.

A finished upload is known by the metadata of its first file. The names and the layout are those of
the official SDK, so that each tool finds what the other has uploaded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from azext_ml_endpoint.cloud.contract import Marker
from azext_ml_endpoint.content.tree import SourceFile

MIB = 1 << 20
WHOLE = 4 * MIB
"""Bytes up to which a file goes in one request. Such a file is read into memory."""
BLOCK = 8 * MIB
MAX_BLOCKS = 50_000
"""Storage takes no more in one blob; bigger files get bigger blocks."""
ID_LENGTH = 46
"""Characters. All block ids of a blob must be of one length: this is that of the official SDK, so
that blocks which it has left behind do not stand in the way."""


@dataclass(frozen=True)
class Present:
    """A blob as storage lists it. One that has only uncommitted blocks has the size 0."""

    size: int
    metadata: Mapping[str, str]


@dataclass(frozen=True)
class Block:
    id: str
    offset: int
    length: int


@dataclass(frozen=True)
class Piece:
    """A file and where it goes. modified: when it was changed last, ns since the epoch."""

    file: SourceFile
    path: str
    modified: int

    @property
    def size(self) -> int:
        return self.file.size

    @property
    def whole(self) -> bool:
        """Whether it goes in one request."""
        return self.size <= WHOLE

    def blocks(self) -> Iterator[Block]:
        """An id holds the place, and the file's size and time of change: a block that an earlier
        run has sent counts only while the file is the same."""
        length = block_length(self.size)
        state = f"{self.size} {self.modified} {length}".encode()
        digest = hashlib.sha256(state).hexdigest()
        for offset in range(0, self.size, length):
            place = f"-{offset:015d}"
            block_id = digest[: ID_LENGTH - len(place)] + place
            yield Block(block_id, offset, min(length, self.size - offset))


def block_length(size: int) -> int:
    """Bytes of all blocks but the last, for a file of ``size`` bytes; whole MiB."""
    fewest = -(-size // MAX_BLOCKS)
    return max(BLOCK, -(-fewest // MIB) * MIB)


def missing(pieces: Sequence[Piece], present: Mapping[str, Present]) -> list[Piece]:
    """Those that storage does not have with their size.

    The folder is named after the content, hence equal sizes are equal files. An empty file looks
    like one of which nothing was committed: it is sent again.
    """
    nothing = Present(0, {})
    return [each for each in pieces if not present.get(each.path, nothing).size == each.size > 0]


def finished(found: Present | None) -> Marker | None:
    """The marker of a finished upload, on its first file."""
    if found is None or found.metadata.get("upload_status") != "completed":
        return None
    return Marker(name=found.metadata.get("name", ""), version=found.metadata.get("version", ""))


def confirmation(marker: Marker) -> dict[str, str]:
    """The metadata that mark an upload as finished."""
    return {"upload_status": "completed", "name": marker.name, "version": marker.version}
