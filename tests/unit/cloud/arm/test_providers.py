"""Which resource providers are missing, where Azure only says that one is."""

from __future__ import annotations

from pathlib import Path

import pytest

from azext_ml_endpoint.cloud.remedies.arm import NAMESPACES
from azext_ml_endpoint.errors import ServiceError
from tests.fakes.cloud_world import CloudWorld
from tests.simulator.faults import FailOperation, Fault, Status
from tests.unit.cloud.pasted.subscriptions import SUBSCRIPTIONS
from tests.unit.cloud.test_driver import BLUE, HOUSES, houses

MESSAGE = (
    "Resource provider [N/A] isn't registered with Subscription [N/A]. Please see troubleshooting"
    " guide, available here: https://aka.ms/register-resource-provider"
)
ERROR = {"code": "SubscriptionNotRegistered", "message": MESSAGE}
CDN, POLICY = NAMESPACES[1:]
ENDPOINT = rf"{HOUSES}\?"


@pytest.fixture
def world() -> CloudWorld:
    return CloudWorld()


def refusal(world: CloudWorld, folder: Path) -> ServiceError:
    with pytest.raises(ServiceError, match="isn't registered") as raised:
        world.make(houses(folder))
    return raised.value


def asked(world: CloudWorld) -> list[str]:
    return sorted(each.rpartition("/")[2] for each in world.lines() if "/providers/Micr" in each)


@pytest.mark.parametrize("code", ["SubscriptionNotRegistered", "ResourceOperationFailure", None])
def test_those_that_are_missing_are_named(
    world: CloudWorld, tmp_path: Path, code: str | None
) -> None:
    world.simulator.workspaces.unregistered = {CDN, POLICY}
    failing = FailOperation({**ERROR, "code": code})
    world.simulator.faults.add(Fault(failing, "PUT", ENDPOINT))
    error = refusal(world, tmp_path)
    step = str(error.recommendation)
    assert step.startswith(f"Not registered: {CDN} and {POLICY}. ")
    assert f"`az provider register --namespace {CDN} --wait`" in step
    assert "MachineLearningServices" not in step
    assert asked(world) == sorted(NAMESPACES)


@pytest.mark.parametrize("body", [each.document for each in SUBSCRIPTIONS[:3]])
def test_a_request_that_is_refused_for_it_is_told_so_too(
    world: CloudWorld, tmp_path: Path, body: dict[str, object]
) -> None:
    world.simulator.workspaces.unregistered = {POLICY}
    document = body if "error" in body else {"error": body}
    world.simulator.faults.add(Fault(Status(400, body=document), "PUT", ENDPOINT))
    assert str(refusal(world, tmp_path).recommendation).startswith(f"Not registered: {POLICY}. ")


def test_a_deployment_is_refused_for_it_too(world: CloudWorld, tmp_path: Path) -> None:
    world.simulator.workspaces.unregistered = {CDN}
    world.simulator.faults.add(Fault(FailOperation(ERROR), "PUT", BLUE))
    assert f"Not registered: {CDN}. " in str(refusal(world, tmp_path).recommendation)


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_who_may_not_ask_is_told_of_all_three_and_of_no_second_failure(
    world: CloudWorld, tmp_path: Path, status: int
) -> None:
    world.simulator.faults.add(Fault(FailOperation(ERROR), "PUT", ENDPOINT))
    world.simulator.faults.add(Fault(Status(status), "GET", f"providers/{POLICY}", times=9))
    error = refusal(world, tmp_path)
    assert error.code == "SubscriptionNotRegistered"
    step = str(error.recommendation)
    assert [each for each in NAMESPACES if f"--namespace {each} --wait" not in step] == []


def test_where_all_are_registered_it_is_a_matter_of_time(world: CloudWorld, tmp_path: Path) -> None:
    world.simulator.faults.add(Fault(FailOperation(ERROR), "PUT", ENDPOINT))
    assert "some minutes" in str(refusal(world, tmp_path).recommendation)


def test_other_failures_ask_nothing(world: CloudWorld, tmp_path: Path) -> None:
    other = {"code": "OutOfQuota", "message": "No cores."}
    world.simulator.faults.add(Fault(FailOperation(other), "PUT", ENDPOINT))
    with pytest.raises(ServiceError, match="No cores"):
        world.make(houses(tmp_path))
    assert asked(world) == []
