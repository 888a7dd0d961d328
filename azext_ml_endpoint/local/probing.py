"""When an instance is asked whether it lives and is ready, by the figures of its file.

As a Kubernetes cluster does it, which is where Azure runs deployments: liveness may fail so many
times in a row until the container would be started again; readiness must succeed so many times.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from azext_ml_endpoint import scoring
from azext_ml_endpoint.document.model import Probe, Route
from azext_ml_endpoint.errors import StartError
from azext_ml_endpoint.local import readiness, remembered, simulation
from azext_ml_endpoint.local.addresses import Routes, uri
from azext_ml_endpoint.local.diagnosis import unready
from azext_ml_endpoint.local.readiness import Readiness
from azext_ml_endpoint.local.runtime import Instance, Runtime
from azext_ml_endpoint.report import Report

Within: TypeAlias = Callable[[str, float], "int | None"]
"""An address and seconds to the status of its answer, None where there was none in time."""
P = TypeVar("P", bound="Probing")


@dataclass(frozen=True)
class Figures:
    """Seconds and counts. The defaults are Azure's: "ProbeSettings" in the YAML schema."""

    initial_delay: float = 10
    period: float = 10
    timeout: float = 2
    success_threshold: int = 1
    failure_threshold: int = 30

    @classmethod
    def of(cls, said: Probe) -> Figures:
        known = {name: value for name, value in vars(said).items() if value is not None}
        return cls(**known)


class Watch:
    """What one probe has found so far. began: when the instance was started."""

    def __init__(self, figures: Figures, began: float) -> None:
        self.figures = figures
        self._next = began + figures.initial_delay
        self._passed = self._failed = 0

    def is_due(self, now: float) -> bool:
        return now >= self._next

    def take(self, answered: bool, now: float) -> None:
        self._next = now + self.figures.period
        self._passed, self._failed = (self._passed + 1, 0) if answered else (0, self._failed + 1)

    @property
    def fails(self) -> bool:
        return self._failed > 0

    @property
    def has_succeeded(self) -> bool:
        return self._passed >= self.figures.success_threshold

    @property
    def has_failed(self) -> bool:
        return self._failed >= self.figures.failure_threshold


class Probing(Readiness):
    """As :class:`.readiness.Readiness`, but that instances which simulate Azure are asked so."""

    def __init__(
        self,
        runtime: Runtime,
        report: Report,
        probe: readiness.Probe = readiness.local_probe,
        *,
        within: Within | None = None,
        clock: Callable[[], float] = time.monotonic,
        refuses: unready.Refuses = unready.unknown,
    ) -> None:
        super().__init__(runtime, report, probe, refuses=refuses)
        self._within = within or (lambda address, _: probe(address))
        self._clock = clock

    @classmethod
    def real(cls: type[P], runtime: Runtime, report: Report) -> P:
        refuses = unready.refuses if runtime.name == "docker" else unready.unknown
        return cls(runtime, report, within=_probe_within, refuses=refuses)

    def _question(self, instance: Instance, wanted: Routes) -> Callable[[Instance], bool]:
        there = remembered.recalled(instance)
        live, ready = there.liveness_probe, there.readiness_probe
        if not self._has_figures(instance) or not (live or ready):
            return super()._question(instance, wanted)
        began = self._clock()
        lives = Watch(Figures.of(live), began) if live else None
        is_ready = Watch(Figures.of(ready), began) if ready else None

        def answers(now: Instance) -> bool:
            lively = self._lives(now, wanted.liveness, lives)
            return self._is_ready(now, wanted.readiness, is_ready) and lively

        return answers

    def _has_figures(self, instance: Instance) -> bool:
        """Whether those of its file count."""
        return simulation.ALLOWANCE in instance.record

    def _lives(self, now: Instance, route: Route, watch: Watch | None) -> bool:
        """Also before it is asked for the first time. Raises StartError."""
        if watch is None:
            return self._answers(now, route)
        self._ask(now, route, watch)
        if watch.has_failed:
            raise _restarted(now, watch.figures)
        return not watch.fails

    def _is_ready(self, now: Instance, route: Route, watch: Watch | None) -> bool:
        if watch is None:
            return self._answers(now, route)
        self._ask(now, route, watch)
        return watch.has_succeeded

    def _ask(self, now: Instance, route: Route, watch: Watch) -> None:
        address = uri(now, route)
        if address and watch.is_due(self._clock()):
            status = self._within(address, watch.figures.timeout)
            watch.take(status is not None and status < 400, self._clock())


def _probe_within(address: str, seconds: float) -> int | None:
    return scoring.probe(address, timeout=seconds)


def _restarted(instance: Instance, figures: Figures) -> StartError:
    return StartError(
        f"Deployment {instance.deployment}: its liveness probe failed {figures.failure_threshold} "
        "times in a row. Azure would start the container again.",
        "If init() needs longer, raise liveness_probe.initial_delay, period or failure_threshold "
        f"(now {figures.initial_delay:g} s, {figures.period:g} s, {figures.failure_threshold}).",
    )
