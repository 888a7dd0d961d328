"""A place for rollouts, in memory, in which time passes only by pauses.

It admits no state in which requests would be lost, and can be cut off at any of its calls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from azext_ml_endpoint.document.model import Deployment, Endpoint
from azext_ml_endpoint.errors import ScoringError
from azext_ml_endpoint.plan import own_tags, planner
from azext_ml_endpoint.plan.fit import Intent
from azext_ml_endpoint.plan.ground import Ground
from azext_ml_endpoint.plan.observed import ObservedEndpoint
from azext_ml_endpoint.plan.planned import Planned
from azext_ml_endpoint.plan.steps import CreateDeployment, Keep, SetTraffic, UpdateDeployment
from azext_ml_endpoint.rollout.guards import Figures
from azext_ml_endpoint.scoring import Answer, Ask, Request
from tests.fakes.builders import EVERY_ASPECT, deployment, observed, observed_deployment

Respond = Callable[[str], Answer]


class Killed(BaseException):
    """kill -9: no code of the command's own runs after it."""


def well(_: str) -> Answer:
    return Answer(status=200, body=b"[1]")


@dataclass
class MemoryPlace:
    """respond: what a deployment, by its name, answers; ``troubles`` of those that do not run.

    measured: what the place says of its own accord, or raises.
    at_call: called before every call with its number, from 1; may change things, or kill.
    """

    traffic: dict[str, int] = field(default_factory=lambda: {"blue": 100})
    kept: dict[str, str] = field(default_factory=dict)
    deployments: dict[str, Deployment] = field(default_factory=dict)
    troubles: dict[str, str] = field(default_factory=dict)
    respond: Respond = well
    measured: Callable[[], Figures | None] = lambda: None
    at_call: Callable[[int], object] = lambda _: None
    now: float = 1_700_000_000.0
    splits: list[dict[str, int]] = field(default_factory=list)
    notes: list[Mapping[str, str | None]] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    calls: int = 0
    answers: int = 0
    openings: int = 0

    def __post_init__(self) -> None:
        for name in self.traffic or {"blue": 0}:
            self.deployments.setdefault(name, deployment(name))

    def clock(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self._call()
        self.pauses.append(seconds)
        self.now += seconds

    def observe(self, name: str) -> ObservedEndpoint:
        self._call()
        return observed(
            *(
                observed_deployment(each, self.troubles.get(each.name))
                for each in self.deployments.values()
            ),
            name=name,
            traffic=dict(self.traffic),
            kept=dict(self.kept),
        )

    def plan(self, endpoint: Endpoint, intent: Intent) -> Planned:
        there = self.observe(endpoint.name)
        registered = frozenset(each.digest for each in planner.assets(endpoint))
        ground = Ground(registered=registered, honours=EVERY_ASPECT)
        plan = planner.plan_update(endpoint, there, ground, intent.only)
        return Planned(asked=endpoint, wanted=endpoint, there=there, intent=intent, plan=plan)

    def apply(self, plan: Planned) -> dict[str, Any]:
        plan.require_possible()
        for step in plan.plan:
            self._call()
            assert isinstance(step, (CreateDeployment, UpdateDeployment)), step
            assert not self.traffic.get(step.deployment.name), "changed while it serves"
            self.deployments[step.deployment.name] = step.deployment
        return {}

    def take(self, step: SetTraffic | Keep, there: ObservedEndpoint | None = None) -> None:
        """What is asserted is what could be known when the step was decided."""
        if isinstance(step, SetTraffic):
            assert sum(step.traffic.values()) in (0, 100), step.traffic
            for name in step.traffic:
                assert name in self.deployments, f"traffic to {name}, which is not there"
                assert name not in self.troubles, f"traffic to {name}, which does not run"
        self._call()
        own_tags.require(self.kept, step.holds, step.endpoint_name)
        if isinstance(step, SetTraffic):
            self.traffic = dict(step.traffic)
            self.splits.append(dict(step.traffic))
        self.notes.append(step.kept)
        self.kept = own_tags.merged(self.kept, step.kept)
        assert all(len(value) <= 256 for value in self.kept.values()), self.kept

    def opened(self, name: str, timeout: float) -> Ask:
        self.openings += 1
        return self._ask

    def settle(self) -> None:
        pass

    def figures(self, name: str, deployment: str, since: float, until: float) -> Figures | None:
        self._call()
        return self.measured()

    def _ask(self, to: str | None, request: Request) -> Answer:
        """By the traffic: each in its turn."""
        self._call()
        serving = sorted(self.traffic)
        name = to or serving[self.answers % len(serving)]
        self.answers += 1
        if name in self.troubles:
            raise ScoringError(f"{name} does not run.")
        answer = self.respond(name)
        return Answer(
            status=answer.status,
            body=answer.body,
            headers={**answer.headers, "azureml-model-deployment": name},
        )

    def _call(self) -> None:
        self.calls += 1
        self.at_call(self.calls)
