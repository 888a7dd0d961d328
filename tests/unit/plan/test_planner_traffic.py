"""Steps that move traffic or its copies, and steps that delete."""

from __future__ import annotations

import pytest

from azext_ml_endpoint.errors import ConflictError
from azext_ml_endpoint.plan import planner
from azext_ml_endpoint.plan.ground import Ground
from azext_ml_endpoint.plan.steps import DeleteDeployment, DeleteEndpoint, Plan, SetTraffic
from tests.fakes.builders import (
    EVERY_ASPECT,
    code,
    deployment,
    endpoint,
    observed,
    observed_deployment,
)
from tests.unit.plan.planning import BLUE, GREEN, REGISTERED, SERVING_BLUE, spelled, update

# Update: traffic


def test_traffic_moves_once_every_deployment_of_the_plan_is_ready() -> None:
    plan = update(endpoint(BLUE, GREEN, traffic={"blue": 90, "green": 10}), SERVING_BLUE)
    assert spelled(plan) == ["deployment green: it does not exist", "traffic: it is blue 100 %"]
    assert plan.steps[-1].after == ("deployment green",)


def test_traffic_stays_as_it_is_where_the_file_is_silent() -> None:
    assert len(update(endpoint(BLUE, traffic=None), SERVING_BLUE)) == 0


@pytest.mark.parametrize("nothing", [{}, {"blue": 0}, {"blue": 0, "green": 0}])
def test_traffic_that_is_said_to_be_none_is_taken_away(nothing: dict[str, int]) -> None:
    there = observed(
        observed_deployment(BLUE), observed_deployment(GREEN), traffic={"blue": 90, "green": 10}
    )
    plan = update(endpoint(BLUE, GREEN, traffic=nothing), there)
    assert spelled(plan) == ["traffic: it is blue 90 %, green 10 %"]


@pytest.mark.parametrize("nothing", [None, {}, {"blue": 0}])
def test_a_new_endpoint_has_no_traffic_unless_the_file_says_so(
    nothing: dict[str, int] | None,
) -> None:
    plan = update(endpoint(BLUE, traffic=nothing), None, frozenset())
    assert "traffic" not in [step.key for step in plan]


def test_a_share_of_nothing_is_no_share() -> None:
    there = observed(
        observed_deployment(BLUE), observed_deployment(GREEN), traffic={"blue": 100, "green": 0}
    )
    assert len(update(endpoint(BLUE, GREEN, traffic={"blue": 100}), there)) == 0


def test_a_deployment_that_is_down_and_stays_so_gets_no_more_traffic() -> None:
    down = observed_deployment(BLUE, trouble="it exited with code 137")
    there = observed(down, observed_deployment(GREEN), traffic={"blue": 50, "green": 50})

    def shift(**traffic: int) -> Plan:
        ground = Ground(registered=REGISTERED, honours=EVERY_ASPECT)
        return planner.plan_update(endpoint(traffic=traffic), there, ground, frozenset())

    with pytest.raises(ConflictError, match=r"blue .* cannot get more traffic: it exited with"):
        shift(blue=60, green=40)
    assert [step.key for step in shift(blue=40, green=60)] == ["traffic"]


# Update: copies of requests


MIRRORED = observed(
    observed_deployment(BLUE),
    observed_deployment(GREEN),
    traffic={"blue": 100},
    mirror_traffic={"green": 10},
)


@pytest.mark.parametrize(
    ("asked", "mirror"),
    [({"green": 20}, {"green": 20}), ({}, {}), ({"green": 0}, {}), ({"green": 10}, None)],
)
def test_what_is_mirrored_is_set_with_the_traffic(
    asked: dict[str, int], mirror: dict[str, int] | None
) -> None:
    plan = update(endpoint(BLUE, GREEN, mirror_traffic=asked), MIRRORED)
    steps = [step for step in plan if isinstance(step, SetTraffic)]
    assert [each.mirror for each in steps] == ([] if mirror is None else [mirror])
    assert all(each.traffic == {"blue": 100} for each in steps)


def test_what_is_mirrored_stays_where_nothing_is_said_of_it() -> None:
    plan = update(endpoint(BLUE, GREEN, traffic={"blue": 90, "green": 10}), MIRRORED)
    assert [step.mirror for step in plan if isinstance(step, SetTraffic)] == [None]


def test_a_deployment_that_goes_mirrors_nothing_before() -> None:
    traffic, deletion = update(endpoint(BLUE, traffic=None), MIRRORED)
    assert isinstance(traffic, SetTraffic)
    assert (traffic.mirror, deletion.after) == ({}, (traffic.key,))


# Update: deletions


def test_a_deployment_that_the_file_no_longer_has_is_deleted_last() -> None:
    there = observed(
        observed_deployment(BLUE), observed_deployment(GREEN), traffic={"blue": 50, "green": 50}
    )
    plan = update(endpoint(BLUE, traffic={"blue": 100}), there)
    assert spelled(plan) == [
        "traffic: it is blue 50 %, green 50 %",
        "delete deployment green: the file does not have it",
    ]
    assert plan.steps[-1].after == ("traffic",)


def test_a_deletion_waits_for_every_other_step() -> None:
    there = observed(observed_deployment(BLUE), observed_deployment(GREEN))
    changed = deployment("green", code=code("code-2"))
    plan = update(endpoint(changed, description="new", traffic={"green": 100}), there)
    assert isinstance(plan.steps[-1], DeleteDeployment)
    assert set(plan.steps[-1].after) == {"endpoint", "deployment green", "traffic"}


def test_a_deployment_that_still_receives_traffic_is_not_deleted_behind_the_files_back() -> None:
    with pytest.raises(ConflictError, match=r"Deployment blue .* receives 100 % of the traffic"):
        update(endpoint(GREEN, traffic=None), SERVING_BLUE)


# Delete


def test_an_endpoint_is_deleted_as_a_whole() -> None:
    (step,) = planner.plan_delete(SERVING_BLUE)
    assert isinstance(step, DeleteEndpoint)


def test_the_only_deployment_may_be_deleted_with_its_traffic() -> None:
    (step,) = planner.plan_delete(SERVING_BLUE, "blue")
    assert isinstance(step, DeleteDeployment)


def test_a_deployment_with_traffic_is_not_deleted_while_others_are_there() -> None:
    there = observed(
        observed_deployment(BLUE), observed_deployment(GREEN), traffic={"blue": 90, "green": 10}
    )
    with pytest.raises(ConflictError, match="green of houses receives 10 % of the traffic"):
        planner.plan_delete(there, "green")
