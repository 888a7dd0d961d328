"""Waiting for operations that others have begun."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from azext_ml_endpoint.cloud.arm.operations import Operations
from azext_ml_endpoint.errors import ConflictError, Interrupted, ServiceError, StartError
from azext_ml_endpoint.plan.executor import execute
from azext_ml_endpoint.plan.fit import EITHER
from azext_ml_endpoint.plan.steps import SetTraffic
from tests.fakes.builders import endpoint
from tests.fakes.cloud_world import CloudWorld, inline_deployment
from tests.fakes.interrupt import PATIENCE, ctrl_c, ctrl_c_within
from tests.simulator.message import Reply, Request
from tests.simulator.operations import Durations
from tests.unit.cloud.test_driver import houses


@pytest.fixture
def world(tmp_path: Path) -> CloudWorld:
    """In which somebody's update of blue goes on."""
    world = CloudWorld(Durations(deployment=600))
    world.make(houses(tmp_path))
    world.make(endpoint(inline_deployment(tmp_path, tags={"a": "b"})), follow=False)
    return world


def without_addresses(world: CloudWorld) -> None:
    """Azure does not tell where to ask about an operation."""

    def handle(request: Request) -> Reply:
        reply = world.simulator.handle(request)
        text = reply.body.decode().replace("AzureAsyncOperationUri", "another")
        return replace(reply, body=text.encode())

    world.handle = handle


def test_what_somebody_else_does_is_seen_through_before_anything_is_compared(
    world: CloudWorld,
) -> None:
    began = world.clock.now
    there = world.driver().look(endpoint(), EITHER).there
    assert there is not None
    assert {each.provisioning_state for each in there.deployments} == {"Succeeded"}
    assert world.clock.now - began >= 590


def test_the_resource_is_looked_at_again_where_the_operation_has_no_address(
    world: CloudWorld,
) -> None:
    without_addresses(world)
    world.driver().look(endpoint(), EITHER)
    assert "GET operation" not in world.lines()[-4:]


def test_waiting_without_an_address_has_an_end_too(world: CloudWorld) -> None:
    without_addresses(world)
    with pytest.raises(StartError, match="Azure is still at work on deployment blue after 30 s"):
        world.driver(timeout=30).look(endpoint(), EITHER)


def test_an_interrupt_ends_waiting(world: CloudWorld) -> None:
    without_addresses(world)
    with pytest.raises(Interrupted):
        world.driver(pause=lambda seconds: True).look(endpoint(), EITHER)


@pytest.fixture
def cancelled(world: CloudWorld, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Whether following has been cancelled; until then the operation goes on."""
    cancelled, cancel = threading.Event(), Operations.cancel

    def cancelling(operations: Operations) -> None:
        cancel(operations)
        cancelled.set()

    monkeypatch.setattr(Operations, "cancel", cancelling)
    return cancelled


GOES_ON = "deployment blue: interrupted. Azure goes on with it."


def test_ctrl_c_ends_following(world: CloudWorld, cancelled: threading.Event) -> None:
    def pausing() -> None:
        ctrl_c()
        assert cancelled.wait(PATIENCE)

    world.clock.at_pause = pausing
    with pytest.raises(Interrupted, match=GOES_ON):
        world.driver().look(endpoint(), EITHER)


def test_ctrl_c_ends_it_as_it_begins_too(
    world: CloudWorld, cancelled: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock that is taken at that moment is one that the threads need."""
    world.clock.at_pause = lambda: cancelled.wait(PATIENCE)

    def begun() -> bool:
        return "following it" in "".join(world.report.steps)

    with (
        ctrl_c_within(monkeypatch, threading.Condition, "__enter__", when=begun),
        pytest.raises(Interrupted, match=GOES_ON),
    ):
        world.driver().look(endpoint(), EITHER)


def test_looking_alone_waits_for_nobody(world: CloudWorld) -> None:
    began = world.clock.now
    there = world.observe("houses")
    assert there is not None and there.deployments[0].provisioning_state == "Updating"
    assert world.clock.now == began


def test_a_resource_that_lags_behind_its_operation_is_not_asked_without_pause(
    world: CloudWorld,
) -> None:
    """The operation has ended, and blue says for a while that it has not."""
    lag = 5

    def handle(request: Request) -> Reply:
        nonlocal lag
        reply = world.simulator.handle(request)
        if request.path.endswith("/deployments") and lag:
            lag -= 1
            return replace(reply, body=reply.body.replace(b'"Succeeded"', b'"Updating"'))
        return reply

    world.clock.now += 600
    world.handle = handle
    world.driver().look(endpoint(), EITHER)
    assert lag == 0
    assert world.clock.pauses[-4:] == [1.0, 2.0, 3.0, 5.0]


def test_who_does_not_want_to_wait_is_told_whose_operation_it_is(world: CloudWorld) -> None:
    with pytest.raises(ConflictError) as raised:
        world.driver(patient=False).look(endpoint(), EITHER)
    assert raised.value.message == ("deployment blue: an earlier command is at work on it.")
    assert "az ml endpoint wait -n houses" in str(raised.value.recommendation)


def test_who_does_not_want_to_wait_for_others_waits_for_what_is_its_own(tmp_path: Path) -> None:
    world = CloudWorld(Durations(deployment=60))
    both = [inline_deployment(tmp_path, name=each) for each in ("blue", "green")]
    shown = world.make(endpoint(*both, traffic={"blue": 100}), patient=False)
    assert shown["traffic"]["blue"] == 100


@pytest.mark.parametrize("status", [400, 409])
def test_an_endpoint_that_lags_behind_its_own_success_is_waited_for(
    tmp_path: Path, status: int
) -> None:
    world = CloudWorld()
    world.make(endpoint())
    world.simulator.assumptions.lagging = status
    world.simulator.lag("houses", times=3)
    shown = world.make(endpoint(inline_deployment(tmp_path)))
    assert shown["deployments"][0]["provisioning_state"] == "Succeeded"
    assert len([line for line in world.writes() if line.endswith("deployments/blue")]) == 4


def test_an_endpoint_that_lags_for_ever_is_an_error_in_the_end(tmp_path: Path) -> None:
    world = CloudWorld()
    world.make(endpoint())
    world.simulator.lag("houses", times=1000)
    with pytest.raises(ServiceError, match="in Updating provisioning state"):
        world.make(endpoint(inline_deployment(tmp_path)))


@pytest.mark.parametrize("status", [200, 401, 404])
def test_an_operation_is_seen_through_whether_or_not_its_noted_address_answers(
    world: CloudWorld, status: int
) -> None:
    world.simulator.assumptions.unsigned_monitor = status
    there = world.driver().look(endpoint(), EITHER).there
    assert there is not None
    assert {each.provisioning_state for each in there.deployments} == {"Succeeded"}


def test_somebody_who_comes_in_between_is_named_too(tmp_path: Path) -> None:
    world = CloudWorld(Durations(deployment=600))
    world.make(houses(tmp_path))
    late = world.driver(patient=False)
    run = late.begin(late.look(endpoint(), EITHER).seen)
    world.make(endpoint(inline_deployment(tmp_path, tags={"a": "b"})), follow=False)
    move = SetTraffic(reason="", endpoint_name="houses", traffic={})
    with pytest.raises(ConflictError, match="an earlier command is at work on it"):
        run.execute(move)
    assert world.body("onlineEndpoints/houses")["properties"]["traffic"] == {"blue": 100}


def test_an_endpoint_that_somebody_else_has_made_meanwhile_keeps_its_traffic(
    tmp_path: Path,
) -> None:
    world = CloudWorld(Durations(endpoint=60))
    late = world.driver()
    plan, run = world.plan(late, endpoint(tags={"a": "b"}))
    world.make(houses(tmp_path))
    world.make(endpoint(inline_deployment(tmp_path), tags={"c": "d"}), follow=False)
    execute(plan, run)
    body = world.body("onlineEndpoints/houses")
    assert (body["tags"], body["properties"]["traffic"]) == (
        {"a": "b", "c": "d"},
        {"blue": 100},
    )
