"""Runs a plan in two parts: what makes deployments, and what follows once they are proven."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from azext_ml_endpoint.errors import GuardError
from azext_ml_endpoint.plan.driver import Executes
from azext_ml_endpoint.plan.executor import execute
from azext_ml_endpoint.plan.steps import (
    DeleteDeployment,
    DeleteEndpoint,
    Keep,
    Plan,
    SetTraffic,
)

Gate: TypeAlias = Callable[[str], str | None]
"""Tests a deployment, by its name: what it fails in, or None."""


def execute_proven(
    plan: Plan, driver: Executes, deployed: Iterable[str], gate: Gate | None
) -> None:
    """As :func:`execute`; traffic moves and deployments go only once the new ones are proven.

    deployed: the deployments to be proven. gate: what a deployment fails in, or None.
    Raises GuardError where one fails.
    """
    if gate is None:
        execute(plan, driver)
        return
    first, then = _proof_and_switch(plan)
    execute(first, driver)
    for name in deployed:
        if trouble := gate(name):
            raise GuardError(
                f"Deployment {name} does not pass its tests: {trouble}",
                "No traffic was moved and nothing was deleted. Correct it, and run this again.",
            )
    execute(then, driver)


def _proof_and_switch(plan: Plan) -> tuple[Plan, Plan]:
    """What may be done before the deployments are proven, and what only then."""
    later = (SetTraffic, Keep, DeleteDeployment, DeleteEndpoint)
    first = tuple(step for step in plan if not isinstance(step, later))
    return Plan(first), Plan(tuple(step for step in plan if isinstance(step, later)))
