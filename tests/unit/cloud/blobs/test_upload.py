"""What an upload asks of storage, and in which order; the files are real, storage is in memory."""

from __future__ import annotations

import os
import threading
from collections import Counter
from pathlib import Path

import pytest

from azext_ml_endpoint.cloud.blobs.body import pieces
from azext_ml_endpoint.cloud.blobs.transfer import BLOCK, MIB, WHOLE, confirmation
from azext_ml_endpoint.cloud.blobs.upload import Upload, side_by_side
from azext_ml_endpoint.cloud.contract import Marker
from azext_ml_endpoint.content.tree import SourceFile
from azext_ml_endpoint.errors import FileAccessError, Interrupted, StorageError
from tests.fakes.memory_blob_service import MemoryBlobService

MARKER = Marker(name="m", version="1")
CONFIRMED = confirmation(MARKER)


class Watched:
    def __init__(self) -> None:
        self.begun = self.found_bytes = self.sent_bytes = 0

    def begin(self) -> None:
        self.begun += 1

    def found(self, count: int) -> None:
        self.found_bytes += count

    def sent(self, count: int) -> None:
        self.sent_bytes += count


class Here:
    """Files in a folder, and storage."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.service = MemoryBlobService()
        self.watch = Watched()

    def write(self, relative: str, content: bytes) -> None:
        path = self.folder / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def files(self) -> list[SourceFile]:
        paths = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return [
            SourceFile(path.relative_to(self.folder).as_posix(), path, path.stat().st_size)
            for path in paths
        ]

    def upload(self, files: list[SourceFile] | None = None, *, workers: int = 4) -> Marker:
        wanted = pieces(self.files() if files is None else files, "at")
        self.watch = Watched()
        return Upload(self.service, wanted, MARKER, self.watch, workers=workers).run("at/")

    def requests(self) -> list[tuple[str, str]]:
        """Since the last call."""
        journal, self.service.journal = self.service.journal, []
        return journal


@pytest.fixture
def here(tmp_path: Path) -> Here:
    return Here(tmp_path)


def big(extra: int = 0) -> bytes:
    """Three blocks, each another."""
    return b"a" * BLOCK + b"b" * BLOCK + b"c" * (MIB + extra)


# One small file


def test_one_small_file_is_one_request_with_the_marker(here: Here) -> None:
    here.write("model.pkl", b"content")
    assert here.upload() == MARKER
    assert here.requests() == [("put", "at/model.pkl")]
    assert here.service.blobs == {"at/model.pkl": (b"content", CONFIRMED)}
    assert here.watch.sent_bytes == 7


def test_a_finished_upload_is_adopted_with_its_marker(here: Here) -> None:
    here.write("model.pkl", b"content")
    other = Marker(name="theirs", version="7")
    here.service.blobs["at/model.pkl"] = (b"content", confirmation(other))
    assert here.upload() == other
    assert here.requests() == [("put", "at/model.pkl"), ("listing", "at/")]
    assert (here.watch.begun, here.watch.sent_bytes) == (0, 0)


def test_a_whole_file_without_marker_gets_only_the_marker(here: Here) -> None:
    here.write("model.pkl", b"content")
    here.service.blobs["at/model.pkl"] = (b"content", {"other": "1"})
    here.upload()
    assert here.requests()[2:] == [("describe", "at/model.pkl")]
    assert here.service.blobs["at/model.pkl"] == (b"content", CONFIRMED)


def test_a_torn_file_is_replaced(here: Here) -> None:
    here.write("model.pkl", b"content")
    here.service.blobs["at/model.pkl"] = (b"con", {})
    here.upload()
    assert here.service.blobs["at/model.pkl"] == (b"content", CONFIRMED)


def test_an_empty_file_is_uploaded(here: Here) -> None:
    here.write("empty", b"")
    here.service.blobs["at/empty"] = (b"", {})
    assert here.upload() == MARKER
    assert here.service.blobs["at/empty"] == (b"", CONFIRMED)


# Many files


def test_the_marker_comes_last_and_stands_on_the_first_file(here: Here) -> None:
    for name in ("a", "b", "sub/c"):
        here.write(name, name.encode())
    here.upload()
    requests = here.requests()
    assert requests[0] == ("listing", "at/")
    assert sorted(requests[1:-1]) == [("put", "at/b"), ("put", "at/sub/c")]
    assert requests[-1] == ("put", "at/a")
    assert here.service.blobs == {
        "at/a": (b"a", CONFIRMED),
        "at/b": (b"b", {}),
        "at/sub/c": (b"sub/c", {}),
    }


def test_a_finished_tree_is_one_request(here: Here) -> None:
    for name in ("a", "b", "c"):
        here.write(name, b"1")
    here.upload()
    here.requests()
    assert here.upload() == MARKER
    assert here.requests() == [("listing", "at/")]


def test_only_missing_files_are_sent(here: Here) -> None:
    for name in ("a", "b", "c", "d"):
        here.write(name, b"12")
    here.service.blobs |= {"at/a": (b"12", {}), "at/b": (b"1", {}), "at/c": (b"12", {})}
    here.upload()
    sent = here.requests()
    assert sorted(sent[1:-1]) == [("put", "at/b"), ("put", "at/d")]
    assert sent[-1] == ("describe", "at/a")
    assert (here.watch.found_bytes, here.watch.sent_bytes) == (4, 4)


def test_who_may_not_list_asks_for_the_first_file_and_sends_all(here: Here) -> None:
    here.service.may_list = False
    for name in ("a", "b"):
        here.write(name, b"1")
    here.upload()
    assert here.requests() == [
        ("listing", "at/"),
        ("find", "at/a"),
        ("put", "at/b"),
        ("put", "at/a"),
    ]
    here.upload()
    assert here.requests() == [("listing", "at/"), ("find", "at/a")]


def test_a_failure_leaves_no_marker_and_ends_the_others(here: Here) -> None:
    for number in range(50):
        here.write(f"{number:02}", b"1")

    def refuse(request: str, path: str) -> None:
        if path == "at/07":
            raise StorageError("no")

    here.service.before = refuse
    with pytest.raises(StorageError):
        here.upload(workers=2)
    assert not any(metadata for _, metadata in here.service.blobs.values())
    assert len(here.service.blobs) < 20


# Big files


def test_a_big_file_goes_in_blocks_and_its_list_bears_the_marker(here: Here) -> None:
    here.write("model.bin", big())
    here.upload()
    assert Counter(request for request, _ in here.requests()) == {
        "listing": 1,
        "put_block": 3,
        "commit": 1,
    }
    assert here.service.blobs["at/model.bin"] == (big(), CONFIRMED)
    assert here.watch.sent_bytes == len(big())


def test_what_fits_in_one_request_goes_in_one(here: Here) -> None:
    here.write("a", bytes(WHOLE))
    here.write("b", bytes(WHOLE + 1))
    here.upload()
    assert Counter(here.requests()) == {
        ("listing", "at/"): 1,
        ("put_block", "at/b"): 1,
        ("commit", "at/b"): 1,
        ("put", "at/a"): 1,
    }


def test_blocks_of_an_earlier_run_are_not_sent_again(here: Here) -> None:
    here.write("a", b"1")
    here.write("b", big())
    stop_after(here, 2)
    with pytest.raises(Interrupted):
        here.upload(workers=1)
    here.service.before = lambda request, path: None
    here.requests()
    here.upload()
    assert here.requests() == [
        ("listing", "at/"),
        ("uncommitted", "at/b"),
        ("put_block", "at/b"),
        ("commit", "at/b"),
        ("put", "at/a"),
    ]
    assert here.service.blobs["at/b"][0] == big()
    assert (here.watch.found_bytes, here.watch.sent_bytes) == (2 * BLOCK, MIB + 1)


def test_blocks_of_a_changed_file_are_never_mixed(here: Here) -> None:
    here.write("b", big())
    stop_after(here, 2)
    with pytest.raises(Interrupted):
        here.upload(workers=1)
    here.service.before = lambda request, path: None
    changed = big().replace(b"a", b"x")
    here.write("b", changed)
    later = (here.folder / "b").stat().st_mtime_ns + 10**9
    os.utime(here.folder / "b", ns=(later, later))
    here.upload()
    assert here.service.blobs["at/b"][0] == changed


def stop_after(here: Here, blocks: int) -> None:
    left = [blocks]

    def count(request: str, path: str) -> None:
        left[0] -= request == "put_block"
        if left[0] < 0:
            raise Interrupted("now")

    here.service.before = count


def test_who_loses_a_race_for_a_blob_takes_the_winners(here: Here) -> None:
    here.write("b", big())

    def win(request: str, path: str) -> None:
        if request == "commit":
            here.service.blocks.clear()
            here.service.blobs[path] = (big(), {})

    here.service.before = win
    assert here.upload() == MARKER
    assert here.service.blobs["at/b"] == (big(), CONFIRMED)


def test_blocks_that_are_gone_are_an_error(here: Here) -> None:
    here.write("b", big())

    def drop(request: str, path: str) -> None:
        if request == "commit":
            here.service.blocks.clear()

    here.service.before = drop
    with pytest.raises(StorageError, match="somebody else"):
        here.upload()


# Files that change


def test_a_file_that_vanished_is_named(here: Here) -> None:
    here.write("a", b"1")
    files = here.files()
    (here.folder / "a").unlink()
    with pytest.raises(FileAccessError, match=r"a: No such file"):
        here.upload(files)


@pytest.mark.parametrize("content", [b"1", big()], ids=["small", "big"])
def test_a_file_that_is_written_to_is_never_completed(here: Here, content: bytes) -> None:
    here.write("a", b"first")
    here.write("b", content)

    def write(request: str, path: str) -> None:
        if request == "listing":
            (here.folder / "b").write_bytes(content + b"more")

    here.service.before = write
    with pytest.raises(FileAccessError, match="b has changed since"):
        here.upload()
    assert "at/a" not in here.service.blobs


def test_a_file_that_shrinks_while_a_block_goes_is_an_error(here: Here) -> None:
    here.write("b", big())

    def shrink(request: str, path: str) -> None:
        if request == "put_block":
            os.truncate(here.folder / "b", 10)

    here.service.before = shrink
    with pytest.raises(FileAccessError, match="b has changed since"):
        here.upload(workers=1)
    assert "at/b" not in here.service.blobs


# Side by side


def test_no_more_tasks_run_at_once_than_there_are_workers() -> None:
    running, most, lock = [0], [0], threading.Lock()
    meeting = threading.Barrier(3)

    def task() -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        meeting.wait(30)
        with lock:
            running[0] -= 1

    side_by_side((task for _ in range(9)), 3)
    assert most == [3]


def test_a_task_is_taken_only_when_somebody_is_free() -> None:
    taken: list[int] = []

    def fail() -> None:
        raise StorageError("no")

    def tasks() -> object:
        for number in range(100):
            taken.append(number)
            yield fail

    with pytest.raises(StorageError):
        side_by_side(tasks(), 2)  # type: ignore[arg-type]
    assert len(taken) <= 2
