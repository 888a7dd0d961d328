"""What every place does alike: from a document to a plan, and from a plan to what is there.

A place is a driver, and what it can do besides: :class:`.cloud.service.CloudService` and
:class:`.local.service.LocalService`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Generic, TypeVar

from azext_ml_endpoint import content
from azext_ml_endpoint.document.model import Endpoint
from azext_ml_endpoint.errors import UsageError
from azext_ml_endpoint.plan.driver import Driver
from azext_ml_endpoint.plan.executor import announce, execute
from azext_ml_endpoint.plan.fit import EITHER, Intent
from azext_ml_endpoint.plan.history import Provenance
from azext_ml_endpoint.plan.observed import ObservedEndpoint
from azext_ml_endpoint.plan.planned import Planned, draw_up, require_no_more
from azext_ml_endpoint.plan.proof import Gate, execute_proven
from azext_ml_endpoint.plan.steps import Keep, Plan, SetTraffic
from azext_ml_endpoint.report import Report

Agree = Callable[[str], None]
"""Asks whoever can be asked, and raises where it is not agreed to."""


def disagree(question: str) -> None:
    raise UsageError(f"{question} Nobody was asked, and nothing was changed.", "Give --yes.")


D = TypeVar("D", bound=Driver)


class Service(Generic[D]):
    """Every method raises EndpointError and its kin only. What is answered is plain data.

    open_driver: is called once, and as late as can be: what it stands on may be slow to load.
    """

    def __init__(
        self, open_driver: Callable[[], D], report: Report, agree: Agree = disagree
    ) -> None:
        self._open_driver = open_driver
        self._report = report
        self._agree = agree

    @functools.cached_property
    def _driver(self) -> D:
        return self._open_driver()

    def create(self, endpoint: Endpoint, intent: Intent = EITHER) -> dict[str, Any]:
        """Raises ConflictError where it is there and differs."""
        return self._make(self._identified(endpoint), replace(intent, create=True))

    def update(self, endpoint: Endpoint, intent: Intent = EITHER) -> dict[str, Any]:
        """Raises NotFoundError where there is no such endpoint."""
        return self._make(self._identified(endpoint), replace(intent, create=False))

    def change(
        self, endpoint: Endpoint, only: frozenset[str], provenance: Provenance | None = None
    ) -> dict[str, Any]:
        """Makes only these deployments what is wanted, and what is said of the endpoint itself.

        Raises NotFoundError where there is no such endpoint.
        """
        return self._change(content.identify(endpoint), only, provenance)

    def _change(
        self, asked: Endpoint, only: frozenset[str], provenance: Provenance | None
    ) -> dict[str, Any]:
        return self._make(asked, Intent(create=False, only=only, live=True, provenance=provenance))

    def plan(self, endpoint: Endpoint, intent: Intent = EITHER) -> Planned:
        """Writes nothing, and needs to read only.

        Raises NotFoundError where there is no endpoint and ``intent`` wants one, ConflictError
        where it is to be created and differs.
        """
        return self._drawn_up(self._identified(endpoint), intent)

    def apply(self, plan: Planned, gate: Gate | None = None) -> dict[str, Any]:
        """Carries the plan out, or what it has become while this command waited its turn.

        gate: proves deployments before traffic moves and anything is deleted.
        Raises ConflictError where it cannot be carried out, or would delete more than it says.
        """
        plan.require_possible()
        with self._driver.changing(plan.name):
            return self._carry_out(self._now(plan), gate)

    def require_agreed(self, plan: Planned) -> None:
        """Asks where an endpoint that was never made is made anew; raises as :data:`Agree`."""
        if plan.question and plan.there and plan.there.stillborn:
            self._agree(plan.question)

    def take(self, step: SetTraffic | Keep, there: ObservedEndpoint | None = None) -> None:
        """Makes one step true.

        there: what the step was decided on, just now; None is for the endpoint as it is.
        Raises NotFoundError, Overtaken.
        """
        with self._driver.changing(step.endpoint_name):
            there = there or self._driver.see(step.endpoint_name)
            execute(Plan((step,)), self._driver.begin(there.seen))

    def observe(self, name: str) -> ObservedEndpoint:
        """Raises NotFoundError."""
        return self._driver.see(name)

    def _make(self, asked: Endpoint, intent: Intent) -> dict[str, Any]:
        with self._driver.changing(asked.name):
            plan = self._drawn_up(asked, intent)
            plan.require_possible()
            self.require_agreed(plan)
            announce(plan.plan, plan.name, self._report.step)
            return self._carry_out(plan, None)

    def _identified(self, endpoint: Endpoint) -> Endpoint:
        """What the place cannot make is refused here, before anybody is waited for."""
        return content.identify(endpoint)

    def _drawn_up(self, asked: Endpoint, intent: Intent) -> Planned:
        return draw_up(self._driver.look(asked, intent), intent)

    def _now(self, plan: Planned) -> Planned:
        """What it is where nobody else can change anything; elsewhere that is never sure."""
        if not self._driver.keeps_others_out:
            return plan
        now = self._drawn_up(plan.asked, plan.intent)
        require_no_more(plan, now)
        now.require_possible()
        if now.plan != plan.plan:
            announce(now.plan, now.name, self._report.step)
        return now

    def _carry_out(self, plan: Planned, gate: Gate | None) -> dict[str, Any]:
        run = self._driver.begin(plan.seen)
        execute_proven(plan.plan, run, plan.there, gate)
        return run.show(plan.name)
