"""Nothing that cannot be taken back happens before new deployments have passed their tests."""

from __future__ import annotations

import pytest

from azext_ml_endpoint.errors import GuardError
from azext_ml_endpoint.plan.proof import execute_proven, unproven
from azext_ml_endpoint.plan.steps import (
    CreateDeployment,
    DeleteDeployment,
    Keep,
    Plan,
    SetTraffic,
    Step,
    UpdateDeployment,
)
from tests.fakes.builders import deployment, observed


def traffic(**shares: int) -> SetTraffic:
    return SetTraffic(reason="differs", endpoint_name="houses", traffic=shares)


BLUE = UpdateDeployment(reason="differs", endpoint_name="houses", deployment=deployment("blue"))
GREEN = CreateDeployment(reason="new", endpoint_name="houses", deployment=deployment("green"))
OLD = DeleteDeployment(reason="gone", endpoint_name="houses", deployment_name="old")
KEEP = Keep(reason="new", endpoint_name="houses", kept={"ml-endpoint.twin.blue": "green"})
THERE = observed(traffic={"blue": 90, "old": 10})


class Recorder:
    """Executes by noting, in the order of what happens."""

    def __init__(self, **failing: str) -> None:
        self.failing = failing
        self.noted: list[str] = []

    def execute(self, step: Step) -> None:
        self.noted.append(step.key)

    def cancel(self) -> None:
        raise NotImplementedError

    def gate(self, name: str) -> str | None:
        self.noted.append(f"test {name}")
        return self.failing.get(name)


def test_tests_stand_between_what_is_made_and_what_moves_or_goes() -> None:
    world = Recorder()
    plan = Plan((OLD, KEEP, traffic(blue=90, green=10), GREEN))
    execute_proven(plan, world, THERE, world.gate)
    assert world.noted[:2] == ["deployment green", "test green"]
    assert sorted(world.noted[2:]) == sorted(each.key for each in plan if each != GREEN)


def test_after_a_failed_test_nothing_more_is_done() -> None:
    world = Recorder(green="it is slow")
    with pytest.raises(GuardError, match="green does not pass its tests: it is slow"):
        execute_proven(Plan((GREEN, traffic(green=100), OLD)), world, THERE, world.gate)
    assert world.noted == ["deployment green", "test green"]


def test_what_is_changed_in_place_and_fails_is_told_to_serve_all_the_same() -> None:
    world = Recorder(blue="it is slow", green="it is slow")
    with pytest.raises(GuardError) as told:
        execute_proven(Plan((BLUE, OLD)), world, THERE, world.gate)
    assert "blue has been changed, and keeps its 90 % of the traffic." in told.value.recommendation
    with pytest.raises(GuardError) as told:
        execute_proven(Plan((GREEN, OLD)), world, THERE, world.gate)
    assert "keeps" not in told.value.recommendation


def test_without_tests_all_is_done() -> None:
    world = Recorder()
    execute_proven(Plan((GREEN, traffic(green=100))), world, THERE, None)
    assert world.noted == ["deployment green", "traffic"]


def test_what_is_new_or_changed_is_to_be_proven() -> None:
    assert unproven(Plan((BLUE, GREEN, OLD)), THERE) == ["blue", "green"]
    assert unproven(Plan((BLUE, traffic(blue=100))), THERE) == ["blue"]
    assert unproven(Plan((BLUE, GREEN)), None) == ["blue", "green"]


def test_what_gets_its_first_traffic_is_to_be_proven_too() -> None:
    """An earlier apply has made it, and stopped because it had failed its tests."""
    assert unproven(Plan((traffic(blue=80, green=20, old=0),)), THERE) == ["green"]
    assert unproven(Plan((traffic(blue=100),)), THERE) == []
