"""Files that a library keeps, and nobody has mounted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from azext_ml_endpoint.errors import FileAccessError
from azext_ml_endpoint.local import fetched, flock
from azext_ml_endpoint.local.library import COMPLETE, CONTENT, LAST, LOCK
from tests.fakes.builders import write_files

ONE, TWO, OLD, NEW = (letter * 32 for letter in "1234")
LONG_AGO = 1_600_000_000.0


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A model of one file, a folder, and two states of a path in a datastore; asked for long ago.

    A folder may have files that are called as those of the library are.
    """
    version = {"prices.pkl": "12345", COMPLETE: "", LOCK: ""}
    folder = {f"bert/{COMPLETE}": "123", "bert/weights/1": "4567", COMPLETE: "", LOCK: ""}
    states = {f"{each}/data.csv": each for each in (OLD, NEW)}
    marks = {f"{each}/{COMPLETE}": "" for each in (OLD, NEW)}
    for name, files in ((ONE, version), (TWO, folder), ("3" * 31 + "0", {**states, **marks})):
        write_files(tmp_path / CONTENT / name, files)
    write_files(tmp_path / CONTENT / ("3" * 31 + "0"), {LAST: NEW, LOCK: ""})
    for each in tmp_path.rglob("*"):
        os.utime(each, (LONG_AGO, LONG_AGO))
    return tmp_path


def names(home: Path, *mounted: Path) -> list[str]:
    return [each.path.name for each in fetched.unused(home, mounted)]


def test_what_nobody_has_mounted_is_told_with_size_and_last_use(home: Path) -> None:
    one, two, *states = fetched.unused(home, ())
    assert (one.path, one.size, one.used_at) == (home / CONTENT / ONE / "prices.pkl", 5, LONG_AGO)
    assert (two.path.name, two.size) == ("bert", 7)
    assert [each.path.parent.name for each in states] == [OLD, NEW]


def test_what_is_mounted_is_not(home: Path) -> None:
    one, two, old, _ = (each.path for each in fetched.unused(home, ()))
    assert names(home, one, two, old) == ["data.csv"]


def test_nor_is_what_a_command_has_asked_for_just_now(home: Path) -> None:
    (home / CONTENT / ONE / COMPLETE).touch()
    assert names(home) == ["bert", "data.csv", "data.csv"]


def test_what_was_cut_off_long_ago_is_of_no_use_either(home: Path) -> None:
    (home / CONTENT / ONE / COMPLETE).unlink()
    assert names(home) == ["prices.pkl", "bert", "data.csv", "data.csv"]
    (home / CONTENT / ONE / "prices.pkl").touch()
    assert names(home) == ["bert", "data.csv", "data.csv"]


def test_where_nothing_was_ever_fetched_there_is_nothing(tmp_path: Path) -> None:
    assert fetched.unused(tmp_path, ()) == []


def test_each_goes_alone(home: Path) -> None:
    for each in fetched.unused(home, ()):
        before = names(home)
        assert fetched.remove(each.path)
        assert names(home) == before[1:] and not each.path.exists()
        assert not (each.path.parent / COMPLETE).exists()


def test_what_is_being_fetched_stays(home: Path) -> None:
    first, *_, state = (each.path for each in fetched.unused(home, ()))
    for path, lock in ((first, first.parent / LOCK), (state, state.parents[1] / LOCK)):
        with lock.open("w") as held:
            flock.take(held)
            assert not fetched.remove(path) and path.exists()
        assert fetched.remove(path)


def test_what_cannot_be_removed_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("shutil.rmtree", refuse)
    _, folder, *_ = fetched.unused(home, ())
    with pytest.raises(FileAccessError, match="bert"):
        fetched.remove(folder.path)
    assert not (folder.path.parent / COMPLETE).exists()
