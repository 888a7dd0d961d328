"""One endpoint, one command at a time; caches are cleared by nobody who is not alone."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from azext_ml_endpoint.errors import ConflictError, FileAccessError
from azext_ml_endpoint.local.lock import Locks, file_name, name_of

PATIENCE = 30


def take(folder: Path, endpoint: str) -> None:
    """And give it back."""
    with Locks(folder, endpoint).held():
        pass


def later() -> float:
    return time.time() + 60


@contextlib.contextmanager
def another_at_work(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that holds the lock on houses until it reads a line, or is killed."""
    program = (
        "import pathlib, sys; from azext_ml_endpoint.local.lock import Locks\n"
        "with Locks(pathlib.Path(sys.argv[1]), 'houses').held(): print('held', flush=True); input()"
    )
    command = [sys.executable, "-c", program, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout and other.stdout.readline() == b"held\n"
        yield other


def test_a_second_command_on_the_endpoint_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    with Locks(tmp_path, "houses").held(), pytest.raises(ConflictError) as raised:
        take(tmp_path, "houses")
    assert raised.value.message == (
        f"Another command is at work on endpoint houses (process {os.getpid()})."
    )
    assert "Wait until it has ended" in str(raised.value.recommendation)


def test_a_refused_command_leaves_the_holder_its_lock(tmp_path: Path) -> None:
    with Locks(tmp_path, "houses").held():
        for _ in range(2):
            with pytest.raises(ConflictError):
                take(tmp_path, "houses")


def test_whoever_waits_is_told_who_holds_it_until_it_is_free(tmp_path: Path) -> None:
    told: list[str] = []
    with contextlib.ExitStack() as other:
        other.enter_context(Locks(tmp_path, "houses").held())

        def wait(who: str) -> None:
            told.append(who)
            if len(told) == 2:
                other.close()

        with Locks(tmp_path, "houses").held(wait), pytest.raises(ConflictError):
            take(tmp_path, "houses")
    assert told == [f"Another command is at work on endpoint houses (process {os.getpid()})"] * 2


def test_after_the_command_the_endpoint_is_free(tmp_path: Path) -> None:
    with pytest.raises(KeyError), Locks(tmp_path, "houses").held():
        raise KeyError
    take(tmp_path, "houses")


def test_a_command_that_was_killed_leaves_no_lock(tmp_path: Path) -> None:
    """The other command is a process: it takes the lock, says so, and is killed."""
    with another_at_work(tmp_path) as other:
        with pytest.raises(ConflictError, match=rf"\(process {other.pid}\)"):
            take(tmp_path, "houses")
        other.kill()
    this_one = pytest.raises(ConflictError, match=rf"\(process {os.getpid()}\)")
    with Locks(tmp_path, "houses").held(), this_one:
        take(tmp_path, "houses")


def test_whoever_was_last_knows_of_others_that_have_been_at_work(tmp_path: Path) -> None:
    locks = Locks(tmp_path, "houses")
    assert not locks.passed(later), "nobody has been"
    take(tmp_path, "houses")
    assert not locks.passed(later), "it was this one"
    with another_at_work(tmp_path) as other:
        assert not locks.passed(later), "it still is"
        other.communicate(b"\n")
    assert locks.passed(later)
    assert not Locks(tmp_path, "flats").passed(later)
    take(tmp_path, "houses")
    assert not locks.passed(later)


def test_others_have_gone_once_none_of_them_follows_soon(tmp_path: Path) -> None:
    file = tmp_path / "houses.lock"
    with another_at_work(tmp_path) as other:
        os.utime(file, (0, 0))  # for long
        other.communicate(b"\n")
    ended = file.stat().st_mtime
    assert ended > 0
    locks = Locks(tmp_path, "houses")
    assert not locks.passed(lambda: ended + 1.9)
    assert locks.passed(lambda: ended + 2.1)


def test_commands_on_different_endpoints_run_side_by_side(tmp_path: Path) -> None:
    with Locks(tmp_path, "houses").held():
        take(tmp_path, "flats")


def test_capitals_make_no_other_endpoint(tmp_path: Path) -> None:
    with Locks(tmp_path, "houses").held(), pytest.raises(ConflictError):
        take(tmp_path, "Houses")


def test_one_command_is_alone_and_two_are_not(tmp_path: Path) -> None:
    first, second = Locks(tmp_path, "houses"), Locks(tmp_path, "flats")
    with first.held():
        with second.held():
            assert not second.alone()
        assert first.alone()


def test_a_command_without_its_lock_is_not_alone(tmp_path: Path) -> None:
    assert not Locks(tmp_path, "houses").alone()


def test_no_command_begins_while_another_clears_the_caches(tmp_path: Path) -> None:
    begun = threading.Event()

    def begin() -> None:
        with Locks(tmp_path, "flats").held():
            begun.set()

    clearing, other = Locks(tmp_path, "houses"), threading.Thread(target=begin)
    with clearing.held():
        assert clearing.alone()
        other.start()
        assert not begun.wait(0.2)
    assert begun.wait(PATIENCE)
    other.join(PATIENCE)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "locks").touch()
    with pytest.raises(FileAccessError, match="locks"):
        take(tmp_path / "locks", "houses")


# Names of files

NAMES = [
    "houses",
    "^houses",
    "a/b",
    "a%2Fb",
    "..",
    ".",
    "",
    "%",
    "a.b",
    "häuser",
    "a" * 5000,
    "b" * 5000,
    "\udcff",
    "\ud800",
]


def test_names_that_differ_have_files_that_differ_but_for_capitals() -> None:
    assert len({file_name(each).lower() for each in NAMES}) == len(NAMES)
    assert {file_name(each.upper()) for each in NAMES} == {file_name(each) for each in NAMES}


@pytest.mark.parametrize("name", ["houses", "^houses", "a/b", "a%2Fb", "..", "", "%", "häuser"])
def test_a_name_is_read_back_from_its_file(name: str) -> None:
    assert name_of(file_name(name.upper())) == name.lower()


@pytest.mark.parametrize("name", NAMES)
def test_every_name_has_a_file_of_its_own_folder(tmp_path: Path, name: str) -> None:
    assert (tmp_path / file_name(name)).resolve().parent == tmp_path.resolve()
    assert (tmp_path / file_name(name)).resolve() != tmp_path.resolve()
