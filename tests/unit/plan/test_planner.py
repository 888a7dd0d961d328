"""Steps between what is wanted and what is there.

Traffic and deletions are in :mod:`.test_planner_traffic`.
"""

from __future__ import annotations

from typing import Any

import pytest

from azext_ml_endpoint.document.model import Endpoint, Identity, Reference, ScaleSettings
from azext_ml_endpoint.errors import ConflictError
from azext_ml_endpoint.plan import planner
from azext_ml_endpoint.plan.ground import Ground
from azext_ml_endpoint.plan.observed import ObservedEndpoint
from azext_ml_endpoint.plan.steps import (
    CreateDeployment,
    CreateEndpoint,
    Plan,
    RegisterCode,
    RegisterEnvironment,
    RegisterModel,
    ScaleDeployment,
    SetTraffic,
    UpdateDeployment,
    UpdateEndpoint,
)
from tests.fakes.builders import (
    EVERY_ASPECT,
    code,
    deployment,
    endpoint,
    environment,
    model,
    observed,
    observed_deployment,
    reference,
)
from tests.unit.plan.planning import BLUE, GREEN, REGISTERED, SERVING_BLUE, spelled, update


def create(
    wanted: Endpoint, there: ObservedEndpoint | None, registered: frozenset[str] = REGISTERED
) -> Plan:
    return planner.plan_create(wanted, there, Ground(registered=registered, honours=EVERY_ASPECT))


# Update: each kind of step


def test_everything_is_made_where_nothing_is_there() -> None:
    plan = update(endpoint(BLUE, traffic={"blue": 100}), None, frozenset())
    assert [type(step) for step in plan] == [
        RegisterModel,
        RegisterCode,
        RegisterEnvironment,
        CreateEndpoint,
        CreateDeployment,
        SetTraffic,
    ]
    assert spelled(plan) == [
        "model model-1: its content is new",
        "code code-1: its content is new",
        "environment environment-1: its content is new",
        "endpoint: it does not exist",
        "deployment blue: it does not exist",
        "traffic: it is not set",
    ]


def test_each_step_waits_for_what_it_needs_and_for_nothing_else() -> None:
    wanted = endpoint(BLUE, deployment("green", code=code("code-2")), traffic={"blue": 100})
    plan = update(wanted, None, frozenset({"model-1", "environment-1"}))
    assert {step.key: step.after for step in plan} == {
        "code code-1": (),
        "code code-2": (),
        "endpoint": (),
        "deployment blue": ("code code-1", "endpoint"),
        "deployment green": ("code code-2", "endpoint"),
        "traffic": ("endpoint", "deployment blue", "deployment green"),
    }


def test_nothing_is_done_where_nothing_differs() -> None:
    assert len(update(endpoint(BLUE, traffic={"blue": 100}), SERVING_BLUE)) == 0


def test_a_changed_deployment_is_updated_for_a_reason() -> None:
    changed = deployment("blue", code=code("code-2"), model=model("model-2"))
    plan = update(endpoint(changed), SERVING_BLUE)
    assert spelled(plan)[-1] == "deployment blue: model, code changed"
    assert isinstance(plan.steps[-1], UpdateDeployment)


def test_what_runs_otherwise_than_it_is_to_is_made_again_though_nothing_differs() -> None:
    ground = Ground(
        registered=REGISTERED, honours=EVERY_ASPECT, stale={"blue": "workers 1 → 2", "red": "x"}
    )
    (step,) = planner.plan_update(endpoint(BLUE), SERVING_BLUE, ground)
    assert isinstance(step, UpdateDeployment)
    assert step.reason == "workers 1 → 2"
    changed = deployment("blue", code=code("code-2"))
    *_, step = planner.plan_update(endpoint(changed), SERVING_BLUE, ground)
    assert step.reason == "code changed, workers 1 → 2"


def test_a_deployment_that_does_not_serve_is_updated_and_the_trouble_is_the_reason() -> None:
    there = observed(observed_deployment(BLUE, trouble="it exited with code 137"))
    assert spelled(update(endpoint(BLUE), there)) == ["deployment blue: it exited with code 137"]


def test_an_asset_that_several_deployments_share_is_registered_once() -> None:
    plan = update(endpoint(BLUE, GREEN), None, frozenset())
    assert [step.key for step in plan].count("environment environment-1") == 1


def test_assets_of_deployments_that_do_not_change_are_not_registered() -> None:
    plan = update(
        endpoint(BLUE, deployment("green", code=code("code-2"))), SERVING_BLUE, REGISTERED
    )
    assert [step.key for step in plan] == ["code code-2", "deployment green"]


def test_assets_that_are_registered_elsewhere_need_no_step() -> None:
    there = reference()
    plan = update(endpoint(deployment("blue", model=there, environment=None, code=None)), None)
    assert [step.key for step in plan] == ["endpoint", "deployment blue"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"description": "houses by the sea"}, "description changed"),
        ({"tags": {"team": "houses"}}, "tags changed"),
        ({"properties": {"stage": "test"}}, "properties changed"),
        ({"auth_mode": "aml_token"}, "auth_mode changed"),
    ],
)
def test_what_belongs_to_the_endpoint_is_updated_there(change: dict[str, Any], reason: str) -> None:
    plan = update(endpoint(BLUE, **change), SERVING_BLUE)
    assert [(type(step), step.reason) for step in plan] == [(UpdateEndpoint, reason)]


# Create


def test_create_makes_what_is_missing_beside_what_is_there() -> None:
    plan = create(endpoint(BLUE, GREEN, traffic={"blue": 100}), SERVING_BLUE)
    assert spelled(plan) == ["deployment green: it does not exist"]


def test_create_finishes_what_an_earlier_create_began() -> None:
    begun = observed(observed_deployment(BLUE))
    plan = create(endpoint(BLUE, traffic={"blue": 100}), begun)
    assert spelled(plan) == ["traffic: it is not set"]


def test_create_repairs_a_deployment_that_does_not_serve() -> None:
    there = observed(observed_deployment(BLUE, trouble="it is paused"), traffic={"blue": 100})
    changed = deployment("blue", scoring_script="main.py")
    assert spelled(create(endpoint(changed), there)) == ["deployment blue: it is paused"]


@pytest.mark.parametrize(
    ("wanted", "difference"),
    [
        (endpoint(deployment("blue", code=code("c2"))), "code changed in deployment blue"),
        (endpoint(BLUE, tags={"team": "houses"}), "tags changed"),
        (endpoint(BLUE, GREEN, traffic={"green": 100}), "traffic is blue 100 %"),
        (endpoint(GREEN, traffic={"green": 100}), "it has a deployment blue"),
    ],
)
def test_create_refuses_what_exists_and_differs(wanted: Endpoint, difference: str) -> None:
    with pytest.raises(ConflictError) as refused:
        create(wanted, SERVING_BLUE)
    assert difference in refused.value.message
    assert "az ml endpoint update" in str(refused.value.recommendation)


def test_create_names_every_difference_at_once() -> None:
    wanted = endpoint(deployment("blue", code=code("c2")), description="new")
    with pytest.raises(ConflictError, match="description changed; code changed in deployment blue"):
        create(wanted, SERVING_BLUE)


# Assets


def test_the_assets_of_an_endpoint_are_listed_once_each() -> None:
    other = environment("environment-2")
    wanted = endpoint(BLUE, GREEN, deployment("grey", environment=other, model=reference()))
    assert [asset.digest for asset in planner.assets(wanted)] == [
        "model-1",
        "code-1",
        "environment-1",
        "environment-2",
    ]


# Update: some of the deployments


def test_deployments_that_nobody_asked_about_stay_as_they_are() -> None:
    there = observed(observed_deployment(BLUE, "it is down"), observed_deployment(GREEN))
    changed = deployment("green", code=code("code-2"))
    plan = partial_update(endpoint(BLUE, changed), there, "green")
    assert [step.key for step in plan] == ["deployment green"]
    assert [step.key for step in partial_update(endpoint(changed), there, "green")] == [
        "deployment green"
    ]


def test_a_deployment_that_is_asked_about_and_no_longer_wanted_is_deleted() -> None:
    there = observed(observed_deployment(BLUE), observed_deployment(GREEN))
    (step,) = partial_update(endpoint(), there, "green")
    assert step.key == "delete deployment green"


def partial_update(wanted: Endpoint, there: ObservedEndpoint, *only: str) -> Plan:
    ground = Ground(registered=REGISTERED | {"code-2"}, honours=EVERY_ASPECT)
    return planner.plan_update(wanted, there, ground, frozenset(only))


# Update: what has a way of its own, or none


ONE = ScaleSettings(scale_type="manual", instance_count=1)
TWO = ScaleSettings(scale_type="manual", instance_count=2)


def test_a_deployment_of_which_the_number_of_instances_differs_is_scaled() -> None:
    there = observed(observed_deployment(deployment("blue", scale_settings=ONE)))
    (step,) = update(endpoint(deployment("blue", scale_settings=TWO)), there, frozenset())
    assert isinstance(step, ScaleDeployment)
    assert (step.reason, step.after) == ("scale_settings changed", ())


@pytest.mark.parametrize(
    "change",
    [
        {"scale_settings": TWO, "code": code("code-2")},
        {"scale_settings": ScaleSettings(scale_type="auto", min_instances=1, max_instances=2)},
        {"scale_settings": TWO, "dropped": frozenset({"tags.team"}), "description": "new"},
    ],
)
def test_any_other_change_is_an_update(change: dict[str, Any]) -> None:
    there = observed(observed_deployment(deployment("blue", scale_settings=ONE)))
    (step,) = update(endpoint(deployment("blue", **change)), there, REGISTERED | {"code-2"})
    assert isinstance(step, UpdateDeployment)


def test_a_deployment_that_does_not_serve_is_not_just_scaled() -> None:
    there = observed(observed_deployment(deployment("blue", scale_settings=ONE), "it failed"))
    (step,) = update(endpoint(deployment("blue", scale_settings=TWO)), there)
    assert isinstance(step, UpdateDeployment)


def test_what_cannot_be_changed_in_place_is_refused_with_the_way_out() -> None:
    there = observed(observed_deployment(deployment("blue", instance_type="Standard_F2s_v2")))
    wanted = endpoint(deployment("blue", instance_type="Standard_F4s_v2"))
    fixed = frozenset({"instance_type"})
    ground = Ground(registered=REGISTERED, honours=EVERY_ASPECT, fixed=fixed)
    with pytest.raises(ConflictError, match="The instance_type of deployment blue") as refusal:
        planner.plan_update(wanted, there, ground)
    assert "another name" in (refusal.value.recommendation or "")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"kind": "kubernetes", "target": Reference(text="aks", name="aks")}, "kind"),
        ({"identity": Identity(type="none")}, "identity"),
    ],
)
def test_what_is_settled_when_an_endpoint_is_made_stays(change: dict[str, Any], named: str) -> None:
    system = {"type": "system_assigned", "user_assigned_identities": ()}
    there = observed(lasting={"kind": "managed", "identity": system})
    with pytest.raises(ConflictError, match=f"The {named} of endpoint houses cannot be changed"):
        update(endpoint(**change), there)


def test_what_the_file_does_not_say_about_the_identity_is_no_change() -> None:
    there = observed(lasting={"kind": "managed", "identity": {"type": "none"}})
    assert len(update(endpoint(), there)) == 0


def test_deployments_wait_for_a_change_of_the_endpoint() -> None:
    """Azure refuses a second operation while one of the endpoint itself runs."""
    changed = deployment("blue", code=code("code-2"))
    plan = update(endpoint(changed, description="new"), SERVING_BLUE, REGISTERED | {"code-2"})
    assert [(step.key, step.after) for step in plan] == [
        ("endpoint", ()),
        ("deployment blue", ("endpoint",)),
    ]


def test_an_endpoint_that_is_half_made_is_written_again_by_create_too() -> None:
    half = observed(trouble="its last operation failed")
    for plan in (update(endpoint(), half), create(endpoint(), half)):
        (step,) = plan
        assert isinstance(step, UpdateEndpoint)
        assert step.reason == "its last operation failed"
