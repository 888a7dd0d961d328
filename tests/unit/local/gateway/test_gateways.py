"""Gateways where none can run: what is refused, and what is only a warning."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from azext_ml_endpoint.errors import (
    ConflictError,
    EnvironmentBuildError,
    FileAccessError,
    Interrupted,
    UnsupportedError,
)
from azext_ml_endpoint.local import flock
from azext_ml_endpoint.local.collect import collection
from azext_ml_endpoint.local.front import Address
from azext_ml_endpoint.local.gateway import control, ports, routes
from azext_ml_endpoint.local.gateway import gateways as module
from azext_ml_endpoint.local.gateway.gateways import Gateways
from azext_ml_endpoint.local.gateway.state import GatewayState, Remembered
from azext_ml_endpoint.local.process import server
from azext_ml_endpoint.local.runtime import EndpointRecord, Instance
from tests.fakes.recording_report import RecordingReport

OLD = Instance(id="blue-1", endpoint="houses", deployment="blue", promoted=False, state="running")


class NoEnvironment:
    """Cannot be made: raises ``error``."""

    there = False
    python = Path("/nowhere/python")

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error or EnvironmentBuildError("It is offline.", "Go online.")
        self.made = 0

    def make(self) -> None:
        self.made += 1
        raise self.error

    def cancel(self) -> None:
        pass


@pytest.fixture
def report() -> RecordingReport:
    return RecordingReport()


def gateways(
    home: Path, report: RecordingReport, port: int | None = None, **given: Any
) -> Gateways:
    environment: Any = NoEnvironment(**given)
    return Gateways(home, "process", report, port=port, environment=environment)


def nobody() -> tuple[EndpointRecord, list[Instance]]:
    return EndpointRecord(name="houses"), []


def test_what_cannot_be_installed_is_warned_of_once(
    tmp_path: Path, report: RecordingReport
) -> None:
    front = gateways(tmp_path, report)
    front.prepare("houses", nobody)
    front.prepare("houses", nobody)
    (told,) = report.warnings
    assert told == (
        "houses has no gateway: each deployment is at its own port, which changes with it. "
        "It is offline. Go online."
    )


def test_who_only_looks_installs_nothing_and_is_told_nothing(
    tmp_path: Path, report: RecordingReport
) -> None:
    assert gateways(tmp_path, report).stand("houses", nobody) is None
    assert report.warnings == []
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_is_no_reason_to_go_on_without(tmp_path: Path, report: RecordingReport) -> None:
    front = gateways(tmp_path, report, error=Interrupted("Interrupted."))
    with pytest.raises(Interrupted):
        front.prepare("houses", nobody)


def test_a_full_disk_is_a_warning_too(tmp_path: Path, report: RecordingReport) -> None:
    front = gateways(tmp_path, report, error=OSError(28, "No space left on device"))
    front.prepare("houses", nobody)
    assert "No space left on device" in report.warnings[0]


def test_a_port_that_was_asked_for_is_had_or_refused(
    tmp_path: Path, report: RecordingReport
) -> None:
    with ports.listening(0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(ConflictError, match="another program listens there"):
            gateways(tmp_path, report, port).require("houses")
    with pytest.raises(EnvironmentBuildError):
        gateways(tmp_path, report, port).require("houses")
    gateways(tmp_path, report).require("houses")


def test_another_port_is_told_of(
    tmp_path: Path, report: RecordingReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    GatewayState(tmp_path, "houses", "process").remember(Remembered.new(8080, "packages"))
    monkeypatch.setattr(Gateways, "_start", lambda *_: None)
    monkeypatch.setattr(module, "_require_answer", lambda *_: None)
    environment: Any = SimpleNamespace(there=True)
    for port in (8080, 8081):
        front = Gateways(tmp_path, "process", report, port=port, environment=environment)
        front.stand("houses", nobody)
    assert report.steps == ["houses: at port 8081 now, which was 8080"]


def test_what_is_needed_is_made_before_anything_changes(
    tmp_path: Path, report: RecordingReport
) -> None:
    environment: Any = NoEnvironment()
    front = Gateways(tmp_path, "process", report, needed=True, environment=environment)
    with pytest.raises(EnvironmentBuildError):
        front.require("houses")


def test_keys_for_which_there_is_no_room_are_an_error_before_anything_changes(
    tmp_path: Path, report: RecordingReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment: Any = SimpleNamespace(make=lambda: None)
    front = Gateways(tmp_path, "process", report, needed=True, environment=environment)
    front.require("flats")
    monkeypatch.setattr(os, "fsync", full)
    front.require("flats")
    with pytest.raises(FileAccessError, match="No space left on device"):
        front.require("houses")


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_where_none_can_stand_what_needs_one_is_refused(
    tmp_path: Path, report: RecordingReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.sys, "platform", "win32")
    with pytest.raises(UnsupportedError, match="Without a gateway"):
        module.open_front(tmp_path, "process", report, None, needed=True)
    front = module.open_front(tmp_path, "process", report, None)
    with pytest.raises(UnsupportedError, match="Without a gateway"):
        front.credentials("houses")
    with pytest.raises(UnsupportedError, match="Without a gateway"):
        front.regenerate("houses", "primary")


def test_what_opens_an_endpoint_is_its_own_and_goes_with_it(
    tmp_path: Path, report: RecordingReport
) -> None:
    front = gateways(tmp_path, report)
    houses = front.credentials("houses")
    assert front.credentials("Houses") == houses != front.credentials("flats")
    front.regenerate("houses", "secondary")
    again = front.credentials("houses")
    assert (again.primary, again.secondary != houses.secondary) == (houses.primary, True)
    front.leave("houses")
    assert front.credentials("houses").primary != houses.primary


def test_a_port_of_another_endpoint_is_refused_though_it_is_free(
    tmp_path: Path, report: RecordingReport
) -> None:
    GatewayState(tmp_path, "flats", "docker").remember(Remembered.new(20001, ""))
    with pytest.raises(ConflictError, match="belongs to the gateway of another endpoint"):
        gateways(tmp_path, report, 20001).require("houses")


def test_where_there_is_none_nobody_is_waited_for(tmp_path: Path, report: RecordingReport) -> None:
    front = gateways(tmp_path, report)
    front.drain(OLD)
    front.leave("houses")
    assert report.steps == [] and list(tmp_path.iterdir()) == []


# Draining, with a gateway that says what it is asked to


@pytest.fixture
def running(tmp_path: Path) -> None:
    GatewayState(tmp_path, "houses", "process").remember(Remembered.new(20001, ""))


@pytest.mark.usefixtures("running")
def test_the_old_instance_is_waited_for_until_it_has_answered(
    tmp_path: Path, report: RecordingReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = iter([2, 1, 0])
    asked: list[tuple[str, float]] = []

    def under_way(_: Remembered, instance: str, seconds: float) -> int:
        asked.append((instance, seconds))
        return next(counts)

    monkeypatch.setattr(control, "under_way", under_way)
    gateways(tmp_path, report).drain(OLD)
    assert [instance for instance, _ in asked] == ["blue-1"] * 3
    assert asked[0][1] == 0 < asked[1][1]
    assert report.steps == [
        "blue: waiting for 2 running requests of the old instance, 30 s at most"
    ]


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize("answer", [0, None])
def test_nothing_is_said_where_nothing_is_waited_for(
    tmp_path: Path, report: RecordingReport, monkeypatch: pytest.MonkeyPatch, answer: int | None
) -> None:
    monkeypatch.setattr(control, "under_way", lambda *_: answer)
    gateways(tmp_path, report).drain(OLD)
    assert report.steps == []


@pytest.mark.usefixtures("running")
def test_nobody_is_waited_for_without_end(
    tmp_path: Path, report: RecordingReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = iter(range(0, 1000, 20))
    monkeypatch.setattr(control, "under_way", lambda *_: 1)
    monkeypatch.setattr(module.time, "monotonic", lambda: next(now))
    gateways(tmp_path, report).drain(OLD)
    assert len(report.steps) == 1


@pytest.mark.usefixtures("running")
def test_ctrl_c_ends_the_wait(
    tmp_path: Path, report: RecordingReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    front, waited = gateways(tmp_path, report), threading.Event()

    def under_way(*_: object) -> int:
        front.cancel()
        waited.set()
        return 1

    monkeypatch.setattr(control, "under_way", under_way)
    front.drain(OLD)
    assert waited.is_set()


# What does already what was seen


HOUSES = EndpointRecord(name="houses", properties={"traffic": {"blue": 100}})
BLUE = replace(OLD, promoted=True, ports={5001: 50010})


@pytest.fixture
def stands(tmp_path: Path) -> Iterator[GatewayState]:
    """A gateway that runs, and knows of BLUE."""
    state, known = GatewayState(tmp_path, "houses", "process"), Remembered.new(20001, "")
    state.clear()
    state.remember(known)
    where = collection.root(tmp_path, "houses")
    state.put_routes(routes.text(routes.of(HOUSES, [BLUE], known.token, (), where)))
    with (state.run / server.LOG).open("w") as log:
        flock.take(log)
        yield state


@pytest.mark.usefixtures("stands")
def test_one_that_does_what_was_seen_stands_there(tmp_path: Path, report: RecordingReport) -> None:
    found = gateways(tmp_path, report).standing(HOUSES, [BLUE])
    assert found == Address(20001, "/score")
    assert report.warnings == []


@pytest.mark.usefixtures("stands")
@pytest.mark.parametrize(
    ("record", "instances"),
    [
        (HOUSES, []),
        (HOUSES, [replace(BLUE, id="blue-2")]),
        (HOUSES, [replace(BLUE, ports={})]),
        (replace(HOUSES, properties={"traffic": {"blue": 0}}), [BLUE]),
        (replace(HOUSES, properties={**HOUSES.properties, "simulate": True}), [BLUE]),
        (EndpointRecord(name="flats"), []),
    ],
)
def test_what_it_does_not_do_yet_it_has_to_be_told(
    tmp_path: Path, report: RecordingReport, record: EndpointRecord, instances: list[Instance]
) -> None:
    assert gateways(tmp_path, report).standing(record, instances) is None


def test_one_that_does_not_run_stands_nowhere(
    tmp_path: Path, report: RecordingReport, stands: GatewayState
) -> None:
    (stands.run / server.LOG).unlink()
    assert gateways(tmp_path, report).standing(HOUSES, [BLUE]) is None


@pytest.mark.usefixtures("stands")
def test_one_at_another_port_than_asked_for_does_not_stand_there(
    tmp_path: Path, report: RecordingReport
) -> None:
    assert gateways(tmp_path, report, 20002).standing(HOUSES, [BLUE]) is None


@pytest.mark.usefixtures("stands")
def test_one_of_other_packages_is_to_be_started_anew(
    tmp_path: Path, report: RecordingReport
) -> None:
    environment: Any = SimpleNamespace(there=True)
    front = Gateways(tmp_path, "process", report, environment=environment)
    assert front.standing(HOUSES, [BLUE]) is None
