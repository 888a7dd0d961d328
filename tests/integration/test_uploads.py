"""Uploads to real blobs: what is sent, and what is not sent again."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from azure.core.credentials import AccessToken, AzureNamedKeyCredential

from azext_ml_endpoint.cloud.blobs import BlobStore
from azext_ml_endpoint.cloud.blobs.transfer import BLOCK, MIB
from azext_ml_endpoint.cloud.contract import Marker
from azext_ml_endpoint.content.tree import files
from azext_ml_endpoint.errors import Interrupted, StorageError
from tests.integration.conftest import REPOSITORY, SDK_PYTHON, cannot_run
from tests.integration.uploading import FOLDER, MARKER, PATIENCE, Storage
from tests.simulator.blob_front import BUSY, PASS, storage_error
from tests.simulator.faults import Reset, Slow
from tests.simulator.playground import Playground

CHILD = """
import os, sys
from pathlib import Path
from azext_ml_endpoint.cloud.blobs import BlobStore
from azext_ml_endpoint.cloud.contract import Container, Marker
from azext_ml_endpoint.content.tree import files
from azext_ml_endpoint.report import StderrReport
container = Container(url=sys.argv[2], credential=os.environ["SAS"])
marker = Marker(name="m", version="1")
store = BlobStore(StderrReport(), workers=2)
store.upload(files(Path(sys.argv[1])), container, sys.argv[3], marker, title="model m:1")
"""
SDK_UPLOAD = """
import os, sys
from azure.ai.ml._artifacts._blob_storage_helper import BlobStorageClient
source, account, container = sys.argv[1:]
found = BlobStorageClient(os.environ["SAS"], account, container).upload(
    source, "sdk", "7", asset_hash="0123456789abcdef", show_progress=False
)
print(found["name"], found["version"])
"""


@pytest.fixture
def storage(empty_playground: Playground, monkeypatch: pytest.MonkeyPatch) -> Storage:
    for name, value in empty_playground.variables.items():
        monkeypatch.setenv(name, value)
    return Storage(empty_playground)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Three files; the first of them bears the marker."""
    folder = tmp_path / "model"
    (folder / "sub").mkdir(parents=True)
    for name in ("MLmodel", "ünïcode & more.txt", "sub/weights.bin"):
        (folder / name).write_bytes(name.encode() * 100)
    return folder


@pytest.fixture
def big(tmp_path: Path) -> Path:
    """A file of nine blocks, each another, and a last one that is not full."""
    path = tmp_path / "model.bin"
    with path.open("wb") as file:
        for number in range(9):
            file.write(bytes([number]) * BLOCK)
        file.write(b"end")
    return path


# What is sent


def test_one_small_file_is_one_request_and_then_none_that_sends_anything(
    storage: Storage, tree: Path
) -> None:
    source = tree / "MLmodel"
    assert storage.upload(source) == MARKER
    assert storage.operations() == {"PUT": 1}
    assert storage.content("MLmodel") == source.read_bytes()
    confirmation = {"upload_status": "completed", "name": "m", "version": "1"}
    assert storage.blob("MLmodel").metadata == confirmation
    assert storage.upload(source) == MARKER
    assert [(each.operation, each.status) for each in storage.requests()] == [
        ("PUT", 409),
        ("GET list", 200),
    ]


def test_a_tree_is_uploaded_once(storage: Storage, tree: Path) -> None:
    storage.upload(tree)
    requests = storage.requests()
    assert Counter(each.operation for each in requests) == {"GET list": 1, "PUT": 3}
    assert requests[-1].path.endswith("/model/MLmodel")
    for file in files(tree):
        assert storage.content(f"model/{file.relative}") == file.path.read_bytes()
    assert storage.blob("model/MLmodel").metadata["upload_status"] == "completed"
    assert storage.upload(tree) == MARKER
    assert storage.operations() == {"GET list": 1}
    assert storage.report.steps[-1] == "model m:1 is in storage already"


def test_a_big_file_goes_in_blocks(storage: Storage, big: Path) -> None:
    storage.upload(big)
    assert storage.operations() == {"GET list": 1, "PUT block": 10, "PUT blocklist": 1}
    assert storage.content("model.bin") == big.read_bytes()
    assert storage.blob("model.bin").metadata["upload_status"] == "completed"
    assert storage.upload(big) == MARKER
    assert storage.operations() == {"GET list": 1}


class Identity:
    def __init__(self, playground: Playground) -> None:
        self.playground = playground

    def get_token(self, scope: str, **_: Any) -> AccessToken:
        return AccessToken(self.playground.simulator.tokens.issue(scope), 1 << 40)


@pytest.mark.parametrize("kind", ["key", "identity"])
def test_account_keys_and_identities_open_a_container(
    kind: str, storage: Storage, tree: Path
) -> None:
    account = storage.playground.storage
    key = AzureNamedKeyCredential(account.account, account.key)
    credential = key if kind == "key" else Identity(storage.playground)
    storage.upload(tree, credential=credential)
    assert storage.upload(tree, credential=credential) == MARKER
    assert storage.content("model/MLmodel") == (tree / "MLmodel").read_bytes()


def test_a_sas_that_may_not_list_is_enough(storage: Storage, tree: Path) -> None:
    storage.upload(tree, credential=storage.sas(permissions="rcw"))
    assert storage.content("model/MLmodel") == (tree / "MLmodel").read_bytes()
    storage.requests()
    assert storage.upload(tree, credential=storage.sas(permissions="rcw")) == MARKER
    assert storage.operations() == {"GET list": 1, "HEAD": 1}


# What is not sent again


@pytest.fixture
def child(storage: Storage) -> Iterator[Callable[[Path], subprocess.Popen[bytes]]]:
    """Starts an upload in a process of its own."""
    started: list[subprocess.Popen[bytes]] = []

    def start(source: Path) -> subprocess.Popen[bytes]:
        folder = f"{FOLDER}/{source.name}" if source.is_dir() else FOLDER
        process = subprocess.Popen(
            [sys.executable, "-c", CHILD, source, storage.url, folder],
            env={**os.environ, "SAS": storage.sas(), "PYTHONPATH": str(REPOSITORY)},
        )
        started.append(process)
        return process

    yield start
    for each in started:
        each.kill()
        each.wait(PATIENCE)


def kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait(PATIENCE)


def test_after_a_kill_only_missing_blocks_are_sent(
    storage: Storage, big: Path, child: Callable[[Path], subprocess.Popen[bytes]]
) -> None:
    storage.fault(PASS, "comp=block&", times=4)
    storage.fault(Slow(2), "comp=block&", times=100)
    process = child(big)
    storage.wait_for_blocks(4)
    kill(process)
    storage.playground.blobs.faults.clear()
    kept = storage.uncommitted("model.bin")
    assert 4 <= len(kept) < 10
    storage.requests()

    storage.upload(big)
    assert storage.operations() == {
        "GET list": 1,
        "GET blocklist": 1,
        "PUT block": 10 - len(kept),
        "PUT blocklist": 1,
    }
    assert storage.content("model.bin") == big.read_bytes()


def test_after_a_kill_only_missing_files_are_sent(
    storage: Storage, tmp_path: Path, child: Callable[[Path], subprocess.Popen[bytes]]
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(30):
        (folder / f"{number:02}").write_bytes(b"content")
    storage.fault(PASS, times=11)
    storage.fault(Slow(2), times=100)
    process = child(folder)
    journal = storage.playground.blobs.journal
    journal.wait_until(lambda requests: len([each for each in requests if each.status]) >= 11)
    kill(process)
    storage.playground.blobs.faults.clear()
    there = {name.rpartition("/")[2] for name in storage.behind().list_blob_names()}
    assert 10 <= len(there) < 29
    storage.requests()

    storage.upload(folder)
    sent = [each for each in storage.requests() if each.operation == "PUT"]
    assert {each.path.rpartition("/")[2] for each in sent} == {
        f"{number:02}" for number in range(30)
    } - there
    assert sent[-1].path.endswith("/00")


@pytest.mark.parametrize("block_id", ["short", "x" * 46], ids=["of another length", "of the SDK's"])
def test_blocks_that_others_left_do_not_stand_in_the_way(
    block_id: str, storage: Storage, big: Path
) -> None:
    blob = storage.behind().get_blob_client(f"{FOLDER}/model.bin")
    blob.stage_block(block_id, b"left")
    assert storage.upload(big) == MARKER
    assert storage.content("model.bin") == big.read_bytes()


def test_a_cancelled_upload_ends_soon_and_goes_on_later(storage: Storage, big: Path) -> None:
    storage.fault(PASS, "comp=block&", times=3)
    storage.fault(Slow(1), "comp=block&", times=100)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(storage.upload, big)
        storage.wait_for_blocks(3)
        storage.store.cancel()
        with pytest.raises(Interrupted, match="interrupted"):
            running.result(PATIENCE)
    storage.playground.blobs.faults.clear()
    kept = storage.uncommitted("model.bin")
    storage.requests()
    storage.store = BlobStore(storage.report)
    storage.upload(big)
    assert storage.operations()["PUT block"] == 10 - len(kept) <= 7
    assert storage.content("model.bin") == big.read_bytes()


def sdk_uploads(storage: Storage, source: Path) -> str:
    if not SDK_PYTHON.exists():
        cannot_run(f"there is no {SDK_PYTHON}; scripts/test makes it")
    done = subprocess.run(
        [SDK_PYTHON, "-c", SDK_UPLOAD, source, storage.account_url, storage.container],
        env={**os.environ, "SAS": storage.sas()},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("kind", ["tree", "big"])
def test_the_official_sdk_skips_what_is_here(
    kind: str, storage: Storage, tree: Path, big: Path
) -> None:
    source = tree if kind == "tree" else big
    storage.upload(source)
    storage.requests()
    assert sdk_uploads(storage, source) == "m 1"
    assert {each.method for each in storage.requests()} == {"HEAD"}


@pytest.mark.parametrize("kind", ["tree", "big"])
def test_what_the_official_sdk_has_sent_is_skipped(
    kind: str, storage: Storage, tree: Path, big: Path
) -> None:
    source = tree if kind == "tree" else big
    assert sdk_uploads(storage, source) == "sdk 7"
    storage.requests()
    assert storage.upload(source) == Marker(name="sdk", version="7")
    assert storage.operations() == {"GET list": 1}


# What goes wrong


def test_a_sas_that_expires_on_the_way_is_renewed_once(storage: Storage, big: Path) -> None:
    renewed: list[str] = []

    def renew() -> str:
        renewed.append(storage.sas(minutes=61 + len(renewed)))
        return renewed[-1]

    storage.fault(Slow(0.2), "comp=block&", times=4)

    def expire() -> None:
        storage.wait_for_blocks(3)
        storage.playground.blobs.expire_sas()

    expiring = threading.Thread(target=expire)
    expiring.start()
    storage.store = BlobStore(storage.report, workers=2)
    assert storage.upload(big, renew=renew) == MARKER
    expiring.join(PATIENCE)
    assert len(renewed) == 1
    assert storage.content("model.bin") == big.read_bytes()


def test_busy_and_broken_connections_are_tried_again(storage: Storage, big: Path) -> None:
    storage.fault(BUSY, "comp=list")
    storage.fault(Reset(after=MIB), "comp=block&", times=2)
    storage.fault(BUSY, "comp=block&")
    storage.fault(Reset(done=True), "comp=blocklist")
    assert storage.upload(big) == MARKER
    assert storage.content("model.bin") == big.read_bytes()


def test_storage_out_of_reach_is_named_soon(
    storage: Storage, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with ThreadPoolExecutor(1) as pool:
        upload = pool.submit(storage.upload, tree)
        with pytest.raises(StorageError) as caught:
            upload.result(15)
    assert storage.playground.world.blob_host("wsstorage") in caught.value.message
    assert "HTTPS_PROXY" in str(caught.value.recommendation)


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("AuthorizationFailure", "firewall"),
        ("AuthorizationPermissionMismatch", "Storage Blob Data Contributor"),
        ("KeyBasedAuthenticationNotPermitted", "no account keys"),
    ],
)
def test_a_refusal_is_explained(code: str, remedy: str, storage: Storage, tree: Path) -> None:
    storage.fault(storage_error(403, code, "This request is not authorized."), times=9)
    with pytest.raises(StorageError) as caught:
        storage.upload(tree)
    storage.playground.blobs.faults.clear()
    assert code in caught.value.message
    assert remedy in str(caught.value.recommendation)


def test_no_signature_is_seen_at_any_verbosity(
    storage: Storage, big: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sas = storage.sas()
    secret = sas.partition("sig=")[2].partition("&")[0]
    storage.fault(Reset(), "comp=list")
    storage.upload(big, credential=sas)
    storage.playground.blobs.expire_sas()
    with pytest.raises(StorageError) as caught:
        storage.upload(big, credential=sas)
    assert "urllib3" in caplog.text
    seen = [caplog.text, *storage.report.steps, str(caught.getrepr(style="long", chain=True))]
    assert not [text for text in seen if secret in text]
