"""What holds of every plan, in whatever order its steps come true."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from azext_ml_endpoint.document.model import Deployment, Endpoint, ScaleSettings
from azext_ml_endpoint.errors import ConflictError
from azext_ml_endpoint.plan.planner import plan_create, plan_update
from azext_ml_endpoint.plan.steps import Plan
from tests.fakes.builders import EVERY_ASPECT, code, deployment, endpoint, environment, model
from tests.unit.plan.world import World

NAMES = ["blue", "green", "grey"]


@st.composite
def some_deployment(draw: st.DrawFn, name: str) -> Deployment:
    return deployment(
        name,
        model=model(draw(st.sampled_from(["model-1", "model-2"]))),
        code=code(draw(st.sampled_from(["code-1", "code-2"]))),
        environment=environment(draw(st.sampled_from(["environment-1", "environment-2"]))),
        scale_settings=ScaleSettings(instance_count=draw(st.integers(1, 2))),
    )


@st.composite
def some_traffic(draw: st.DrawFn, names: list[str]) -> dict[str, int] | None:
    """None, nobody at all, or 100 % among these."""
    if not names or not draw(st.booleans()):
        return draw(st.sampled_from([None, {}]))
    first = draw(st.integers(0, 100))
    shares = [first, 100 - first] if len(names) > 1 else [100]
    return dict(zip(draw(st.permutations(names)), shares, strict=False))


@st.composite
def some_endpoint(draw: st.DrawFn) -> Endpoint:
    names = draw(st.lists(st.sampled_from(NAMES), unique=True))
    return endpoint(
        *(draw(some_deployment(name)) for name in names),
        traffic=draw(some_traffic(names)),
        description=draw(st.sampled_from([None, "houses by the sea"])),
    )


@st.composite
def some_world(draw: st.DrawFn) -> World:
    """None, or what an earlier document left, with deployments that broke since."""
    if draw(st.booleans()):
        return World()
    left = draw(some_endpoint())
    deployments = {each.name: each for each in left.deployments}
    shares = {name: share for name, share in (left.traffic or {}).items() if share}
    broken = {name for name in deployments if draw(st.booleans())}
    return World(left, deployments, shares, set(), broken)


def planned(world: World, wanted: Endpoint) -> Plan:
    known = frozenset(world.registered)
    return plan_update(wanted, world.observe(), registered=known, honours=EVERY_ASPECT)


def come_true(world: World, plan: Plan, data: st.DataObject) -> None:
    """Each step at some moment after those that it waits for."""
    waiting, keys = list(plan), {step.key for step in plan}
    while waiting:
        ready = [step for step in waiting if not keys.intersection(step.after)]
        step = data.draw(st.sampled_from(ready), label="next step")
        world.apply(step)
        waiting.remove(step)
        keys.remove(step.key)


@given(some_world(), some_endpoint(), st.data())
def test_a_plan_that_came_true_leaves_nothing_to_do_and_loses_no_request(
    world: World, wanted: Endpoint, data: st.DataObject
) -> None:
    try:
        plan = planned(world, wanted)
    except ConflictError:
        assert wanted.traffic is None
        assume(False)
    come_true(world, plan, data)
    assert set(world.deployments) == {each.name for each in wanted.deployments}
    assert not world.broken
    assert len(planned(world, wanted)) == 0


@given(some_world(), some_endpoint())
def test_steps_stand_after_those_that_they_wait_for(world: World, wanted: Endpoint) -> None:
    try:
        plan = planned(world, wanted)
    except ConflictError:
        assume(False)
    seen: set[str] = set()
    for step in plan:
        assert step.key not in seen
        assert set(step.after) <= seen
        seen.add(step.key)


@given(some_world(), some_endpoint())
def test_create_never_changes_what_serves(world: World, wanted: Endpoint) -> None:
    known = frozenset(world.registered)
    try:
        plan = plan_create(wanted, world.observe(), registered=known, honours=EVERY_ASPECT)
    except ConflictError:
        return
    serving = set(world.deployments) - world.broken
    touched = {step.key.removeprefix("deployment ") for step in plan}
    assert not touched & serving
