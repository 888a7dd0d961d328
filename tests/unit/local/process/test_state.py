"""What is remembered about servers that run as processes."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from azext_ml_endpoint.errors import FileAccessError
from azext_ml_endpoint.local import flock
from azext_ml_endpoint.local.process import server
from azext_ml_endpoint.local.process.runtime import ProcessRuntime
from azext_ml_endpoint.local.process.state import Remembered, State, new_id
from azext_ml_endpoint.local.runtime import EndpointRecord
from tests.fakes.recording_report import RecordingReport


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path)


def remembered(instance_id: str = "1", **changes: Any) -> Remembered:
    known = {"endpoint": "houses", "deployment": "blue", "environment": "e", "port": 5001}
    return Remembered(**{"id": instance_id, "started_at": "2026-01-01", **known, **changes})


def test_an_instance_is_remembered_until_it_is_forgotten(state: State) -> None:
    one = remembered(variable_names=["KEY"], record={"code_digest": "c"})
    state.remember(one)
    assert state.instance("1") == one
    assert state.instances() == [one]
    state.forget("1")
    state.forget("1")
    assert state.instances() == []


def test_only_the_owner_may_read_what_is_remembered(state: State) -> None:
    state.remember(remembered())
    folder = state.folder("1")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()} == {0o600}


def test_a_deployment_has_one_promoted_instance_at_a_time(state: State) -> None:
    old, new = remembered("1"), remembered("2")
    other = remembered("3", deployment="green")
    for each in (old, new, other):
        state.remember(each)
        state.promote(each.endpoint, each.deployment, each.id)
    assert [state.is_promoted(each) for each in (old, new, other)] == [False, True, True]
    state.forget("1")
    assert state.is_promoted(new)


def test_nothing_is_left_of_a_forgotten_instance(state: State, tmp_path: Path) -> None:
    state.remember(remembered())
    state.promote("houses", "blue", "1")
    state.forget("1")
    assert list((tmp_path / "processes").iterdir()) == []


def test_names_that_differ_in_capitals_are_one(state: State) -> None:
    state.put_endpoint(EndpointRecord(name="Houses", properties={"tags": {"a": "b"}}))
    state.put_endpoint(EndpointRecord(name="houses"))
    assert [each.name for each in state.endpoints()] == ["houses"]
    state.drop_endpoint("HOUSES")
    assert state.endpoints() == []


def test_asking_leaves_no_trace(tmp_path: Path) -> None:
    runtime = ProcessRuntime(RecordingReport(), tmp_path / "home")
    assert (runtime.instances(), runtime.endpoints(), runtime.inspect("1")) == ([], [], None)
    assert runtime.unused() == []
    assert not (tmp_path / "home").exists()


# What is damaged

ID = new_id("Houses", "blue")
NO_INSTANCES = {
    "half of it": b'{"endpoint": "hou',
    "nothing": b"",
    "not UTF-8": b'{"endpoint": "\xff"}',
    "not a mapping": b"[]",
    "null": b"null",
    "deep": b"[" * 200_000,
    "a port as text": {"port": "5001"},
    "a port that is none": {"port": 70_000},
    "a time that is none": {"started_at": "yesterday"},
    "names that are no list": {"variable_names": "KEY"},
    "a record that is a list": {"record": []},
    "aspects that are text": {"record": {"aspects": "x"}},
    "a route without a port": {
        "record": {"aspects": {"environment": "e", "inference_config": {"scoring_route": {}}}}
    },
    "shown that is a number": {"record": {"shown": 1}},
    "secrets that are none": {"record": {"secrets": 1}},
    "a tag that is a list": {"record": {"aspects": {"tags": {"a": []}}}},
}


def put(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())


@pytest.mark.parametrize("content", NO_INSTANCES.values(), ids=NO_INSTANCES)
def test_a_damaged_instance_is_told_of_and_in_nobodys_way(state: State, content: object) -> None:
    whole = remembered(ID, endpoint="Houses")
    state.remember(whole)
    state.remember(remembered(new_id("flats", "green"), endpoint="flats", deployment="green"))
    state.promote("Houses", "blue", ID)
    file = state.folder(ID) / "instance.json"
    put(file, {**json.loads(file.read_text()), **content} if isinstance(content, dict) else content)
    damaged, sound = sorted(state.instances(), key=lambda each: each.endpoint, reverse=True)
    assert (damaged.id, damaged.endpoint, damaged.deployment) == (ID, "houses", "blue")
    assert str(file) in damaged.damage and state.is_promoted(damaged)
    assert not state.damage(sound) and sound.endpoint == "flats"
    state.forget(ID)
    assert [each.endpoint for each in state.instances()] == ["flats"]


def test_keys_of_a_newer_version_are_no_damage(state: State) -> None:
    record = {"aspects": {"colour": "red", "tags": {}}, "shape": "round"}
    state.remember(remembered(ID, endpoint="Houses", record=record))
    file = state.folder(ID) / "instance.json"
    put(file, {**json.loads(file.read_text()), "colour": "red"})
    (found,) = state.instances()
    assert (found.damage, found.record) == ("", record)


def test_an_instance_is_the_one_of_its_folder_whatever_it_says(state: State) -> None:
    state.remember(remembered(ID, endpoint="Houses"))
    file = state.folder(ID) / "instance.json"
    put(file, {**json.loads(file.read_text()), "id": "../../elsewhere"})
    assert [each.id for each in state.instances()] == [ID]


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b"7", b'{"a": 1}'])
def test_nobody_is_left_over_while_it_is_not_known_who_is_promoted(
    state: State, tmp_path: Path, content: bytes
) -> None:
    one, other = remembered("1"), remembered("2")
    for each in (one, other):
        state.remember(each)
    put(tmp_path / "processes/houses.blue", content)
    assert state.is_promoted(one) and state.is_promoted(other)
    assert "houses.blue" in state.damage(one)
    state.forget("1")
    state.promote("houses", "blue", "2")
    assert not state.damage(other)


NO_ENDPOINTS = {
    "half of it": b'{"name": "hou',
    "nothing": b"",
    "not UTF-8": b'{"name": "houses", "properties": {"description": "\xff"}}',
    "another endpoint": {"name": "flats", "properties": {}},
    "no name": {"properties": {}},
    "properties that are text": {"name": "houses", "properties": "x"},
    "traffic that is a list": {"name": "houses", "properties": {"traffic": ["blue"]}},
    "a share that is text": {"name": "houses", "properties": {"traffic": {"blue": "100"}}},
    "tags that are a number": {"name": "houses", "properties": {"tags": 5}},
    "what is kept is text": {"name": "houses", "properties": {"kept": "x"}},
}


@pytest.mark.parametrize("content", NO_ENDPOINTS.values(), ids=NO_ENDPOINTS)
def test_a_damaged_endpoint_is_told_of_and_in_nobodys_way(state: State, content: object) -> None:
    sound = EndpointRecord(name="flats", properties={"traffic": {"blue": 100}, "new": [1]})
    state.put_endpoint(sound)
    file = state.endpoint_file("houses")
    put(file, content)
    flats, damaged = state.endpoints()
    assert flats == sound
    assert damaged.name == "houses" and str(file) in damaged.damage
    state.drop_endpoint("Houses")
    assert state.endpoints() == [sound]


@pytest.mark.parametrize("content", ["", "x", "1", "1 2 3", "0 0", "-1 -1", "1 1", "\0"])
def test_pids_that_cannot_be_are_nobodys(tmp_path: Path, content: str) -> None:
    (tmp_path / "pids").write_text(content)
    assert server.pids(tmp_path) is None


@pytest.mark.parametrize("content", [b"", b"x", b"\xff", b"1.5"])
def test_an_exit_code_that_is_none_is_not_known(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "exit").write_bytes(content)
    assert server.exit_code(tmp_path) is None


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _circle(path: Path) -> None:
    path.symlink_to(path.name)


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(path))  # the name of a socket must be short


NO_FILES = [_pipe, _circle, _device, _socket, Path.mkdir]


@pytest.mark.parametrize("make", NO_FILES)
def test_a_state_file_that_is_none_is_not_waited_for(
    state: State, make: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("houses", "flats"):
        state.put_endpoint(EndpointRecord(name=name))
    file = state.endpoint_file("houses")
    file.unlink()
    make(file)
    flats, houses = state.endpoints()
    assert not flats.damage and str(file) in houses.damage


@pytest.mark.parametrize("make", NO_FILES)
def test_nor_are_those_of_an_instance(
    state: State, make: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    state.remember(remembered(ID, endpoint="Houses"))
    state.promote("Houses", "blue", ID)
    folder = state.folder(ID)
    (folder / "instance.json").unlink()
    for name in ("instance.json", "pids", "exit", server.LOG):
        make(folder / name)
    (damaged,) = state.instances()
    assert "instance.json" in damaged.damage
    assert server.pids(folder) is None and server.exit_code(folder) is None
    assert not server.running(folder)


def test_a_server_whose_pids_are_damaged_is_ended_all_the_same(tmp_path: Path) -> None:
    with (tmp_path / server.LOG).open("ab") as log, socket.socket() as listener:
        assert flock.try_lock(log)
        program = [sys.executable, "-c", "import time; time.sleep(600)"]
        with subprocess.Popen(
            program, cwd=tmp_path, pass_fds=[log.fileno()], start_new_session=True
        ) as process:
            log.close()
            (tmp_path / "pids").write_text("0 0")
            assert server.running(tmp_path)
            server.end([tmp_path], 30)
            assert process.wait(30) == -signal.SIGTERM
        listener.close()


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "process-endpoints").write_text("not a folder")
    runtime = ProcessRuntime(RecordingReport(), tmp_path)
    with pytest.raises(FileAccessError, match="process-endpoints: File exists"):
        runtime.put_endpoint(EndpointRecord(name="houses"))


def test_who_has_left_the_group_and_works_below_the_folder_is_ended(tmp_path: Path) -> None:
    """As the adapter of debugpy has."""
    waiting = [sys.executable, "-c", "import signal; signal.pause()"]
    folder, beside = tmp_path / "one", tmp_path / "two"
    (folder / "code").mkdir(parents=True)
    beside.mkdir()
    inner, outer = (
        subprocess.Popen(waiting, cwd=each, start_new_session=True)
        for each in (folder / "code", beside)
    )
    with inner, outer:
        server.end_below(folder)
        alive = [psutil.pid_exists(each.pid) for each in (inner, outer)]
        outer.kill()
    assert alive == [False, True]
