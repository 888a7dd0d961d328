"""For tests of the planner: what an endpoint has, and plans that update it."""

from __future__ import annotations

from azext_ml_endpoint.document.model import Endpoint
from azext_ml_endpoint.plan import planner
from azext_ml_endpoint.plan.ground import Ground
from azext_ml_endpoint.plan.observed import ObservedEndpoint
from azext_ml_endpoint.plan.steps import Plan
from tests.fakes.builders import EVERY_ASPECT, deployment, observed, observed_deployment

REGISTERED = frozenset({"model-1", "code-1", "environment-1"})
BLUE, GREEN = deployment("blue"), deployment("green")
SERVING_BLUE = observed(observed_deployment(BLUE), traffic={"blue": 100})


def update(
    wanted: Endpoint, there: ObservedEndpoint | None, registered: frozenset[str] = REGISTERED
) -> Plan:
    return planner.plan_update(wanted, there, Ground(registered=registered, honours=EVERY_ASPECT))


def spelled(plan: Plan) -> list[str]:
    return [f"{step.key}: {step.reason}" for step in plan]
