"""What is remembered of a gateway, and what becomes of files that nobody can read."""

from __future__ import annotations

import errno
import os
import resource
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from azext_ml_endpoint.errors import FileAccessError
from azext_ml_endpoint.local.gateway.state import GatewayState, Remembered
from tests.fakes.interrupt import PATIENCE


@pytest.fixture
def state(tmp_path: Path) -> GatewayState:
    return GatewayState(tmp_path, "Houses", "docker")


def test_it_is_remembered_for_its_owner_alone(state: GatewayState, tmp_path: Path) -> None:
    gateway = Remembered.new(20001, "abc")
    assert state.remembered() is None
    state.remember(gateway)
    assert GatewayState(tmp_path, "houses", "docker").remembered() == gateway
    assert GatewayState(tmp_path, "houses", "process").remembered() is None
    assert stat.S_IMODE((state.folder / "gateway.json").stat().st_mode) == 0o600
    assert gateway.token != Remembered.new(20001, "abc").token


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[1]",
        "{}",
        '{"port": "20001", "token": "TOKEN", "made_of": ""}',
        '{"port": true, "token": "TOKEN", "made_of": ""}',
        '{"port": 70000, "token": "TOKEN", "made_of": ""}',
        '{"port": 20001, "token": null, "made_of": ""}',
        '{"port": 20001, "token": "", "made_of": ""}',
        '{"port": 20001, "token": "a\\r\\nb: c", "made_of": ""}',
        '{"port": 20001, "token": "\\ud800", "made_of": ""}',
    ],
)
def test_what_is_damaged_is_as_if_it_were_not_there(state: GatewayState, content: str) -> None:
    state.folder.mkdir(parents=True)
    (state.folder / "gateway.json").write_text(content.replace("TOKEN", "0" * 32))
    assert state.remembered() is None


def test_the_ports_of_the_others_are_known(state: GatewayState, tmp_path: Path) -> None:
    state.remember(Remembered.new(20001, ""))
    GatewayState(tmp_path, "flats", "docker").remember(Remembered.new(20002, ""))
    GatewayState(tmp_path, "houses", "process").remember(Remembered.new(20003, ""))
    assert state.others_ports() == {20002, 20003}


def test_routes_that_are_the_same_are_not_written_again(state: GatewayState) -> None:
    state.put_routes("one")
    before = state.routes.stat()
    state.put_routes("one")
    assert state.routes.stat() == before
    state.put_routes("two")
    assert state.routes.read_text() == "two"


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("text", ['{"a": 2}', '{"a": [1, 2, 3]}', "{}"])
def test_on_a_full_disk_routes_have_the_room_of_those_before(
    state: GatewayState, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    state.put_routes('{"a": 1}')
    monkeypatch.setattr(os, "fsync", full)
    state.put_routes(text)
    assert state.routes.read_text() == text
    assert [each.name for each in state.folder.iterdir()] == ["routes.json"]


@contextmanager
def full_after(size: int) -> Iterator[None]:
    """No file grows beyond so many bytes meanwhile; pytest's output may be one, too."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("more", [0, 1, 5])
def test_where_there_is_none_they_are_as_they_were(state: GatewayState, more: int) -> None:
    before = '{"a": 1}'
    state.put_routes(before)
    with full_after(len(before) + more), pytest.raises(FileAccessError, match="File too large"):
        state.put_routes('{"a": [1, 2, 3]}')
    assert state.routes.read_text().rstrip() == before


def test_a_start_finds_an_empty_folder(state: GatewayState) -> None:
    state.clear()
    (state.run / "exit").write_text("1")
    state.clear()
    assert list(state.run.iterdir()) == []
    state.forget()
    assert not state.folder.exists()


def test_only_one_is_at_work_on_it(state: GatewayState) -> None:
    second = threading.Event()

    def work() -> None:
        with state.alone():
            second.set()

    thread = threading.Thread(target=work)
    with state.alone():
        thread.start()
        assert not second.wait(0.05)
    assert second.wait(PATIENCE)
    thread.join()
