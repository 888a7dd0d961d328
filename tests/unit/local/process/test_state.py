"""What is remembered about servers that run as processes."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.errors import FileAccessError
from azext_ml_endpoint.local.process.runtime import ProcessRuntime, knows
from azext_ml_endpoint.local.process.state import Remembered, State
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


def test_endpoints_whose_names_differ_in_capitals_are_two(state: State, tmp_path: Path) -> None:
    for name in ("Houses", "houses"):
        state.put_endpoint(EndpointRecord(name=name, properties={"tags": {"a": "b"}}))
    files = [each.name for each in (tmp_path / "process-endpoints").iterdir()]
    assert len({name.lower() for name in files}) == 2
    assert sorted(each.name for each in state.endpoints()) == ["Houses", "houses"]


def test_a_runtime_is_known_by_its_endpoints(tmp_path: Path) -> None:
    runtime = ProcessRuntime(RecordingReport(), tmp_path)
    assert not knows(tmp_path, "Houses")
    runtime.put_endpoint(EndpointRecord(name="Houses"))
    assert knows(tmp_path, "Houses") and not knows(tmp_path, "houses")
    runtime.drop_endpoint("Houses")
    assert not knows(tmp_path, "Houses")


def test_asking_leaves_no_trace(tmp_path: Path) -> None:
    runtime = ProcessRuntime(RecordingReport(), tmp_path / "home")
    assert (runtime.instances(), runtime.endpoints(), runtime.inspect("1")) == ([], [], None)
    runtime.collect()
    assert not (tmp_path / "home").exists()


def test_a_damaged_file_is_named(state: State) -> None:
    state.remember(remembered())
    path = state.folder("1") / "instance.json"
    path.write_text("{")
    with pytest.raises(FileAccessError, match=r"instance\.json is damaged"):
        state.instances()


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "process-endpoints").write_text("not a folder")
    runtime = ProcessRuntime(RecordingReport(), tmp_path)
    with pytest.raises(FileAccessError, match="process-endpoints: File exists"):
        runtime.put_endpoint(EndpointRecord(name="houses"))
