"""From what is wanted and what is there to the steps between them. Pure: no I/O, no clock.

The order is the safe one: assets, endpoint, deployments side by side, traffic, deletions.
Traffic moves only when every deployment of the plan is ready, and a deployment that still
receives traffic is never deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from azext_ml_endpoint.document.model import (
    Code,
    Deployment,
    Endpoint,
    Environment,
    Model,
)
from azext_ml_endpoint.errors import ConflictError
from azext_ml_endpoint.plan import render
from azext_ml_endpoint.plan.aspects import aspects, differences
from azext_ml_endpoint.plan.observed import ObservedDeployment, ObservedEndpoint
from azext_ml_endpoint.plan.steps import (
    Asset,
    CreateDeployment,
    CreateEndpoint,
    DeleteDeployment,
    DeleteEndpoint,
    Plan,
    RegisterCode,
    RegisterEnvironment,
    RegisterModel,
    SetTraffic,
    Step,
    UpdateDeployment,
    UpdateEndpoint,
    registration_key,
)


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
    *,
    registered: frozenset[str],
    honours: frozenset[str],
) -> Plan:
    """Steps that make the endpoint what the document says, deletions included.

    registered: digests of assets that need no registration.
    honours: aspects of deployments that count.
    Raises ConflictError where a deployment that the document leaves out still has traffic.
    """
    changes = _deployment_steps(wanted, there, registered, honours)
    registrations = _registrations(changes, registered)
    endpoint = _endpoint_step(wanted, there)
    settled = tuple(step.key for step in (*endpoint, *changes))
    traffic = _traffic_step(wanted, there, after=settled)
    deletions = _deletions(wanted, there, after=(*settled, *(step.key for step in traffic)))
    return Plan((*registrations, *endpoint, *changes, *traffic, *deletions))


def plan_create(
    wanted: Endpoint,
    there: ObservedEndpoint | None,
    *,
    registered: frozenset[str],
    honours: frozenset[str],
) -> Plan:
    """Steps that make what is missing.

    A deployment that is there but does not serve counts as missing. Raises ConflictError where
    anything that exists differs from the document.
    """
    plan = plan_update(wanted, there, registered=registered, honours=honours)
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


def _deployment_steps(
    wanted: Endpoint,
    there: ObservedEndpoint | None,
    registered: frozenset[str],
    honours: frozenset[str],
) -> list[Step]:
    present = {each.name: each for each in there.deployments} if there else {}
    steps = []
    for deployment in wanted.deployments:
        after = (*_needs(deployment, registered), *(() if there else ("endpoint",)))
        steps += _deployment_step(
            wanted.name, deployment, present.get(deployment.name), honours, after
        )
    return steps


def _deployment_step(
    endpoint_name: str,
    wanted: Deployment,
    there: ObservedDeployment | None,
    honours: frozenset[str],
    after: tuple[str, ...],
) -> list[Step]:
    if there is None:
        reason = "it does not exist"
        return [
            CreateDeployment(
                reason=reason,
                after=after,
                endpoint_name=endpoint_name,
                deployment=wanted,
            )
        ]
    changed = differences(aspects(wanted), there.aspects, honours)
    reason = there.trouble or (f"{', '.join(changed)} changed" if changed else "")
    if not reason:
        return []
    return [
        UpdateDeployment(reason=reason, after=after, endpoint_name=endpoint_name, deployment=wanted)
    ]


def _own_assets(deployment: Deployment) -> list[Asset]:
    """Those that the document describes; what is registered already has no content here."""
    named = (deployment.model, deployment.code, deployment.environment)
    return [asset for asset in named if isinstance(asset, (Model, Code, Environment))]


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
        if isinstance(change, (CreateDeployment, UpdateDeployment)):
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
    return RegisterEnvironment(reason=reason, environment=asset)


def _endpoint_step(wanted: Endpoint, there: ObservedEndpoint | None) -> list[Step]:
    if there is None:
        return [CreateEndpoint(reason="it does not exist", endpoint=wanted)]
    names = ("auth_mode", "description", "tags", "properties")
    changed = [name for name in names if getattr(wanted, name) != getattr(there, name)]
    if not changed:
        return []
    return [UpdateEndpoint(reason=f"{', '.join(changed)} changed", endpoint=wanted)]


def _traffic_step(
    wanted: Endpoint, there: ObservedEndpoint | None, after: tuple[str, ...]
) -> list[Step]:
    current = there.traffic if there else {}
    if wanted.traffic is None or _shares(wanted.traffic) == _shares(current):
        return []
    reason = f"it is {render.shares(current)}" if current else "it is not set"
    return [
        SetTraffic(
            reason=reason,
            after=after,
            endpoint_name=wanted.name,
            traffic=dict(wanted.traffic),
        )
    ]


def _deletions(
    wanted: Endpoint, there: ObservedEndpoint | None, after: tuple[str, ...]
) -> list[Step]:
    if there is None:
        return []
    kept = {each.name for each in wanted.deployments}
    traffic = there.traffic if wanted.traffic is None else wanted.traffic
    steps: list[Step] = []
    for name in (each.name for each in there.deployments if each.name not in kept):
        if traffic.get(name):
            raise ConflictError(
                f"Deployment {name} of {there.name} is not in the file, "
                f"but receives {traffic[name]} % of the traffic.",
                "Say under traffic: in the file which deployments receive it instead.",
            )
        steps.append(
            DeleteDeployment(
                reason="the file does not have it",
                after=after,
                endpoint_name=there.name,
                deployment_name=name,
            )
        )
    return steps


def _refusal(step: Step, there: ObservedEndpoint | None) -> str | None:
    """Why `create` must not take a step, or None where it may."""
    if isinstance(step, UpdateEndpoint):
        return step.reason
    if isinstance(step, SetTraffic) and there and _shares(there.traffic):
        return f"traffic is {render.shares(there.traffic)}"
    if isinstance(step, DeleteDeployment):
        return f"it has a deployment {step.deployment_name}"
    if isinstance(step, UpdateDeployment) and there:
        present = {each.name: each for each in there.deployments}
        name = step.deployment.name
        return None if present[name].trouble else f"{step.reason} in deployment {name}"
    return None


def _shares(traffic: Mapping[str, int]) -> dict[str, int]:
    return {name: share for name, share in traffic.items() if share}
