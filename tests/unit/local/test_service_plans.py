"""Plans on this machine: what has changed until they are carried out, and who is waited for."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from azext_ml_endpoint.document.model import Deployment, Endpoint
from azext_ml_endpoint.errors import ConflictError, GuardError, NotFoundError, UnsupportedError
from azext_ml_endpoint.local.lock import Locks
from azext_ml_endpoint.local.service import LocalService, Options
from azext_ml_endpoint.local.simulating import SimulatingDriver
from azext_ml_endpoint.plan.fit import Intent
from azext_ml_endpoint.plan.own_tags import Overtaken
from azext_ml_endpoint.plan.steps import Keep
from tests.fakes.builders import deployment, endpoint
from tests.fakes.memory_runtime import Build, MemoryRuntime
from tests.fakes.memory_service import memory_service
from tests.fakes.recording_report import RecordingReport

BLUE = deployment("blue", code=None, scoring_script=None, model=None)
GREEN = replace(BLUE, name="green")


@pytest.fixture
def runtime() -> MemoryRuntime:
    return MemoryRuntime()


@pytest.fixture
def report() -> RecordingReport:
    return RecordingReport()


@pytest.fixture
def service(runtime: MemoryRuntime, report: RecordingReport, tmp_path: Path) -> LocalService:
    return memory_service(runtime, report, tmp_path, None, Options(patient=True))


def houses(*deployments: Deployment) -> Endpoint:
    return endpoint(*deployments, traffic={"blue": 100})


def names(shown: dict[str, list[dict[str, str]]]) -> list[str]:
    return [each["name"] for each in shown["deployments"]]


def test_a_plan_changes_nothing_and_needs_no_turn(
    service: LocalService, runtime: MemoryRuntime, tmp_path: Path
) -> None:
    with Locks(tmp_path / "locks", "houses").held():
        planned = service.plan(houses(BLUE))
    assert "deployment blue" in {step.key for step in planned.plan}
    assert (runtime.events, runtime.endpoints()) == ([], [])


@pytest.mark.parametrize("command", ["plan", "create", "update", "change"])
def test_an_environment_that_the_runtime_has_not_is_refused_before_anything(
    service: LocalService, runtime: MemoryRuntime, report: RecordingReport, command: str
) -> None:
    service.create(houses(BLUE))
    events, said = list(runtime.events), list(report.steps)
    runtime.build = Build(refusal="The environment is a Dockerfile.")
    more = () if command != "change" else (frozenset({"green"}),)
    with pytest.raises(UnsupportedError, match="is a Dockerfile"):
        getattr(service, command)(houses(BLUE, GREEN), *more)
    assert (runtime.events, report.steps) == (events, said)


def test_a_plan_for_what_must_exist_says_that_it_does_not(service: LocalService) -> None:
    with pytest.raises(NotFoundError):
        service.plan(houses(BLUE), Intent(create=False))


def test_what_others_have_done_since_is_not_done_again(
    service: LocalService, runtime: MemoryRuntime, report: RecordingReport
) -> None:
    planned = service.plan(houses(BLUE, GREEN))
    service.create(houses(BLUE, GREEN))
    before = list(runtime.events)
    assert names(service.apply(planned)) == ["blue", "green"]
    assert runtime.events == before
    assert report.steps[-1] == "houses: nothing to do"


def test_what_others_have_added_since_is_not_deleted_unasked(
    service: LocalService, runtime: MemoryRuntime
) -> None:
    service.create(houses(BLUE))
    planned = service.plan(replace(houses(BLUE), tags={"a": "b"}))
    service.update(houses(BLUE, GREEN))
    before = list(runtime.events)
    with pytest.raises(ConflictError, match="green would go too"):
        service.apply(planned)
    assert runtime.events == before


def test_a_gate_stands_before_the_traffic(service: LocalService) -> None:
    service.create(houses(BLUE))
    planned = service.plan(replace(houses(BLUE, GREEN), traffic={"green": 100}))
    asked: list[str] = []

    def gate(name: str) -> str | None:
        asked.append(name)
        return "it answers nonsense"

    with pytest.raises(GuardError, match="green does not pass its tests: it answers nonsense"):
        service.apply(planned, gate)
    assert asked == ["green"]
    assert service.show("houses")["traffic"] == {"blue": 100}


def test_another_command_is_named_once_and_waited_for(
    runtime: MemoryRuntime, report: RecordingReport, tmp_path: Path
) -> None:
    pauses: list[float] = []
    with contextlib.ExitStack() as other:
        other.enter_context(Locks(tmp_path / "locks", "houses").held())

        def pause(seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) == 3:
                other.close()

        driver = SimulatingDriver(
            runtime, report, tmp_path, probe=runtime.probe, patient=True, pause=pause
        )
        service = LocalService(driver, report, runtime.connect)
        service.apply(service.plan(houses(BLUE)))
    assert len(pauses) == 3
    (waited,) = [text for text in report.steps if "waiting for it" in text]
    assert waited.startswith("Another command is at work on endpoint houses (process ")


@pytest.mark.parametrize("number", range(5))
def test_of_many_that_write_a_mark_at_once_one_does(
    service: LocalService,
    runtime: MemoryRuntime,
    report: RecordingReport,
    tmp_path: Path,
    number: int,
) -> None:
    del number
    service.apply(service.plan(houses(BLUE)))
    ready = threading.Barrier(4)

    def write(text: str) -> str | None:
        own = memory_service(runtime, report, tmp_path, None, Options(patient=True))
        assert own.observe("houses").kept.get("ml-endpoint.a") is None
        ready.wait()
        kept, holds = {"ml-endpoint.a": text}, {"ml-endpoint.a": None}
        with contextlib.suppress(Overtaken):
            own.take(Keep(reason="", endpoint_name="houses", kept=kept, holds=holds))
            return text
        return None

    with ThreadPoolExecutor(4) as pool:
        won = [each for each in pool.map(write, "abcd") if each]

    assert won == [service.observe("houses").kept["ml-endpoint.a"]]
