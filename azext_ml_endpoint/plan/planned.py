"""A plan with all that is to be told of it before it is carried out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from azext_ml_endpoint.document.model import (
    Code,
    Deployment,
    Endpoint,
    Environment,
    Model,
    Reference,
)
from azext_ml_endpoint.errors import ConflictError, NotFoundError
from azext_ml_endpoint.plan import (
    changes,
    effective,
    fit,
    history,
    planner,
    render,
    under_way,
)
from azext_ml_endpoint.plan.aspects import aspects
from azext_ml_endpoint.plan.changes import Change
from azext_ml_endpoint.plan.effective import Effective
from azext_ml_endpoint.plan.fit import Intent
from azext_ml_endpoint.plan.ground import Ground, Sight
from azext_ml_endpoint.plan.observed import ObservedDeployment, ObservedEndpoint, present
from azext_ml_endpoint.plan.obstacles import Obstacle
from azext_ml_endpoint.plan.steps import (
    Content,
    DeleteDeployment,
    DeleteEndpoint,
    Plan,
    registration_key,
)


@dataclass(frozen=True, kw_only=True)
class Planned:
    """``asked`` is the file's, ``wanted`` the same with the names and tags that it has there.

    changes: by the keys of steps; by the names of deployments, what would have to change and
        cannot. reused: the names of assets that need no registration.
    uploads: bytes, by the keys of the steps that may have to send them.
    seen: what the driver saw: see :class:`.ground.Sight`.
    effective: by the names of deployments that a deployment template completes.
    """

    asked: Endpoint
    wanted: Endpoint
    there: ObservedEndpoint | None
    intent: Intent
    plan: Plan
    obstacles: tuple[Obstacle, ...] = ()
    changes: Mapping[str, tuple[Change, ...]] = field(default_factory=dict)
    reused: tuple[str, ...] = ()
    uploads: Mapping[str, int] = field(default_factory=dict)
    effective: Mapping[str, tuple[Effective, ...]] = field(default_factory=dict)
    seen: Any = field(default=None, repr=False, compare=False)

    @property
    def name(self) -> str:
        return self.wanted.name

    @property
    def changes_anything(self) -> bool:
        return bool(self.plan or self.obstacles)

    @property
    def deleted(self) -> list[str]:
        """The deployments that would go, without those that twins take the places of."""
        swaps = fit.swaps(self.asked, self.wanted, self.there, self.intent)
        asked_for = {each.old for each in swaps}
        gone = [step.deployment_name for step in self.plan if isinstance(step, DeleteDeployment)]
        return [name for name in gone if name not in asked_for]

    @property
    def question(self) -> str | None:
        """What somebody has to agree to, where no option has asked for it."""
        if any(isinstance(step, DeleteEndpoint) for step in self.plan):
            return f"Delete endpoint {self.name}, whose creation failed, and make it anew?"
        return f"Delete {', '.join(self.deleted)} of {self.name}?" if self.deleted else None

    def require_possible(self) -> None:
        """Raises ConflictError for what no step can bring about, and while a rollout goes on."""
        if self.there and self.changes_anything:
            under_way.require_none(self.there.kept, self.name, self.intent.rollout)
        for each in self.obstacles:
            raise ConflictError(each.what, each.way)


def draw_up(sight: Sight, intent: Intent) -> Planned:
    """Raises ConflictError where ``create`` would have to change what is there, NotFoundError for
    traffic that nobody can take."""
    asked, wanted, there, ground = sight.asked, sight.wanted, sight.there, sight.ground
    _require_known(wanted, there)
    plan, obstacles = _plan(wanted, there, ground, fit.aimed(intent, asked, wanted, there))
    plan = history.record(plan, there, intent.provenance)
    plan = fit.remember(plan, asked, wanted, there, intent)
    keys = {step.key for step in plan}
    return Planned(
        asked=asked,
        wanted=wanted,
        there=there,
        intent=intent,
        plan=plan,
        obstacles=tuple(obstacles),
        changes=_changes(plan, wanted, there, ground),
        reused=tuple(_reused(wanted, keys, intent, ground.kinds)),
        uploads={key: size for key, size in ground.uploads.items() if key in keys and size},
        effective=_effective(wanted, there, ground),
        seen=sight.seen,
    )


def _require_known(wanted: Endpoint, there: ObservedEndpoint | None) -> None:
    """Files of an endpoint alone may send traffic to deployments that are nowhere."""
    before = [each.name for each in there.deployments] if there else []
    known = sorted({*before, *(each.name for each in wanted.deployments)})
    for name in wanted.traffic or ():
        if name not in known:
            raise NotFoundError(
                f"traffic names {name}, and endpoint {wanted.name} has no such deployment.",
                f"It has {', '.join(known) or 'none'}. Give the file of {name} too: -f {name}.yml.",
            )


def require_no_more(told: Planned, now: Planned) -> None:
    """Raises ConflictError where ``now`` deletes what nobody was told of."""
    more = [name for name in now.deleted if name not in told.deleted]
    if more:
        raise ConflictError(
            f"Endpoint {now.name} has changed meanwhile: {' and '.join(more)} would go too.",
            "Nothing was changed. Run the command again to see what it would do now.",
        )


def _plan(
    wanted: Endpoint, there: ObservedEndpoint | None, ground: Ground, intent: Intent
) -> tuple[Plan, list[Obstacle]]:
    if intent.create:
        return planner.plan_create(wanted, there, ground, intent.only), []
    return planner.plan_around(wanted, there, ground, intent.only)


def _changes(
    plan: Plan, wanted: Endpoint, there: ObservedEndpoint | None, ground: Ground
) -> dict[str, tuple[Change, ...]]:
    """By the keys of steps, and by the names of deployments for what cannot be changed."""
    by_step = {step.key: changes.of(step, there, ground.honours) for step in plan}
    stuck = {
        each.name: changes.of_deployment(each, there, ground.fixed) for each in wanted.deployments
    }
    return {**stuck, **by_step}


def _effective(
    wanted: Endpoint, there: ObservedEndpoint | None, ground: Ground
) -> dict[str, tuple[Effective, ...]]:
    known = present(there)
    return {
        each.name: _in_effect(each, known.get(each.name), ground.templates[each.name])
        for each in wanted.deployments
        if each.name in ground.templates
    }


def _in_effect(
    wanted: Deployment, there: ObservedDeployment | None, template: Mapping[str, Any]
) -> tuple[Effective, ...]:
    """Variables are the file's alone: of what is there only others' keys stay."""
    found = {**there.aspects, "environment_variables": {}} if there else {}
    return effective.values(
        aspects(wanted), found, template, dropped=wanted.dropped, secrets=wanted.secrets
    )


def _reused(wanted: Endpoint, steps: set[str], intent: Intent, kinds: Iterable[str]) -> list[str]:
    """Each once, in the order of the document."""
    found: dict[str, None] = {}
    for each in wanted.deployments:
        if intent.only is not None and each.name not in intent.only:
            continue
        for kind in kinds:
            asset = getattr(each, kind)
            if asset is not None and _key(asset) not in steps:
                found[f"{kind} {_label(asset)}"] = None
    return list(found)


def _label(asset: Content | Reference) -> str:
    match asset:
        case Model():
            return f"{asset.name}:{asset.version}"
        case Code():
            return asset.path.name
        case Environment():
            return render.label(asset)
    return str(changes.described(asset.text))


def _key(asset: Content | Reference) -> str:
    return "" if isinstance(asset, Reference) else registration_key(asset)
