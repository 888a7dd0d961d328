"""The uploads of one command."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from azext_ml_endpoint.cloud.blobs.body import pieces
from azext_ml_endpoint.cloud.blobs.progress import Progress
from azext_ml_endpoint.cloud.blobs.service import AzureBlobService
from azext_ml_endpoint.cloud.blobs.session import transport
from azext_ml_endpoint.cloud.blobs.upload import Upload
from azext_ml_endpoint.cloud.contract import Container, Marker
from azext_ml_endpoint.cloud.redaction import guard_logs
from azext_ml_endpoint.content.tree import SourceFile
from azext_ml_endpoint.report import Report

WORKERS = 16
"""Requests at once. Enough to fill a line in spite of its latency; more only wait for Python."""


class BlobStore:
    """:class:`..contract.Blobs`; see there."""

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
        self._transport = transport(workers, self._stop)

    def upload(
        self,
        files: Sequence[SourceFile],
        container: Container,
        folder: str,
        marker: Marker,
        *,
        title: str,
    ) -> Marker:
        wanted = pieces(files, folder)
        progress = Progress(title, wanted, self._report, self._stop, self._clock)
        service = AzureBlobService(container, self._transport, self._stop)
        upload = Upload(service, wanted, marker, progress, workers=self._workers)
        with progress:
            return upload.run(f"{folder}/" if folder else "")

    def cancel(self) -> None:
        self._stop.set()
