"""What must hold of the planner in every case, and is checked after every step.

``prove`` raises AssertionError where it does not. It knows nothing of how the planner comes to its
plans: what is expected is worked out here again, in the simplest way there is.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias, TypeVar

from azext_ml_endpoint.document.model import Deployment, Endpoint
from azext_ml_endpoint.errors import ConflictError, NotFoundError
from azext_ml_endpoint.plan import history
from azext_ml_endpoint.plan.aspects import lasting
from azext_ml_endpoint.plan.fit import Intent
from azext_ml_endpoint.plan.ground import Ground
from azext_ml_endpoint.plan.observed import ObservedEndpoint
from azext_ml_endpoint.plan.planned import Planned
from azext_ml_endpoint.plan.steps import Plan, Step
from tests.fakes.builders import EVERY_ASPECT, planned
from tests.unit.plan.cases import ONCE, OTHERS, Case
from tests.unit.plan.world import FIXED, World, settled, shares

_Described = TypeVar("_Described", Endpoint, Deployment)
Planner: TypeAlias = Callable[[Endpoint, ObservedEndpoint | None, Ground, Intent], Planned]


def the_planner(
    asked: Endpoint, there: ObservedEndpoint | None, ground: Ground, intent: Intent
) -> Planned:
    """As the services call it."""
    return planned(asked, there, ground, intent)


def prove(case: Case, planner: Planner = the_planner) -> Planned | None:
    """Answers the plan, or None where it is refused, which must be for a reason."""
    plan = _possible(case, case.world, planner)
    assert (plan is None) is _is_impossible(case), (
        "refused without need" if plan is None else "not refused"
    )
    if plan is None:
        return None
    _prove_order(plan.plan)
    end = _came_true(case.world, plan.plan, case.order)
    _prove_fulfilled(case, end)
    _prove_nothing_left(case, end, planner)
    _prove_any_order(case, plan.plan, end)
    _prove_cut_off(case, plan.plan, end, planner)
    return plan


# Each property


def _prove_order(plan: Plan) -> None:
    """Steps stand after those that they wait for."""
    seen: set[str] = set()
    for step in plan:
        assert step.key not in seen
        assert set(step.after) <= seen
        seen.add(step.key)


def _prove_fulfilled(case: Case, end: World) -> None:
    """The endpoint is what is wanted, and everything else is what it was."""
    assert end.told is not None
    assert end.deployments == _expected_deployments(case, end)
    assert end.traffic == _expected_traffic(case, end)
    assert _changeable(end.told) == _expected_endpoint(case)
    assert not end.broken & {_meaning(each.name, case, end) for each in case.wanted.deployments}
    assert not end.troubled
    assert case.world.kept.items() & OTHERS.items() <= end.kept.items()
    _prove_history(case, end)


def _prove_history(case: Case, end: World) -> None:
    if end.traffic != case.world.traffic:
        newest = next(iter(history.entries(end.kept)), None)
        assert newest and (newest.split or {}) == end.traffic
        assert newest.who == "ada@example.com"


def _prove_nothing_left(case: Case, end: World, planner: Planner) -> None:
    again = _planned(_unforced(case), end, planner)
    assert not again.obstacles
    assert not list(again.plan), f"not done: {[step.key for step in again.plan]}"


def _prove_any_order(case: Case, plan: Plan, end: World) -> None:
    assert _came_true(case.world, plan, random.Random(~case.seed)) == end


def _prove_cut_off(case: Case, plan: Plan, end: World, planner: Planner) -> None:
    """What was running when it was cut off is left half done."""
    order = case.order
    for _ in range(2 if len(plan) else 0):
        cut = _came_true(case.world, plan, order, events=order.randrange(2 * len(plan)))
        rest = _possible(case, cut, planner)
        assert rest, "there is no way on from where it was cut off"
        _prove_order(rest.plan)
        resumed = _came_true(cut, rest.plan, order)
        assert _as_the_file_says(case, resumed) == _as_the_file_says(case, end)


# Steps come true


def _possible(case: Case, world: World, planner: Planner) -> Planned | None:
    before = world.copy()
    try:
        plan = _planned(case, world, planner)
        plan.require_possible()
    except (ConflictError, NotFoundError):
        return None
    assert world == before, "planning changes nothing"
    return plan


def _planned(case: Case, world: World, planner: Planner) -> Planned:
    ground = Ground(registered=frozenset(world.registered), honours=EVERY_ASPECT, fixed=FIXED)
    return planner(case.wanted, world.observe(), ground, case.intent)


def _unforced(case: Case) -> Case:
    """What was to be replaced has been."""
    return replace(case, intent=replace(case.intent, replaced=()))


def _came_true(before: World, plan: Plan, order: random.Random, events: int | None = None) -> World:
    """Side by side, as ``after`` allows. events: beginnings and ends of steps until it is cut."""
    world, waiting, running = before.copy(), list(plan), list[Step]()
    while (waiting or running) and events != 0:
        unsettled = {step.key for step in (*waiting, *running)}
        ready = [step for step in waiting if not unsettled.intersection(step.after)]
        step = order.choice([*ready, *running])
        if step in running:
            world.end(step)
            running.remove(step)
        else:
            world.begin(step)
            waiting.remove(step)
            running.append(step)
        events = None if events is None else events - 1
    return world


# What is expected


def _is_impossible(case: Case) -> bool:
    there = case.world.told
    if there is None:
        return False
    if not all(_can_be_replaced(name, case) for name in case.intent.replaced):
        return True
    return (
        any(settled(there)[name] != value for name, value in lasting(case.wanted).items())
        or _has_fixed_differences(case)
        or _loses_traffic(case)
        or _gives_traffic_to_what_is_down(case)
        or bool(case.intent.create and _differs(case))
    )


def _can_be_replaced(name: str, case: Case) -> bool:
    in_file = name in {each.name for each in case.wanted.deployments}
    return in_file and _meaning(name, case, case.world) in case.world.deployments


def _has_fixed_differences(case: Case) -> bool:
    return any(
        there.instance_type != each.instance_type
        for each in case.wanted.deployments
        if each.name not in case.intent.replaced
        and (there := case.world.deployments.get(_meaning(each.name, case, case.world)))
    )


def _loses_traffic(case: Case) -> bool:
    """A deployment that has to go receives traffic; the file, where it speaks, names none such."""
    only = case.intent.only
    kept = {_meaning(each.name, case, case.world) for each in case.wanted.deployments}
    gone = [name for name in case.world.deployments if name not in kept]
    left = _expected_traffic(case, case.world)
    return any(left.get(name) for name in gone if only is None or name in only)


def _gives_traffic_to_what_is_down(case: Case) -> bool:
    """Only where it is left as it is: else it is made to serve before."""
    repaired = {each.name for each in case.wanted.deployments}
    if case.intent.only is None or case.wanted.traffic is None:
        return False
    return any(
        name in case.world.broken and share > case.world.traffic.get(name, 0)
        for name, share in case.wanted.traffic.items()
        if name not in repaired
    )


def _differs(case: Case) -> bool:
    """In anything that serves: `create` leaves that alone."""
    world, wanted = case.world, _expected_deployments(case, case.world)
    assert world.told is not None
    same = _changeable(world.told) == _expected_endpoint(case)
    split = _expected_traffic(case, world)
    return (
        not (same or world.troubled)
        or any(name not in wanted for name in world.deployments)
        or any(
            world.deployments.get(name, each) != each and name not in world.broken
            for name, each in wanted.items()
        )
        or bool(world.traffic and world.traffic != split)
    )


def _meaning(name: str, case: Case, world: World) -> str:
    """Which deployment is called so: what has taken its place, unless the file has that too."""
    twin = world.kept.get(f"ml-endpoint.twin.{name}", name)
    asked = {each.name for each in case.wanted.deployments}
    free = twin in world.deployments and twin not in asked and not case.intent.live
    return twin if free and name in asked else name


def _expected_deployments(case: Case, now: World) -> dict[str, Deployment]:
    """By the names that they have now."""
    wanted = {}
    for each in case.wanted.deployments:
        name = _meaning(each.name, case, now)
        before_that = _meaning(each.name, case, case.world)
        was = name if name in case.world.deployments else before_that
        before = case.world.deployments.get(was)
        once = set() if each.edited else set(case.world.said.get(was, {}))
        wanted[name] = replace(_beside(before, each, once), name=name)
    if case.intent.only is None:
        return wanted
    left = {
        name: each for name, each in case.world.deployments.items() if name not in case.intent.only
    }
    return {**left, **wanted}


def _expected_traffic(case: Case, now: World) -> dict[str, int]:
    if case.wanted.traffic is not None:
        return shares(
            {_meaning(name, case, now): share for name, share in case.wanted.traffic.items()}
        )
    replaced = case.intent.replaced
    moved = {_meaning(name, case, case.world): _meaning(name, case, now) for name in replaced}
    return {moved.get(name, name): share for name, share in case.world.traffic.items()}


def _expected_endpoint(case: Case) -> dict[str, Any]:
    """What the file says; what others have said stays, and what it once said does not."""
    wanted, there = case.wanted, case.world.told
    if there is None:
        return {**_changeable(wanted), "auth_mode": wanted.auth_mode or "key"}
    kept = case.world.kept.get("ml-endpoint.said") or case.world.kept.get("ml-endpoint.tags")
    whole = _beside(there, wanted, set(ONCE.get(kept or "", ())))
    return {
        **_changeable(whole),
        "auth_mode": wanted.auth_mode or there.auth_mode,
        "properties": {**there.properties, **wanted.properties},
    }


def _beside(there: _Described | None, wanted: _Described, once: set[str]) -> _Described:
    """once: what a file said of it before. An edit takes away all that it does not say."""
    made = replace(wanted, edited=False)
    if there is None or wanted.edited:
        return made
    others = {name: text for name, text in there.tags.items() if f"tags.{name}" not in once}
    left = None if "description" in once else there.description
    return replace(made, tags={**others, **wanted.tags}, description=wanted.description or left)


def _changeable(endpoint: Endpoint) -> dict[str, Any]:
    names = ("auth_mode", "description", "tags", "properties")
    return {name: getattr(endpoint, name) for name in names}


def _others(said: Deployment) -> dict[str, Any]:
    """Which of two twins is taken after a cut, and with it what others have set, may differ."""
    return {"description": said.description, "tags": said.tags}


def _as_the_file_says(case: Case, world: World) -> object:
    """The world with the file's names in place of those of twins, but for what the tool notes."""
    names = {_meaning(each.name, case, world): each.name for each in case.wanted.deployments}
    said = {each.name: each for each in case.wanted.deployments if case.intent.replaced}
    deployments = {
        name: replace(each, name=name, **_others(said.get(name, each)))
        for each in world.deployments.values()
        for name in [names.get(each.name, each.name)]
    }
    traffic = {names.get(name, name): share for name, share in world.traffic.items()}
    return world.told, deployments, traffic, world.broken, world.troubled
