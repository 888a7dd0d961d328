"""What others do meanwhile, what fails, and what a run that was cut off has left."""

from __future__ import annotations

import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from azext_ml_endpoint.document.model import ScaleSettings
from azext_ml_endpoint.errors import Interrupted, ServiceError, StartError
from tests.fakes.builders import endpoint
from tests.fakes.cloud_world import CloudWorld, inline_deployment
from tests.fakes.interrupt import PATIENCE
from tests.simulator.faults import CancelOperation, FailOperation, Fault, Status
from tests.simulator.message import Reply, Request
from tests.simulator.operations import Durations
from tests.unit.cloud.test_driver import BLUE, HOUSES, after, houses


class Killed(BaseException):
    """The command ends here, without any of its own clearing up."""


@pytest.fixture
def world() -> CloudWorld:
    return CloudWorld(Durations(endpoint=90, deployment=600, delete=20, scale=60))


def kill_while_waiting(world: CloudWorld, what: str) -> None:
    """The next command dies at its first pause after a PUT of ``what``."""

    def at_pause() -> None:
        if f"PUT {what}" in world.writes():
            world.clock.at_pause = lambda: None
            raise Killed

    world.clock.at_pause = at_pause


# A run that was cut off


@pytest.mark.parametrize("what", [HOUSES, BLUE])
def test_after_a_kill_the_next_run_goes_on_without_a_second_put(
    world: CloudWorld, tmp_path: Path, what: str
) -> None:
    kill_while_waiting(world, what)
    with pytest.raises(Killed):
        world.make(houses(tmp_path))
    world.make(houses(tmp_path))
    assert world.simulator.journal.refused() == []
    puts = [line for line in world.writes() if "onlineEndpoints" in line]
    assert puts == [f"PUT {HOUSES}", f"PUT {BLUE}", f"PUT {HOUSES}"]
    assert world.body(HOUSES)["properties"]["traffic"] == {"blue": 100}


def test_the_run_that_follows_an_earlier_one_says_so(world: CloudWorld, tmp_path: Path) -> None:
    kill_while_waiting(world, BLUE)
    with pytest.raises(Killed):
        world.make(houses(tmp_path))
    world.make(houses(tmp_path))
    assert [line for line in world.report.steps if "earlier" in line] == [
        "deployment blue: an earlier command is at work on it (begun by A User); following it"
    ]


def test_an_operation_of_an_earlier_run_that_fails_is_begun_again(
    world: CloudWorld, tmp_path: Path
) -> None:
    world.make(houses(tmp_path))
    world.simulator.journal.clear()
    changed = endpoint(inline_deployment(tmp_path, tags={"a": "b"}))
    world.simulator.faults.add(Fault(FailOperation(), "PUT", "deployments/blue"))
    kill_while_waiting(world, BLUE)
    with pytest.raises(Killed):
        world.make(changed)
    world.make(changed)
    assert world.writes() == [f"PUT {BLUE}", f"PUT {BLUE}"]
    assert world.body(BLUE)["state"] == "Succeeded"


@pytest.mark.parametrize("count", range(1, 7))
def test_wherever_a_run_is_killed_the_next_one_does_nothing_twice(
    world: CloudWorld, tmp_path: Path, count: int
) -> None:
    """Killed after so many writes, each of which Azure has carried out."""

    def handle(request: Request) -> Reply:
        if len(world.writes()) >= count:
            raise Killed
        return world.simulator.handle(request)

    world.handle = handle
    with pytest.raises(Killed):
        world.make(houses(tmp_path))
    world.handle = world.simulator.handle
    world.make(houses(tmp_path))
    assert world.simulator.journal.refused() == []
    written = Counter(world.writes())
    assert written.pop(f"PUT {HOUSES}") == 2
    assert set(written.values()) == {1}
    assert world.body(HOUSES)["properties"]["traffic"] == {"blue": 100}


# Others


def test_another_operation_on_the_endpoint_is_named_and_waited_for_and_its_work_kept(
    world: CloudWorld, tmp_path: Path
) -> None:
    world.make(houses(tmp_path))
    driver = world.driver()
    plan, run = world.plan(driver, houses(tmp_path, traffic={}))
    world.make(houses(tmp_path, description="by others"), follow=False)
    for step in plan:
        run.execute(step)
    waits = "traffic of houses: waits its turn, Azure works on endpoint houses"
    assert world.report.steps.count(waits) == 1
    there = world.body(HOUSES)["properties"]
    assert (there["description"], there["traffic"]) == ("by others", {})


def test_deployments_queue_where_the_service_takes_one_at_a_time(
    world: CloudWorld, tmp_path: Path
) -> None:
    world.make(endpoint())
    world.simulator.serialize_deployments = True
    driver = world.driver()
    plan, run = world.plan(driver, endpoint(inline_deployment(tmp_path, "green")))
    world.make(endpoint(inline_deployment(tmp_path, "blue")), follow=False)
    for step in plan:
        run.execute(step)
    names = ("blue", "green")
    states = {name: world.body(f"{HOUSES}/deployments/{name}")["state"] for name in names}
    assert states == dict.fromkeys(names, "Succeeded")
    assert [line for line in world.report.steps if "waits its turn" in line]


def test_waiting_for_others_has_an_end(world: CloudWorld, tmp_path: Path) -> None:
    world.make(houses(tmp_path))
    driver = world.driver(timeout=30)
    plan, run = world.plan(driver, houses(tmp_path, description="new"))
    two = ScaleSettings(scale_type="manual", instance_count=2)
    world.make(endpoint(inline_deployment(tmp_path, scale_settings=two)), follow=False)
    with pytest.raises(StartError):
        run.execute(plan.steps[0])


def test_a_conflict_that_does_not_pass_is_no_matter_of_waiting(
    world: CloudWorld, tmp_path: Path
) -> None:
    world.simulator.faults.add(Fault(Status(409), "PUT", f"{HOUSES}\\?", times=99))
    with pytest.raises(ServiceError) as refusal:
        world.make(houses(tmp_path))
    assert refusal.value.status == 409
    assert len(world.clock.pauses) < 5


# Failures


def test_a_deployment_that_fails_shows_the_end_of_the_logs_of_both_containers(
    world: CloudWorld, tmp_path: Path
) -> None:
    error = {"code": "ResourceNotReady", "message": "User container has crashed."}
    world.simulator.faults.add(Fault(FailOperation(error), "PUT", "deployments/blue"))
    long = "".join(f"line {number}\n" for number in range(100))
    world.simulator.logs["houses", "blue", "InferenceServer"] = long
    world.simulator.logs["houses", "blue", "StorageInitializer"] = "downloaded\n"
    with pytest.raises(ServiceError, match="User container has crashed") as failure:
        world.make(houses(tmp_path))
    lines = (failure.value.detail or "").splitlines()
    assert "downloaded" in lines
    assert [line for line in lines if line.startswith("line")] == [
        f"line {number}" for number in range(70, 100)
    ]
    assert failure.value.code == "ResourceNotReady"


def test_a_refused_deployment_has_no_logs_to_show(world: CloudWorld, tmp_path: Path) -> None:
    refusal = Status(400, body={"error": {"code": "BadRequest", "message": "No."}})
    world.simulator.faults.add(Fault(refusal, "PUT", "deployments/blue"))
    with pytest.raises(ServiceError, match=r"No\."):
        world.make(houses(tmp_path))
    assert not [line for line in world.lines() if "getLogs" in line]


@pytest.mark.parametrize("outcome", [FailOperation(), CancelOperation()])
def test_a_deployment_that_never_served_is_made_anew(
    world: CloudWorld, tmp_path: Path, outcome: FailOperation | CancelOperation
) -> None:
    world.simulator.faults.add(Fault(outcome, "PUT", "deployments/blue"))
    with pytest.raises(ServiceError):
        world.make(houses(tmp_path))
    world.simulator.journal.clear()
    world.make(houses(tmp_path))
    assert world.writes() == [f"PUT {BLUE}", f"DELETE {BLUE}", f"PUT {BLUE}", f"PUT {HOUSES}"]
    assert world.body(BLUE)["state"] == "Succeeded"


def test_a_deployment_that_served_before_is_updated_again(
    world: CloudWorld, tmp_path: Path
) -> None:
    world.make(houses(tmp_path))
    changed = endpoint(inline_deployment(tmp_path, tags={"a": "b"}))
    world.simulator.faults.add(Fault(FailOperation(), "PUT", "deployments/blue"))
    with pytest.raises(ServiceError):
        world.make(changed)
    assert after(world, changed) == [f"PUT {BLUE}"]


def test_a_scaling_that_fails_says_so(world: CloudWorld, tmp_path: Path) -> None:
    world.make(houses(tmp_path))
    error = {"code": "OutOfQuota", "message": "Not enough quota."}
    world.simulator.faults.add(Fault(FailOperation(error), "PATCH", "deployments/blue"))
    two = ScaleSettings(scale_type="manual", instance_count=2)
    with pytest.raises(ServiceError, match="blue failed in Azure: Not enough quota") as failure:
        world.make(endpoint(inline_deployment(tmp_path, scale_settings=two)))
    assert failure.value.code == "OutOfQuota"
    assert "goes on" not in failure.value.message


def test_an_endpoint_that_could_not_be_made_is_written_again(
    world: CloudWorld, tmp_path: Path
) -> None:
    world.simulator.faults.add(Fault(FailOperation(), "PUT", f"{HOUSES}\\?"))
    with pytest.raises(ServiceError):
        world.make(houses(tmp_path))
    shown = world.make(houses(tmp_path))
    assert shown["provisioning_state"] == "Succeeded"
    assert shown["scoring_uri"]


def test_ctrl_c_ends_waiting_and_says_what_goes_on(world: CloudWorld, tmp_path: Path) -> None:
    driver = world.driver(pause=None, clock=time.monotonic)
    plan, run = world.plan(driver, endpoint())
    begun = threading.Event()

    def handle(request: Request) -> Reply:
        reply = world.simulator.handle(request)
        if request.method == "PUT":
            begun.set()
        return reply

    world.handle = handle
    ended: list[BaseException] = []

    def execute() -> None:
        try:
            run.execute(plan.steps[0])
        except Interrupted as interrupt:
            ended.append(interrupt)

    thread = threading.Thread(target=execute, daemon=True)
    thread.start()
    assert begun.wait(PATIENCE)
    driver.cancel()
    thread.join(PATIENCE)
    assert "Azure goes on with it" in str(ended[0])
