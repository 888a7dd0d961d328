"""Waiting for operations that others have begun."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from azext_ml_endpoint.errors import Interrupted, StartError
from tests.fakes.builders import endpoint
from tests.fakes.cloud_world import CloudWorld, inline_deployment
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
    _, there = world.driver().look(endpoint())
    assert there is not None
    assert {each.provisioning_state for each in there.deployments} == {"Succeeded"}
    assert world.clock.now - began >= 590


def test_the_resource_is_looked_at_again_where_the_operation_has_no_address(
    world: CloudWorld,
) -> None:
    without_addresses(world)
    world.driver().look(endpoint())
    assert "GET operation" not in world.lines()[-4:]


def test_waiting_without_an_address_has_an_end_too(world: CloudWorld) -> None:
    without_addresses(world)
    with pytest.raises(StartError, match="Azure is still at work on deployment blue after 30 s"):
        world.driver(timeout=30).look(endpoint())


def test_an_interrupt_ends_waiting(world: CloudWorld) -> None:
    without_addresses(world)
    with pytest.raises(Interrupted):
        world.driver(pause=lambda seconds: True).look(endpoint())


def test_looking_alone_waits_for_nobody(world: CloudWorld) -> None:
    began = world.clock.now
    there = world.driver().observe("houses")
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
    world.driver().look(endpoint())
    assert lag == 0
    assert world.clock.pauses[-4:] == [1.0, 2.0, 3.0, 5.0]
