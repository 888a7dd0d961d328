"""Runs a plan in two parts: what makes deployments, and what follows once they are proven."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from azext_ml_endpoint.errors import GuardError
from azext_ml_endpoint.plan.driver import Executes
from azext_ml_endpoint.plan.executor import execute
from azext_ml_endpoint.plan.observed import ObservedEndpoint
from azext_ml_endpoint.plan.steps import (
    CreateDeployment,
    Plan,
    SetTraffic,
    UpdateDeployment,
)

Gate: TypeAlias = Callable[[str], str | None]
"""Tests a deployment, by its name: what it fails in, or None."""


def execute_proven(
    plan: Plan, driver: Executes, there: ObservedEndpoint | None, gate: Gate | None
) -> None:
    """As :func:`execute`; traffic moves and deployments go only once the new ones are proven.

    there: before the plan. gate: what a deployment fails in, or None.
    Raises GuardError where one fails.
    """
    if gate is None:
        execute(plan, driver)
        return
    first, then = _proof_and_switch(plan)
    execute(first, driver)
    for name in unproven(plan, there):
        if trouble := gate(name):
            raise GuardError(
                f"Deployment {name} does not pass its tests: {trouble}", _advice(name, there)
            )
    execute(then, driver)


def _advice(name: str, there: ObservedEndpoint | None) -> str:
    share = there.traffic.get(name, 0) if there else 0
    keeps = f" {name} has been changed, and keeps its {share} % of the traffic." if share else ""
    return f"No traffic was moved and nothing was deleted.{keeps} Correct it, and run this again."


def unproven(plan: Plan, there: ObservedEndpoint | None) -> list[str]:
    """Deployments that are made or changed, and those that get their first traffic.

    The latter are there already: an earlier plan has made them, and they may have failed then.
    """
    before = there.traffic if there else {}
    found: dict[str, None] = {}
    for step in plan:
        if isinstance(step, CreateDeployment | UpdateDeployment):
            found[step.deployment.name] = None
        elif isinstance(step, SetTraffic):
            new = [name for name, share in step.traffic.items() if share and not before.get(name)]
            found |= dict.fromkeys(new)
    return list(found)


def _proof_and_switch(plan: Plan) -> tuple[Plan, Plan]:
    """What may be done before the deployments are proven, and what only then."""
    first = tuple(step for step in plan if not step.waits_for_proof)
    return Plan(first), Plan(tuple(step for step in plan if step.waits_for_proof))
