"""Storage without a network: a :class:`Blobs` that puts whole files into a MemoryStorage."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from azext_ml_endpoint.cloud.contract import Blob, Container, Marker
from azext_ml_endpoint.content.tree import SourceFile
from azext_ml_endpoint.errors import Interrupted, StorageError
from tests.simulator.storage import MemoryStorage


class MemoryBlobs:
    """uploads: (title, what was sent) of every upload; a skipped one has sent nothing.

    containers: where they went. downloads: the titles of what was fetched.
    """

    def __init__(self, storage: MemoryStorage) -> None:
        self.uploads: list[tuple[str, list[str]]] = []
        self.containers: list[Container] = []
        self.downloads: list[str] = []
        self._storage = storage
        self._cancelled = False

    def prepare(self) -> None:
        """There is nothing that takes long."""

    def upload(
        self,
        files: Sequence[SourceFile],
        container: Container,
        folder: str,
        marker: Marker,
        *,
        title: str,
    ) -> Marker:
        if self._cancelled:
            raise Interrupted(f"upload of {title} was interrupted")
        blobs, bucket = self._storage.blobs, urlsplit(container.url).path.strip("/")
        places = [(bucket, f"{folder}/{file.relative}".lstrip("/")) for file in files]
        sent: list[str] = []
        self.uploads.append((title, sent))
        self.containers.append(container)
        found = blobs[places[0]][1] if places[0] in blobs else {}
        if found.get("upload_status") == "completed":
            return Marker(name=found["name"], version=found["version"])
        for file, place in zip(files, places, strict=True):
            blobs[place] = (file.path.read_bytes(), {})
            sent.append(place[1])
        blobs[places[0]][1].update(
            upload_status="completed", name=marker.name, version=marker.version
        )
        return marker

    def tail(self, container: Container, path: str, size: int) -> bytes:
        self.containers.append(container)
        bucket = urlsplit(container.url).path.strip("/")
        if (bucket, path) not in self._storage.blobs:
            raise StorageError(f"{urlsplit(container.url).netloc} refused to read: BlobNotFound.")
        return self._storage.blobs[bucket, path][0][-size:]

    def contents(self, container: Container, path: str) -> list[Blob]:
        self.containers.append(container)
        bucket = urlsplit(container.url).path.strip("/")
        return [
            Blob(name, len(content), etag=str(hash(content)))
            for (where, name), (content, _) in self._storage.blobs.items()
            if where == bucket and (name == path or name.startswith(f"{path}/"))
        ]

    def download(
        self, blobs: Sequence[Blob], container: Container, path: str, folder: Path, *, title: str
    ) -> None:
        self.downloads.append(title)
        bucket, top = urlsplit(container.url).path.strip("/"), path.rpartition("/")[0]
        for each in blobs:
            target = folder / each.path.removeprefix(top).strip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(self._storage.blobs[bucket, each.path][0])

    def cancel(self) -> None:
        self._cancelled = True
