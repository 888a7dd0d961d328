"""What one command reads and writes in storage, and Ctrl-C."""

from __future__ import annotations

from pathlib import Path

import pytest

from azext_ml_endpoint.cloud.blobs import download
from azext_ml_endpoint.cloud.blobs.store import BlobStore
from azext_ml_endpoint.cloud.blobs.upload import raise_if_set
from azext_ml_endpoint.cloud.contract import Blob, Container
from azext_ml_endpoint.errors import Interrupted
from tests.fakes.interrupt import PATIENCE, ctrl_c
from tests.fakes.recording_report import RecordingReport

CONTAINER = Container(url="https://store.blob.core.windows.net/models", credential="sig=s")


def test_ctrl_c_ends_a_download_with_what_becomes_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = BlobStore(RecordingReport())

    def fetching(self: download.Download, blobs: object) -> None:
        ctrl_c()
        assert store._stop.wait(PATIENCE)
        raise_if_set(store._stop)

    monkeypatch.setattr(download.Download, "run", fetching)
    with pytest.raises(Interrupted, match="The transfer of files was interrupted"):
        store.download([Blob("m/w", 1, "etag")], CONTAINER, "m", tmp_path, title="m")
