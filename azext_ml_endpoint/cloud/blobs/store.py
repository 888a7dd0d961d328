"""The uploads of one command, and what it reads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from azext_ml_endpoint.cloud.blobs.body import pieces
from azext_ml_endpoint.cloud.blobs.progress import DOWNLOAD, Progress
from azext_ml_endpoint.cloud.blobs.upload import Upload
from azext_ml_endpoint.cloud.contract import Blob, Container, Marker
from azext_ml_endpoint.cloud.guarded_logs import guard_logs
from azext_ml_endpoint.content.tree import SourceFile
from azext_ml_endpoint.once import Once
from azext_ml_endpoint.report import Report
from azext_ml_endpoint.side_by_side import told_of_interrupts

if TYPE_CHECKING:
    from azure.core.pipeline.transport import RequestsTransport

WORKERS = 16
"""Requests at once. Enough to fill a line in spite of its latency; more only wait for Python."""


class BlobStore:
    """:class:`..contract.Blobs`; see there.

    azure.storage.blob takes long to load, and most commands upload nothing. :meth:`prepare` begins
    to load it while Azure says what is there; the first upload waits for the rest.
    """

    def __init__(
        self,
        report: Report,
        *,
        workers: int = WORKERS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        guard_logs()
        self._report = report
        self._workers = workers
        self._clock = clock
        self._stop = threading.Event()
        self._transport = Once(lambda: _load(workers, self._stop))

    def prepare(self) -> None:
        # no daemon: a process that ends amid an import may abort
        threading.Thread(target=self._transport).start()

    def upload(
        self,
        files: Sequence[SourceFile],
        container: Container,
        folder: str,
        marker: Marker,
        *,
        title: str,
    ) -> Marker:
        transport = self._transport()
        from azext_ml_endpoint.cloud.blobs.service import AzureBlobService

        wanted = pieces(files, folder)
        sizes = [each.size for each in wanted]
        progress = Progress(title, sizes, self._report, self._stop, self._clock)
        service = AzureBlobService(container, transport, self._stop)
        upload = Upload(service, wanted, marker, progress, workers=self._workers)
        with progress:
            return upload.run(f"{folder}/" if folder else "")

    def tail(self, container: Container, path: str, size: int) -> bytes:
        transport = self._transport()
        from azext_ml_endpoint.cloud.blobs.service import AzureBlobService

        return AzureBlobService(container, transport, self._stop).tail(path, size)

    def contents(self, container: Container, path: str) -> list[Blob]:
        transport = self._transport()
        from azext_ml_endpoint.cloud.blobs.service import AzureBlobService

        return AzureBlobService(container, transport, self._stop).contents(path)

    def download(
        self, blobs: Sequence[Blob], container: Container, path: str, folder: Path, *, title: str
    ) -> None:
        transport = self._transport()
        from azext_ml_endpoint.cloud.blobs.download import Download
        from azext_ml_endpoint.cloud.blobs.service import AzureBlobService

        sizes = [each.size for each in blobs]
        progress = Progress(title, sizes, self._report, self._stop, self._clock, words=DOWNLOAD)
        service = AzureBlobService(container, transport, self._stop)
        with told_of_interrupts(self.cancel), progress:
            Download(service, path, folder, progress, workers=self._workers).run(blobs)

    def cancel(self) -> None:
        self._stop.set()


def _load(connections: int, stop: threading.Event) -> RequestsTransport:
    # pylint: disable-next=unused-import
    import azext_ml_endpoint.cloud.blobs.service  # noqa: F401 -- to have it
    from azext_ml_endpoint.cloud.blobs.session import transport

    return transport(connections, stop)
