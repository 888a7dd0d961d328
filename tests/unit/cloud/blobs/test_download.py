from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from azext_ml_endpoint.cloud.blobs.download import Download
from azext_ml_endpoint.cloud.contract import Blob
from azext_ml_endpoint.errors import FileAccessError, Interrupted, StorageError

PIECE = 4


class Source:
    """One container. asked: (path, offset) of every read. before: called ahead of it."""

    def __init__(self, **blobs: bytes) -> None:
        self.content = {name.replace("__", "/"): body for name, body in blobs.items()}
        self.asked: list[tuple[str, int]] = []
        self.before: Callable[[str, int], None] = lambda path, offset: None

    def contents(self, path: str) -> list[Blob]:
        return [
            Blob(name, len(body), hashlib.sha256(body).hexdigest(), hashlib.md5(body).digest())
            for name, body in self.content.items()
            if name.startswith(path)
        ]

    def read(self, blob: Blob, offset: int, length: int) -> Iterator[bytes]:
        self.before(blob.path, offset)
        self.asked.append((blob.path, offset))
        part = self.content[blob.path][offset : offset + length]
        yield part[:1]
        yield part[1:]


class Watch:
    def __init__(self) -> None:
        self.here = self.came = 0

    def begin(self) -> None: ...

    def found(self, count: int) -> None:
        self.here += count

    def sent(self, count: int) -> None:
        self.came += count


def fetch(source: Source, path: str, folder: Path) -> Watch:
    watch = Watch()
    download = Download(source, path, folder, watch, workers=2, piece=PIECE)
    download.run(source.contents(path))
    return watch


def files(folder: Path) -> dict[str, bytes]:
    found = (each for each in folder.rglob("*") if each.is_file())
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in found}


def test_a_folder_keeps_its_name_and_what_is_below(tmp_path: Path) -> None:
    source = Source(up__model__MLmodel=b"flavors", up__model__data__w=b"0123456789", up__empty=b"")
    watch = fetch(source, "up/model", tmp_path)
    assert files(tmp_path) == {"model/MLmodel": b"flavors", "model/data/w": b"0123456789"}
    assert (watch.came, watch.here) == (17, 0)


def test_what_is_whole_can_be_read_only(tmp_path: Path) -> None:
    fetch(Source(up__model=b"weights"), "up/model", tmp_path)
    assert (tmp_path / "model").stat().st_mode & 0o777 == 0o444
    fetch(Source(up__model=b"others"), "up/model", tmp_path)
    assert files(tmp_path) == {"model": b"others"}


def test_one_blob_is_one_file_and_none_of_nothing(tmp_path: Path) -> None:
    source = Source(up__model=b"abc", up__none=b"")
    fetch(source, "up/model", tmp_path)
    fetch(source, "up/none", tmp_path)
    assert files(tmp_path) == {"model": b"abc", "none": b""}


def test_what_was_cut_off_goes_on(tmp_path: Path) -> None:
    source = Source(up__w=b"0123456789ab")

    def cut(_: str, offset: int) -> None:
        if offset == 2 * PIECE:
            raise Interrupted("enough")

    source.before = cut
    with pytest.raises(Interrupted):
        fetch(source, "up/w", tmp_path)
    assert "w" not in files(tmp_path)
    came = {offset for _, offset in source.asked}
    source.before, source.asked = lambda path, offset: None, []
    watch = fetch(source, "up/w", tmp_path)
    assert files(tmp_path) == {"w": b"0123456789ab"}
    assert {offset for _, offset in source.asked} == {0, PIECE, 2 * PIECE} - came
    assert watch.here == len(came) * PIECE


def test_pieces_of_another_state_are_not_used(tmp_path: Path) -> None:
    source = Source(up__w=b"0123456789ab")

    def cut(_: str, offset: int) -> None:
        if offset == 2 * PIECE:
            raise Interrupted("enough")

    source.before = cut
    with pytest.raises(Interrupted):
        fetch(source, "up/w", tmp_path)
    source.before = lambda path, offset: None
    source.content["up/w"] = b"BA9876543210"
    fetch(source, "up/w", tmp_path)
    assert files(tmp_path) == {"w": b"BA9876543210"}


def test_what_is_there_is_not_fetched_again(tmp_path: Path) -> None:
    source = Source(up__m__a=b"aaaa", up__m__b=b"bbbb")
    fetch(source, "up/m", tmp_path)
    (tmp_path / "m/b").unlink()
    source.asked = []
    watch = fetch(source, "up/m", tmp_path)
    assert source.asked == [("up/m/b", 0)] and watch.here == 4


def test_what_is_not_what_storage_has_a_hash_of_is_thrown_away(tmp_path: Path) -> None:
    source = Source(up__m=b"abcdefgh")
    good = source.contents("up/m")
    source.content["up/m"] = b"abcdefgX"
    download = Download(source, "up/m", tmp_path, Watch(), workers=1, piece=PIECE)
    with pytest.raises(StorageError, match="not what storage has a hash of"):
        download.run(good)
    source.content["up/m"] = b"abcdefgh"
    download.run(good)
    assert files(tmp_path) == {"m": b"abcdefgh"}


def test_less_than_was_asked_for_is_no_piece(tmp_path: Path) -> None:
    source = Source(up__m=b"abcdefgh")
    whole = source.contents("up/m")
    source.content["up/m"] = b"abcdef"
    with pytest.raises(StorageError, match="2 bytes came for 4"):
        Download(source, "up/m", tmp_path, Watch(), workers=1, piece=PIECE).run(whole)


@pytest.mark.parametrize("name", ["up/m/../../etc", "up/m/..", "up/m/a\\b", "up/m/a\0b"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    source = Source()
    source.content[name] = b"abc"
    with pytest.raises(StorageError, match="no name"):
        fetch(source, "up/m", tmp_path / "in")
    assert files(tmp_path) == {}


def test_a_disk_that_takes_nothing_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "in").write_text("a file where the folder should be")
    with pytest.raises(FileAccessError, match="in"):
        fetch(Source(up__m=b"abc"), "up/m", tmp_path / "in")
