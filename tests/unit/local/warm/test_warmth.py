"""Who gets a spare, and when it goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from azext_ml_endpoint.document.model import Deployment
from azext_ml_endpoint.errors import EndpointError, StartError
from azext_ml_endpoint.local.driver import LocalDriver
from azext_ml_endpoint.local.runtime import InstanceSpec
from azext_ml_endpoint.local.warm.warmth import Policy
from azext_ml_endpoint.plan.steps import DeleteDeployment, DeleteEndpoint
from tests.fakes.builders import deployment, environment
from tests.fakes.driving import WHY, change, serve, written
from tests.fakes.memory_runtime import Behaviour, MemoryRuntime
from tests.fakes.recording_report import RecordingReport

Make = Callable[[Policy], LocalDriver]


@pytest.fixture
def runtime() -> MemoryRuntime:
    runtime = MemoryRuntime()
    runtime.make_environment(environment())
    return runtime


@pytest.fixture
def report() -> RecordingReport:
    return RecordingReport()


@pytest.fixture
def make(runtime: MemoryRuntime, report: RecordingReport, tmp_path: Path) -> Make:
    def driver(policy: Policy) -> LocalDriver:
        return LocalDriver(runtime, report, tmp_path / "home", probe=runtime.probe, spares=policy)

    return driver


@pytest.fixture
def blue(tmp_path: Path) -> Deployment:
    return deployment("blue", code=written(tmp_path, "one"), scoring_script="score.py")


def edited(wanted: Deployment, tmp_path: Path) -> Deployment:
    return replace(wanted, code=written(tmp_path, "two"))


def waiting(runtime: MemoryRuntime) -> list[str]:
    return [deployment for _, deployment in runtime.spares]


def test_a_deployment_whose_code_was_edited_gets_one(
    make: Make, runtime: MemoryRuntime, blue: Deployment, tmp_path: Path
) -> None:
    serve(make("edited"), blue)
    assert waiting(runtime) == []
    change(make("edited"), edited(blue, tmp_path))
    assert waiting(runtime) == ["blue"]
    events = runtime.events
    assert events.index("promote blue-2") < events.index("spare blue"), "it costs the swap no time"


def test_one_of_which_more_was_changed_does_not(
    make: Make, runtime: MemoryRuntime, blue: Deployment, tmp_path: Path
) -> None:
    serve(make("edited"), blue)
    change(make("edited"), replace(edited(blue, tmp_path), environment_variables={"A": "b"}))
    assert waiting(runtime) == []


@pytest.mark.parametrize(("policy", "expected"), [("always", ["blue"]), ("never", [])])
def test_the_policy_decides(
    make: Make,
    runtime: MemoryRuntime,
    blue: Deployment,
    tmp_path: Path,
    policy: Policy,
    expected: list[str],
) -> None:
    serve(make(policy), blue)
    change(make(policy), edited(blue, tmp_path))
    assert waiting(runtime) == expected


def test_they_go_with_their_deployments(
    make: Make, runtime: MemoryRuntime, blue: Deployment
) -> None:
    driver = make("always")
    serve(driver, blue, replace(blue, name="green"))
    with driver.changing("houses"):
        driver.execute(
            DeleteDeployment(reason=WHY, endpoint_name="houses", deployment_name="green")
        )
    assert waiting(runtime) == ["blue"]
    with driver.changing("houses"):
        driver.execute(DeleteEndpoint(reason=WHY, endpoint_name="houses"))
    assert waiting(runtime) == []


def test_a_deployment_that_failed_gets_none(
    make: Make, runtime: MemoryRuntime, blue: Deployment, tmp_path: Path
) -> None:
    serve(make("edited"), blue)
    runtime.behaviours["blue"] = Behaviour(exit_code=3)
    with pytest.raises(StartError):
        change(make("always"), edited(blue, tmp_path))
    assert waiting(runtime) == []


def test_one_that_cannot_be_is_a_warning(
    make: Make,
    runtime: MemoryRuntime,
    report: RecordingReport,
    blue: Deployment,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_: InstanceSpec) -> str:
        raise EndpointError("There is no room.")

    monkeypatch.setattr(runtime, "put_spare", fail)
    serve(make("always"), blue)
    assert report.warnings == ["blue: its next start will be a cold one. There is no room."]


def test_what_keeps_it_from_being_warm_is_told_once(
    make: Make,
    runtime: MemoryRuntime,
    report: RecordingReport,
    blue: Deployment,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runtime, "put_spare", lambda _: "no server waits")
    driver = make("always")
    serve(driver, blue)
    driver.warm("houses", blue)
    assert report.steps.count("blue: no server waits") == 1
