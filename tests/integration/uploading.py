"""A container of real blobs, and what was asked of it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from azure.storage.blob import BlobProperties, ContainerClient

from azext_ml_endpoint.cloud.blobs import BlobStore
from azext_ml_endpoint.cloud.contract import Container, Marker
from azext_ml_endpoint.content.tree import files
from tests.fakes.recording_report import RecordingReport
from tests.simulator.blob_front import BlobRequest
from tests.simulator.faults import Fault
from tests.simulator.playground import Playground

CONTAINER = "uploads"
FOLDER = "LocalUpload/0123456789abcdef"
MARKER = Marker(name="m", version="1")
PATIENCE = 60


class Storage:
    """A container of the playground, and uploads into it from here."""

    def __init__(self, playground: Playground) -> None:
        self.playground = playground
        self.container = f"{CONTAINER}-{os.urandom(4).hex()}"
        playground.storage.create_container(self.container)
        self.account_url = f"https://{playground.world.blob_host(playground.storage.account)}"
        self.url = f"{self.account_url}/{self.container}"
        self.report = RecordingReport()
        self.store = BlobStore(self.report)

    def sas(self, minutes: int = 60, permissions: str = "racwl") -> str:
        until = datetime.now(timezone.utc) + timedelta(minutes=minutes)
        return self.playground.storage.sas(self.container, permissions, until)

    def upload(
        self, source: Path, *, credential: Any = None, renew: Callable[[], Any] | None = None
    ) -> Marker:
        given = self.sas() if credential is None else credential
        container = Container(url=self.url, credential=given, renew=renew)
        folder = f"{FOLDER}/{source.name}" if source.is_dir() else FOLDER
        return self.store.upload(files(source), container, folder, MARKER, title="model m:1")

    def requests(self) -> list[BlobRequest]:
        """Since the last call."""
        journal = self.playground.blobs.journal
        seen = list(journal.requests)
        journal.clear()
        return seen

    def operations(self) -> Counter[str]:
        return Counter(each.operation for each in self.requests())

    def wait_for_blocks(self, count: int) -> None:
        def are_there(requests: Sequence[BlobRequest]) -> bool:
            done = [each for each in requests if each.operation == "PUT block" and each.status]
            return len(done) >= count

        self.playground.blobs.journal.wait_until(are_there, PATIENCE)

    def fault(self, effect: Any, operation: str = "", times: int = 1) -> None:
        self.playground.blobs.faults.add(Fault(effect, url=operation, times=times))

    def behind(self) -> ContainerClient:
        """The container, from behind the journal and the faults."""
        container: ContainerClient = self.playground.storage._container(self.container)
        return container

    def blob(self, path: str) -> BlobProperties:
        return self.behind().get_blob_client(f"{FOLDER}/{path}").get_blob_properties()

    def uncommitted(self, path: str) -> list[str]:
        """Ids of the blocks that wait for a list; once no request is under way any more."""
        journal = self.playground.blobs.journal
        journal.wait_until(lambda requests: all(each.ended for each in requests), PATIENCE)
        blob = self.behind().get_blob_client(f"{FOLDER}/{path}")
        _, blocks = blob.get_block_list("uncommitted")
        return [block.id for block in blocks]

    def content(self, path: str) -> bytes:
        return bytes(self.behind().download_blob(f"{FOLDER}/{path}").readall())
