"""How many requests a command needs, and which of them go side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from azext_ml_endpoint.document.model import Deployment, Environment, Model
from azext_ml_endpoint.plan.fit import EITHER
from azext_ml_endpoint.plan.steps import SetTraffic
from tests.fakes.builders import endpoint
from tests.fakes.cloud_service import simulated_service
from tests.fakes.cloud_world import CloudWorld, inline_deployment
from tests.fakes.interrupt import PATIENCE
from tests.simulator.message import Reply, Request
from tests.unit.cloud.test_driver import HOUSES, houses


@pytest.fixture
def world() -> CloudWorld:
    return CloudWorld()


def sent(world: CloudWorld) -> int:
    """To ARM and to storage, where an upload of one small file is one request."""
    files = [names for _, names in world.blobs.uploads]
    assert all(len(names) == 1 for names in files)
    return len(world.lines()) + len(files)


def nameless(deployment: Deployment) -> Deployment:
    model, environment = deployment.model, deployment.environment
    assert isinstance(model, Model) and isinstance(environment, Environment)
    return replace(
        deployment,
        model=replace(model, anonymous=True),
        environment=replace(environment, name=None, version=None),
    )


def test_an_unchanged_endpoint_takes_six_requests_at_most_and_no_write(
    world: CloudWorld, tmp_path: Path
) -> None:
    world.make(houses(tmp_path))
    world.simulator.journal.clear()
    world.make(houses(tmp_path))
    assert len(world.lines()) <= 6
    assert world.writes() == []


@pytest.mark.parametrize("named", [True, False])
def test_a_deployment_with_all_its_assets_takes_fifteen_requests_at_most(
    world: CloudWorld, tmp_path: Path, named: bool
) -> None:
    world.make(endpoint())
    world.simulator.journal.clear()
    blue = inline_deployment(tmp_path)
    world.make(endpoint(blue if named else nameless(blue)))
    assert sent(world) <= 15
    assert world.simulator.journal.refused() == []


def meet(world: CloudWorld, count: int, chosen: Callable[[Request], bool]) -> threading.Barrier:
    """Lets none of the chosen requests through before ``count`` of them wait for their answers."""
    barrier = threading.Barrier(count)

    def handle(request: Request) -> Reply:
        if chosen(request):
            barrier.wait(PATIENCE)
        return world.simulator.handle(request)

    world.handle = handle
    return barrier


def test_the_endpoint_and_its_deployments_are_asked_for_at_once(
    world: CloudWorld, tmp_path: Path
) -> None:
    meet(world, 2, lambda request: "/onlineEndpoints/" in request.path)
    world.driver().look(endpoint(), EITHER)


def test_assets_are_looked_up_at_once(world: CloudWorld, tmp_path: Path) -> None:
    world.make(houses(tmp_path))
    meet(world, 3, lambda request: "/versions" in request.path)
    world.make(houses(tmp_path))


def test_an_endpoint_is_made_while_its_assets_are_registered(
    world: CloudWorld, tmp_path: Path
) -> None:
    ways = ("/startPendingUpload", "/listSecrets", "/environments/sklearn/versions/1", "/houses")

    def begins(request: Request) -> bool:
        return request.method in ("PUT", "POST") and request.path.endswith(ways)

    meet(world, 4, begins)
    world.make(endpoint(inline_deployment(tmp_path)))


def test_deployments_of_an_endpoint_are_made_at_once(world: CloudWorld, tmp_path: Path) -> None:
    world.make(endpoint())
    meet(world, 3, lambda request: request.method == "PUT" and "/deployments/" in request.path)
    names = ("blue", "green", "grey")
    shown = world.make(endpoint(*(inline_deployment(tmp_path, name) for name in names)))
    assert {each["provisioning_state"] for each in shown["deployments"]} == {"Succeeded"}


@pytest.mark.parametrize("looks", [True, False])
def test_what_was_just_seen_is_not_asked_for_again(
    world: CloudWorld, tmp_path: Path, looks: bool
) -> None:
    world.make(houses(tmp_path))
    service = simulated_service(world)
    there = service.observe("houses")
    world.simulator.journal.clear()
    step = SetTraffic(reason="", endpoint_name="houses", traffic={"blue": 0})
    service.take(step, None if looks else there)
    asked = [line for line in world.lines() if "operation" not in line]
    assert asked.count(f"PUT {HOUSES}") == 1
    assert len(asked) == (3 if looks else 1)
