"""A file is there as a whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from azext_ml_endpoint import disk
from azext_ml_endpoint.errors import FileAccessError

FULL = Path("/dev/full")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_private_file_and_its_folders_are_their_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "a/b/c.json"
    disk.put(file, "ä\udcff")
    assert file.read_bytes() == b"\xc3\xa4\xff"
    assert mode(file) == 0o600
    assert mode(tmp_path / "a") == mode(tmp_path / "a/b") == 0o700


def test_a_private_file_becomes_private_where_it_was_not(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text("old")
    file.chmod(0o644)
    disk.put(file, "new")
    assert (file.read_text(), mode(file)) == ("new", 0o600)


def test_another_file_keeps_its_mode_and_needs_its_folder(tmp_path: Path) -> None:
    file = tmp_path / "exported.yml"
    disk.put(file, b"one", private=False)
    fresh = tmp_path / "other"
    fresh.touch()
    assert mode(file) == mode(fresh)
    file.chmod(0o664)
    disk.put(file, b"two", private=False)
    assert (file.read_bytes(), mode(file)) == (b"two", 0o664)
    with pytest.raises(FileAccessError, match="nowhere"):
        disk.put(tmp_path / "nowhere/x", "", private=False)


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    disk.put(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real").read_text() == "new"


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("step", ["fsync", "fdopen"])
def test_a_full_disk_is_told_and_leaves_the_old_content_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    file = tmp_path / "houses.json"
    disk.put(file, "old")
    monkeypatch.setattr(os, step, full)
    with pytest.raises(FileAccessError) as raised:
        disk.put(file, "new")
    assert raised.value.message == f"{file}: No space left on device"
    assert raised.value.recommendation == "Make room on the disk."
    assert [each.name for each in tmp_path.iterdir()] == ["houses.json"]
    assert file.read_text() == "old"


def test_an_interrupted_write_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        disk.put(tmp_path / "x", "new")
    assert list(tmp_path.iterdir()) == []


def test_a_device_is_written_into_and_stays_one() -> None:
    disk.put(Path("/dev/null"), "lost")
    with pytest.raises(FileAccessError, match="/dev/full: No space left on device"):
        disk.put(FULL, "lost")
    assert not Path("/dev/null").is_file() and not FULL.is_file()


@pytest.mark.parametrize("name", ["a" * 5000, "a\0b", ".", "a/" * 3000])
def test_what_can_be_no_name_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileAccessError):
        disk.put(tmp_path / name, "x", advice="Check --out.")


@pytest.mark.parametrize("source", ["/dev/zero", "/dev/urandom"])
def test_a_file_without_end_has_a_limit_which_is_said(source: str) -> None:
    with pytest.raises(FileAccessError, match="has more than 1 MiB"):
        disk.read(Path(source), 1024**2)


@pytest.mark.parametrize("name", ["nothing", "", "a" * 5000, "a\0b"])
def test_a_file_that_cannot_be_read_is_told_with_a_next_step(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileAccessError) as raised:
        disk.read(tmp_path / name, 10, "Check --plan.")
    assert raised.value.recommendation == "Check --plan."


def test_as_much_as_may_be_is_read(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"1234567890")
    assert disk.read(tmp_path / "x", 10) == b"1234567890"
    with pytest.raises(FileAccessError):
        disk.read(tmp_path / "x", 9)


def test_a_working_folder_that_is_gone_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    assert disk.absolute("x") == gone / "x"
    gone.rmdir()
    assert disk.absolute("/x") == Path("/x")
    for ask in (disk.working_folder, lambda: disk.absolute("x")):
        with pytest.raises(FileAccessError, match="working folder is gone"):
            ask()


@pytest.mark.parametrize("name", ["/dev/fd/{0}", "/proc/self/fd/{0}", "link"])
def test_a_pipe_without_a_name_is_written_into(name: str, tmp_path: Path) -> None:
    """As ``/dev/stdout`` is before ``| jq``."""
    reading, writing = os.pipe()
    (tmp_path / "link").symlink_to(f"/dev/fd/{writing}")
    disk.put(tmp_path / name.format(writing), "text", private=False)
    os.close(writing)
    with os.fdopen(reading) as file:
        assert file.read() == "text"
