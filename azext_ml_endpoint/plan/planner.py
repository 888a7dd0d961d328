"""From what is wanted and what is there to the steps between them. Pure: no I/O, no clock.

The order is the safe one: assets, endpoint, deployments side by side, traffic, deletions.
Traffic moves only when every deployment of the plan is ready, and a deployment that still
receives traffic is never deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from azext_ml_endpoint.document.model import (
    Code,
    Data,
    Deployment,
    Endpoint,
    Environment,
    Model,
)
from azext_ml_endpoint.errors import ConflictError
from azext_ml_endpoint.plan import memory, obstacles, render
from azext_ml_endpoint.plan.aspects import differences, endpoint_differences
from azext_ml_endpoint.plan.ground import Ground
from azext_ml_endpoint.plan.observed import ObservedDeployment, ObservedEndpoint, present
from azext_ml_endpoint.plan.obstacles import Obstacle
from azext_ml_endpoint.plan.steps import (
    Asset,
    CreateDeployment,
    CreateEndpoint,
    DeleteDeployment,
    DeleteEndpoint,
    Keep,
    Plan,
    RegisterCode,
    RegisterData,
    RegisterEnvironment,
    RegisterModel,
    ScaleDeployment,
    SetTraffic,
    Step,
    UpdateDeployment,
    UpdateEndpoint,
    never,
    registration_key,
)
from azext_ml_endpoint.plan.traffic import nonzero

_Change: TypeAlias = CreateDeployment | UpdateDeployment | ScaleDeployment


def assets(endpoint: Endpoint) -> list[Asset]:
    """The assets with content of their own, each once."""
    found: dict[str, Asset] = {}
    for deployment in endpoint.deployments:
        for asset in _own_assets(deployment):
            found.setdefault(registration_key(asset), asset)
    return list(found.values())


def plan_update(
    wanted: Endpoint,
    there: ObservedEndpoint | None,
    ground: Ground,
    only: frozenset[str] | None = None,
) -> Plan:
    """Steps that make the endpoint what the document says, deletions included.

    only: names of the deployments to compare; all others stay as they are, whether the document
        has them or not. None is for all of them.
    Raises ConflictError where a deployment that the document leaves out still has traffic, and
    where something differs that cannot be changed in place.
    """
    plan, in_the_way = plan_around(wanted, there, ground, only)
    for each in in_the_way:
        raise ConflictError(each.what, each.way)
    return plan


def plan_around(
    wanted: Endpoint,
    there: ObservedEndpoint | None,
    ground: Ground,
    only: frozenset[str] | None = None,
) -> tuple[Plan, list[Obstacle]]:
    """As :func:`plan_update`, but what cannot be done is left out of the plan and told of."""
    if there and there.stillborn:
        return _anew(wanted, there, ground, only)
    chosen = [each for each in wanted.deployments if only is None or each.name in only]
    stuck = obstacles.stuck(wanted.name, chosen, there, ground.honours & ground.fixed)
    serving = obstacles.serving(wanted, there, only)
    compared = [each for each in chosen if each.name not in {one.deployment for one in stuck}]
    down = obstacles.down(wanted, there, {each.name for each in compared})
    in_the_way = [*obstacles.settled(wanted, there), *stuck, *serving, *down]
    endpoint = _endpoint_step(wanted, there)
    comparison = _Comparison(wanted.name, there, ground, endpoint)
    changes = [step for each in compared for step in comparison.steps(each)]
    registrations = _registrations(changes, ground.registered)
    settled = tuple(step.key for step in (*endpoint, *changes))
    traffic = _traffic_step(wanted, there, only, after=settled)
    last = (*settled, *(step.key for step in traffic))
    deletions = _deletions(wanted, there, only, after=last)
    return Plan((*registrations, *endpoint, *changes, *traffic, *deletions)), in_the_way


def _anew(
    wanted: Endpoint,
    there: ObservedEndpoint,
    ground: Ground,
    only: frozenset[str] | None,
) -> tuple[Plan, list[Obstacle]]:
    """In the place of an endpoint that was never made, as long as nothing is lost with it."""
    if there.deployments or only is not None:
        return Plan(), [obstacles.stillborn(there)]
    gone = DeleteEndpoint(reason="its creation failed", endpoint_name=there.name)
    plan, in_the_way = plan_around(wanted, None, ground)
    made = (
        replace(step, reason="it is made anew", after=(gone.key,))
        if isinstance(step, CreateEndpoint)
        else step
        for step in plan
    )
    return Plan((gone, *made)), in_the_way


def plan_create(
    wanted: Endpoint,
    there: ObservedEndpoint | None,
    ground: Ground,
    only: frozenset[str] | None = None,
) -> Plan:
    """Steps that make what is missing.

    A deployment that is there but does not serve counts as missing. Raises ConflictError where
    anything that exists differs from the document.
    """
    plan = plan_update(wanted, there, ground, only)
    refused = [text for step in plan if (text := _refusal(step, there))]
    if refused:
        raise ConflictError(
            f"Endpoint {wanted.name} exists and differs from the file: {'; '.join(refused)}.",
            "To make it what the file says: az ml endpoint update, with the same options.",
        )
    return plan


def plan_delete(there: ObservedEndpoint, deployment_name: str | None = None) -> Plan:
    """Steps that remove an endpoint, or one of its deployments.

    Raises ConflictError for a deployment that receives traffic while others are there.
    """
    if deployment_name is None:
        return Plan((DeleteEndpoint(reason="asked for", endpoint_name=there.name),))
    share = there.traffic.get(deployment_name, 0)
    if share and len(there.deployments) > 1:
        raise ConflictError(
            f"Deployment {deployment_name} of {there.name} receives {share} % of the traffic.",
            "Give its traffic to another deployment first.",
        )
    return Plan(
        (
            DeleteDeployment(
                reason="asked for",
                endpoint_name=there.name,
                deployment_name=deployment_name,
            ),
        )
    )


@dataclass(frozen=True)
class _Comparison:
    """What is there and how it may be changed, for one deployment after the other."""

    endpoint_name: str
    there: ObservedEndpoint | None
    ground: Ground
    endpoint_step: Sequence[Step]

    def steps(self, wanted: Deployment) -> list[Step]:
        there = present(self.there).get(wanted.name)
        if there is None:
            return [self._step(CreateDeployment, wanted, "it does not exist")]
        changed = differences(wanted, there, self.ground.honours)
        stale = self.ground.stale.get(wanted.name)
        if stale and not there.trouble:
            reason = ", ".join([*(f"{each} changed" for each in changed), stale])
            return [self._step(UpdateDeployment, wanted, reason)]
        if there.trouble or changed:
            kind = ScaleDeployment if _only_scales(wanted, there, changed) else UpdateDeployment
            return [self._step(kind, wanted, there.trouble or f"{', '.join(changed)} changed")]
        return []

    def _step(self, kind: type[_Change], wanted: Deployment, reason: str) -> Step:
        needs = _needs(wanted, self.ground.registered) if kind is not ScaleDeployment else ()
        return kind(
            reason=reason,
            after=(*needs, *(step.key for step in self.endpoint_step)),
            endpoint_name=self.endpoint_name,
            deployment=wanted,
        )


def _only_scales(wanted: Deployment, there: ObservedDeployment, changed: Sequence[str]) -> bool:
    """Whether the number of instances is all that differs, and nobody but us sets it."""
    settings = wanted.scale_settings
    if there.trouble or list(changed) != ["scale_settings"] or settings is None:
        return False
    only_counts = replace(wanted, scale_settings=replace(settings, instance_count=None))
    rest = differences(only_counts, there, frozenset(changed))
    return settings.scale_type == "manual" and settings.instance_count is not None and not rest


def _own_assets(deployment: Deployment) -> list[Asset]:
    """Those that the document describes; what is registered already has no content here."""
    named = (deployment.model, deployment.code, deployment.environment)
    own = [asset for asset in named if isinstance(asset, (Model, Code, Environment))]
    return [*own, *deployment.collected]


def _needs(deployment: Deployment, registered: frozenset[str]) -> tuple[str, ...]:
    return tuple(
        registration_key(asset)
        for asset in _own_assets(deployment)
        if asset.digest not in registered
    )


def _registrations(changes: Iterable[Step], registered: frozenset[str]) -> list[Step]:
    """Registrations for the deployments that change, each asset once."""
    steps: dict[str, Step] = {}
    for change in changes:
        if isinstance(change, CreateDeployment | UpdateDeployment):
            for asset in _own_assets(change.deployment):
                if asset.digest not in registered:
                    steps.setdefault(registration_key(asset), _registration(asset))
    return list(steps.values())


def _registration(asset: Asset) -> Step:
    reason = "its content is new"
    if isinstance(asset, Model):
        return RegisterModel(reason=reason, model=asset)
    if isinstance(asset, Code):
        return RegisterCode(reason=reason, code=asset)
    if isinstance(asset, Data):
        return RegisterData(reason="it does not exist", data=asset)
    return RegisterEnvironment(reason=reason, environment=asset)


def _endpoint_step(wanted: Endpoint, there: ObservedEndpoint | None) -> list[Step]:
    if there is None:
        return [CreateEndpoint(reason="it does not exist", endpoint=wanted)]
    changed = endpoint_differences(wanted, there)
    if changed == ["description"] and memory.is_ignored(wanted, there):
        changed = []
    reason = there.trouble or (f"{', '.join(changed)} changed" if changed else "")
    return [UpdateEndpoint(reason=reason, endpoint=wanted)] if reason else []


def _traffic_step(
    wanted: Endpoint,
    there: ObservedEndpoint | None,
    only: frozenset[str] | None,
    after: tuple[str, ...],
) -> list[Step]:
    """Both splits in one write: what is mirrored and what is served are never of two plans."""
    current = there.traffic if there else {}
    mirror = _mirror(wanted, there, only)
    moves = wanted.traffic is not None and nonzero(wanted.traffic) != nonzero(current)
    if not moves and mirror is None:
        return []
    mirrored = there.mirror_traffic if there and mirror is not None else {}
    return [
        SetTraffic(
            reason=f"it is {render.split(current, mirrored)}" if current else "it is not set",
            after=after,
            endpoint_name=wanted.name,
            traffic=dict(current if wanted.traffic is None else wanted.traffic),
            mirror=mirror,
        )
    ]


def _mirror(
    wanted: Endpoint, there: ObservedEndpoint | None, only: frozenset[str] | None
) -> dict[str, int] | None:
    """None where it stays as it is. A deployment that goes mirrors nothing any more."""
    current = dict(there.mirror_traffic) if there else {}
    gone = obstacles.gone(wanted, there, only)
    left = {name: share for name, share in current.items() if name not in gone}
    asked = left if wanted.mirror_traffic is None else nonzero(wanted.mirror_traffic)
    return None if asked == current else asked


def _deletions(
    wanted: Endpoint,
    there: ObservedEndpoint | None,
    only: frozenset[str] | None,
    after: tuple[str, ...],
) -> list[Step]:
    serving = obstacles.shares_left(wanted, there)
    return [
        DeleteDeployment(
            reason="the file does not have it" if only is None else "asked for",
            after=after,
            endpoint_name=wanted.name,
            deployment_name=name,
        )
        for name in obstacles.gone(wanted, there, only)
        if not serving.get(name)
    ]


def _refusal(step: Step, there: ObservedEndpoint | None) -> str | None:
    """Why `create` must not take a step, or None where it may."""
    match step:
        case UpdateEndpoint():
            return None if there and there.trouble else step.reason
        case SetTraffic():
            taken = there and nonzero(there.traffic)
            return f"traffic is {render.shares(taken)}" if taken else None
        case UpdateDeployment() | ScaleDeployment():
            name = step.deployment.name
            down = present(there)[name].trouble
            return None if down else f"{step.reason} in deployment {name}"
        case DeleteDeployment():
            return f"it has a deployment {step.deployment_name}"
        case RegisterModel() | RegisterCode() | RegisterEnvironment() | RegisterData():
            return None
        case CreateEndpoint() | CreateDeployment() | DeleteEndpoint() | Keep():
            return None
        case _:
            never(step)
