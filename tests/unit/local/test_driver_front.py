"""The driver and what stands before the deployments: who is told what, and when."""

from __future__ import annotations

from pathlib import Path

import pytest

from azext_ml_endpoint.document.model import Deployment
from azext_ml_endpoint.errors import ConflictError, NotFoundError, StartError
from azext_ml_endpoint.local.driver import LocalDriver
from azext_ml_endpoint.local.runtime import Instance
from azext_ml_endpoint.plan.steps import DeleteDeployment, DeleteEndpoint, SetTraffic
from tests.fakes.builders import deployment
from tests.fakes.driving import WHY, change, serve, written
from tests.fakes.interrupt import PATIENCE
from tests.fakes.memory_front import FIRST_PORT, MemoryFront
from tests.fakes.memory_runtime import Behaviour, MemoryRuntime
from tests.fakes.recording_report import RecordingReport

CRASH = Behaviour(exit_code=3)


@pytest.fixture
def front() -> MemoryFront:
    return MemoryFront()


@pytest.fixture
def driver(
    runtime: MemoryRuntime, report: RecordingReport, home: Path, front: MemoryFront
) -> LocalDriver:
    return LocalDriver(runtime, report, home, timeout=PATIENCE, probe=runtime.probe, front=front)


def test_the_old_instance_goes_when_nobody_is_sent_to_it_and_it_has_answered(
    driver: LocalDriver, runtime: MemoryRuntime, front: MemoryFront, blue: Deployment
) -> None:
    serve(driver, blue)
    seen: list[object] = []

    def at_drain(old: Instance) -> None:
        seen.append((front.instances("houses"), runtime.inspect(old.id) is not None))

    front.at_drain = at_drain
    change(driver, deployment(code=None, scoring_script=None))
    assert front.drained == ["blue-1"]
    assert seen == [(["blue-2"], True)]
    assert runtime.events[-2:] == ["promote blue-2", "remove blue-1"]


def test_it_is_made_ready_while_the_server_starts(
    driver: LocalDriver, runtime: MemoryRuntime, front: MemoryFront, blue: Deployment
) -> None:
    serve(driver, blue)
    assert front.prepared == ["houses"]


def test_a_candidate_is_nobody_to_be_sent_to(
    driver: LocalDriver, runtime: MemoryRuntime, front: MemoryFront, blue: Deployment
) -> None:
    serve(driver, blue)
    runtime.behaviours["blue"] = CRASH
    with pytest.raises(StartError):
        change(driver, deployment(code=None, scoring_script=None))
    assert front.instances("houses") == ["blue-1"]
    assert front.drained == []


def test_new_shares_hold_at_once(driver: LocalDriver, front: MemoryFront, blue: Deployment) -> None:
    serve(driver, blue, deployment("green", code=blue.code))
    assert front.weights("houses") == {"blue": 100, "green": 0}
    split = {"blue": 10, "green": 90}
    driver.execute(SetTraffic(reason=WHY, endpoint_name="houses", traffic=split))
    assert front.weights("houses") == split


def test_nobody_is_sent_to_a_deployment_that_goes(
    driver: LocalDriver, runtime: MemoryRuntime, front: MemoryFront, blue: Deployment
) -> None:
    serve(driver, blue, deployment("green", code=blue.code))
    seen: list[list[str]] = []
    front.at_drain = lambda _: seen.append(front.instances("houses"))
    step = DeleteDeployment(reason=WHY, endpoint_name="houses", deployment_name="green")
    driver.execute(step)
    assert (front.drained, seen) == (["green-2"], [["blue-1"]])
    assert runtime.inspect("green-2") is None


def test_what_is_shown_is_the_address_that_stays(
    driver: LocalDriver, front: MemoryFront, blue: Deployment
) -> None:
    serve(driver, blue)
    shown = driver.show("HOUSES")
    assert shown["scoring_uri"] == f"http://127.0.0.1:{FIRST_PORT}/score"
    assert shown["swagger_uri"] == f"http://127.0.0.1:{FIRST_PORT}/swagger.json"
    assert shown["deployments"][0]["scoring_uri"] == "http://127.0.0.1:50010/score"


def test_what_the_front_does_already_is_looked_at_once(
    driver: LocalDriver, runtime: MemoryRuntime, front: MemoryFront, blue: Deployment
) -> None:
    serve(driver, blue)
    driver.show("houses")
    looks = looks_at(runtime)
    shown = driver.show("houses")
    assert looks == ["houses"]
    assert shown["scoring_uri"] == f"http://127.0.0.1:{FIRST_PORT}/score"


def test_what_it_does_not_do_yet_it_is_told(
    driver: LocalDriver, runtime: MemoryRuntime, front: MemoryFront, blue: Deployment
) -> None:
    serve(driver, blue)
    (there,) = driver.promoted("houses")
    runtime.promote(runtime.start(runtime.specs[there.id]), (there,))  # by somebody else
    assert front.instances("houses") == [there.id]
    driver.show("houses")
    assert front.instances("houses") == ["blue-2"]


def looks_at(runtime: MemoryRuntime) -> list[str | None]:
    """Each look at instances from now on."""
    looks: list[str | None] = []
    instances = runtime.instances

    def looked(endpoint: str | None = None) -> list[Instance]:
        looks.append(endpoint)
        return instances(endpoint)

    runtime.instances = looked  # type: ignore[method-assign]
    return looks


def test_it_goes_with_the_endpoint_and_with_one_that_was_never_made(
    driver: LocalDriver, runtime: MemoryRuntime, front: MemoryFront, blue: Deployment
) -> None:
    serve(driver, blue)
    driver.address("houses")
    driver.execute(DeleteEndpoint(reason=WHY, endpoint_name="houses"))
    assert front.ports == {}

    runtime.behaviours["blue"] = CRASH
    with pytest.raises(StartError):
        serve(driver, blue)
    assert (front.ports, runtime.endpoints()) == ({}, [])


def test_it_goes_too_where_somebody_else_has_removed_the_endpoint(
    driver: LocalDriver, runtime: MemoryRuntime, front: MemoryFront, blue: Deployment
) -> None:
    serve(driver, blue)
    runtime.drop_endpoint("houses")
    with pytest.raises(NotFoundError):
        driver.remains("houses")
    assert front.ports == {}


def test_a_port_that_cannot_be_had_is_refused_before_anything_changes(
    driver: LocalDriver, runtime: MemoryRuntime, front: MemoryFront, tmp_path: Path
) -> None:
    front.asked, front.taken = 8080, {8080}
    with pytest.raises(ConflictError):
        serve(driver, deployment(code=written(tmp_path, "def init(): ...")))
    assert runtime.events == [] and runtime.endpoints() == []
