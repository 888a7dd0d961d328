"""The ends of real blobs, as the log of an image's build is read."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from azure.core.credentials import AzureNamedKeyCredential

from azext_ml_endpoint.cloud.blobs import BlobStore
from azext_ml_endpoint.cloud.contract import Container
from azext_ml_endpoint.errors import StorageError
from tests.fakes.recording_report import RecordingReport
from tests.simulator.blob_front import storage_error
from tests.simulator.faults import Fault
from tests.simulator.playground import Playground

PATH = "ImageLogs/0f0f-42/build ü.log"
TEXT = "".join(f"line {number}\n" for number in range(10_000)).encode()


@pytest.fixture
def logs(empty_playground: Playground, monkeypatch: pytest.MonkeyPatch) -> Container:
    """The container ``azureml`` of the workspace's account, opened by the account's key."""
    for name, value in empty_playground.variables.items():
        monkeypatch.setenv(name, value)
    storage = empty_playground.storage
    storage.create_container("azureml")
    behind = storage._container("azureml")
    behind.upload_blob(PATH, TEXT, overwrite=True)
    behind.upload_blob("empty.log", b"", overwrite=True)
    url = f"https://{empty_playground.world.blob_host(storage.account)}/azureml"
    return Container(url=url, credential=AzureNamedKeyCredential(storage.account, storage.key))


@pytest.mark.parametrize("size", [1, 5000, len(TEXT), len(TEXT) + 1, 1 << 30])
def test_so_many_bytes_of_the_end_are_read(logs: Container, size: int) -> None:
    assert BlobStore(RecordingReport()).tail(logs, PATH, size) == TEXT[-size:]


def test_an_empty_blob_has_an_empty_end(logs: Container) -> None:
    assert BlobStore(RecordingReport()).tail(logs, "empty.log", 100) == b""


def test_a_token_for_the_container_opens_it_too(
    logs: Container, empty_playground: Playground
) -> None:
    until = datetime.now(timezone.utc) + timedelta(hours=1)
    token = empty_playground.storage.sas("azureml", "r", until)
    container = Container(url=logs.url, credential=token)
    assert BlobStore(RecordingReport()).tail(container, PATH, 5) == TEXT[-5:]


def test_a_blob_that_is_not_there_is_named_as_such(logs: Container) -> None:
    with pytest.raises(StorageError, match="refused to read: BlobNotFound"):
        BlobStore(RecordingReport()).tail(logs, "no.log", 100)


def test_an_account_that_lets_nobody_in_says_so(
    logs: Container, empty_playground: Playground
) -> None:
    closed = storage_error(
        409,
        "PublicAccessNotPermitted",
        "Public access is not permitted on this storage account.",
    )
    empty_playground.blobs.faults.add(Fault(closed, times=9))
    with pytest.raises(StorageError, match="PublicAccessNotPermitted"):
        BlobStore(RecordingReport()).tail(logs, PATH, 100)
    empty_playground.blobs.faults.clear()
