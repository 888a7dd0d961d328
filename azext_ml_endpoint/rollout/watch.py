"""Looks at a deployment for a while, and says what is wrong with it as soon as something is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from azext_ml_endpoint.document.model import Check
from azext_ml_endpoint.errors import ScoringError, ServiceError
from azext_ml_endpoint.plan.observed import ObservedDeployment, ObservedEndpoint
from azext_ml_endpoint.report import Report
from azext_ml_endpoint.rollout import guards
from azext_ml_endpoint.rollout.guards import Figures, Sample
from azext_ml_endpoint.rollout.service import Service
from azext_ml_endpoint.rollout.wish import Wish
from azext_ml_endpoint.scoring import Ask, Request
from azext_ml_endpoint.testing import comparing

PROBE_SECONDS = 5.0
"""Between two probes."""
LOOK_SECONDS = 30.0
"""Between two looks at the endpoint and its metrics, which are a minute old at best."""
PROOFS = 3
"""How often the probe must succeed before the deployment gets any traffic."""


@dataclass
class _Bake:
    """One step's watch. look_at: when to look at the endpoint again. measured: by the place."""

    began: float
    ask: Ask
    look_at: float
    samples: list[Sample] = field(default_factory=list)
    measured: list[Figures] = field(default_factory=list)

    @property
    def figures(self) -> list[Figures]:
        return [guards.measured(self.samples), *self.measured]


@dataclass
class Watch:
    """clock: seconds since 1970. pause: waits so many seconds.

    look: what there is; raises where the rollout is no longer this command's.
    """

    service: Service
    wish: Wish
    report: Report
    look: Callable[[], ObservedEndpoint]
    clock: Callable[[], float] = time.time
    pause: Callable[[float], object] = time.sleep
    _metrics_are_read: bool = field(default=True, init=False)

    def prove(self) -> str | None:
        """The file's tests, then the probe, which must be right every time.

        The very first answer may be slow.
        """
        failed = not_serving(self.look(), self.wish.to) or (
            self.wish.gate and self.wish.gate(self.wish.to)
        )
        if failed or self.wish.probe is None:
            return failed or None
        ask, probe = self._opened(), self.wish.probe
        samples = [self._sample(ask, probe, self.wish.to)[0] for _ in range(PROOFS)]
        proven = guards.measured(samples)
        if proven.errors:
            return f"probe: {proven}: {proven.fault}"
        return guards.broken(self.wish.limits, [guards.measured(samples[1:])])

    def bake(self, share: int) -> str | None:
        """share: percent of the traffic, for those who wait. Watches at least once."""
        key, began = f"{self.wish.to} at {share} %", self.clock()
        bake = _Bake(began, self._opened(), began + LOOK_SECONDS)
        while True:
            left = began + self.wish.bake - self.clock()
            broken = self._round(bake, is_last=left <= 0)
            if broken or left <= 0:
                break
            self.report.status(key, f"{left:.0f} s to go, {bake.figures[0]}")
            self.pause(min(PROBE_SECONDS, left))
        self.report.status(key, None)
        if not broken:
            told = "; ".join(str(each) for each in bake.figures if self._is_told(each))
            self.report.step(f"{key}: {told or 'it runs'}")
        return broken

    def _round(self, bake: _Bake, *, is_last: bool) -> str | None:
        if is_last or self.clock() >= bake.look_at:
            if failed := not_serving(self.look(), self.wish.to):
                return failed
            bake.look_at = self.clock() + LOOK_SECONDS
            bake.ask = self._opened()  # keys may be others, and tokens expire
            bake.measured = self._measured(bake.began)
        self._probe(bake.ask, bake.samples)
        return guards.broken(self.wish.limits, bake.figures)

    def _is_told(self, figures: Figures) -> bool:
        return bool(figures.requests) or figures.source != guards.PROBE

    def _opened(self) -> Ask:
        return self.service.opened(self.wish.endpoint.name, self.wish.answer_timeout)

    def _probe(self, ask: Ask, samples: list[Sample]) -> None:
        """Once to the deployment, once to whichever the traffic leads to: others are not judged."""
        if self.wish.probe is None:
            return
        for asked in (self.wish.to, None):
            sample, by = self._sample(ask, self.wish.probe, asked)
            if by in (self.wish.to, None):
                samples.append(sample)

    def _sample(self, ask: Ask, probe: Check, to: str | None) -> tuple[Sample, str | None]:
        """One request, and who answered it, as far as that is known."""
        began = self.clock()
        try:
            answer = ask(to, Request(body=probe.body, content_type=probe.content_type))
        except ScoringError as error:
            return Sample(seconds=self.clock() - began, fault=error.message), to
        taken = self.clock() - began
        fault = next(iter(comparing.faults(probe, answer, taken)), None)
        return Sample(seconds=taken, fault=fault), answer.deployment or to

    def _measured(self, since: float) -> list[Figures]:
        """What the place has measured, as long as it tells."""
        if not self._metrics_are_read:
            return []
        name, to = self.wish.endpoint.name, self.wish.to
        try:
            # pylint: disable-next=assignment-from-no-return
            found = self.service.figures(name, to, since, self.clock())
        except ServiceError as error:
            self._metrics_are_read = False
            self.report.warning(f"The metrics are left out of account: {error.message}")
            return []
        return [found] if found else []


def not_serving(there: ObservedEndpoint, name: str) -> str | None:
    """Why a deployment gets no traffic, or no more of it; None while it runs."""
    for each in there.deployments:
        if each.name == name:
            return None if is_ready(each) else f"it does not serve: {trouble(each)}"
    return "it is gone"


def is_ready(deployment: ObservedDeployment) -> bool:
    return deployment.provisioning_state == "Succeeded" and deployment.trouble is None


def trouble(deployment: ObservedDeployment) -> str:
    return deployment.trouble or f"it is {deployment.provisioning_state}"
