"""Probes by the figures of a file, with a clock that moves when a probe is made."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from azext_ml_endpoint.document.model import Deployment, Probe
from azext_ml_endpoint.errors import StartError
from azext_ml_endpoint.local import remembered, simulation
from azext_ml_endpoint.local.addresses import routes
from azext_ml_endpoint.local.probing import Figures, Probing, Watch
from azext_ml_endpoint.local.runtime import InstanceSpec
from tests.fakes.builders import OWN_ROUTES, deployment, environment
from tests.fakes.memory_runtime import MemoryRuntime
from tests.fakes.recording_report import RecordingReport

FIGURES = Figures(initial_delay=5, period=2, timeout=1, success_threshold=2, failure_threshold=3)


def test_what_a_file_does_not_say_is_as_in_azure() -> None:
    assert Figures.of(Probe(period=3)) == Figures(10, 3, 2, 1, 30)


def test_it_is_asked_after_a_while_and_then_regularly() -> None:
    watch = Watch(FIGURES, began=100.0)
    assert [watch.is_due(now) for now in (100.0, 104.9, 105.0)] == [False, False, True]
    watch.take(True, 105.5)
    assert [watch.is_due(now) for now in (107.4, 107.5)] == [False, True]


def test_it_succeeds_after_so_many_answers_in_a_row() -> None:
    watch = Watch(FIGURES, began=0.0)
    seen = []
    for answered in (True, False, True, True):
        watch.take(answered, 0.0)
        seen.append((watch.has_succeeded, watch.fails))
    assert seen == [(False, False), (False, True), (False, False), (True, False)]


def test_it_fails_after_so_many_failures_in_a_row() -> None:
    watch = Watch(FIGURES, began=0.0)
    seen = []
    for answered in (False, False, True, False, False, False):
        watch.take(answered, 0.0)
        seen.append(watch.has_failed)
    assert seen == [False] * 5 + [True]


# While an instance starts


@dataclass
class World:
    """A clock that goes on by a second whenever somebody looks at it."""

    now: float = 0.0
    asked: list[tuple[str, float]] = field(default_factory=list)

    def clock(self) -> float:
        self.now += 1.0
        return self.now

    def wait(self, wanted: Deployment, *answers: int | None, simulated: bool = True) -> list[str]:
        """The paths that were asked, as the answers came."""
        left = iter(answers)

        def within(address: str, seconds: float) -> int | None:
            self.asked.append((address.rpartition("/")[2], seconds))
            return next(left)

        runtime = MemoryRuntime()
        runtime.make_environment(environment(inference_config=OWN_ROUTES))
        known = {simulation.ALLOWANCE: {}} if simulated else {}
        spec = InstanceSpec(
            endpoint="houses",
            deployment="blue",
            environment=environment(inference_config=OWN_ROUTES),
            record={**remembered.remember(wanted), **known},
        )
        at_once = lambda address: within(address, 0)  # noqa: E731
        ready = Probing(runtime, RecordingReport(), at_once, within=within, clock=self.clock)
        ready.wait(runtime.start(spec), routes(OWN_ROUTES), 30)
        return [path for path, _ in self.asked]


def blue(**probes: Probe) -> Deployment:
    own = environment(inference_config=OWN_ROUTES)
    return deployment("blue", environment=own, code=None, scoring_script=None, **probes)


def test_readiness_needs_its_successes_and_has_its_time() -> None:
    world = World()
    ready = Probe(initial_delay=3, period=1, timeout=7, success_threshold=2)
    world.wait(
        blue(readiness_probe=ready, liveness_probe=Probe(initial_delay=90)), 200, 500, 200, 200
    )
    assert world.asked == [("ready", 7)] * 4


def test_a_liveness_that_fails_is_a_restart_in_azure() -> None:
    live = Probe(initial_delay=1, period=1, failure_threshold=2)
    with pytest.raises(StartError, match="liveness probe failed 2 times in a row") as raised:
        World().wait(blue(liveness_probe=live), 500, 500, 500, 500)
    assert "liveness_probe.initial_delay" in str(raised.value.recommendation)


@pytest.mark.parametrize("simulated", [True, False])
def test_without_figures_or_simulation_it_is_asked_at_once(simulated: bool) -> None:
    probes = {} if simulated else {"readiness_probe": Probe(initial_delay=900)}
    assert World().wait(blue(**probes), 200, 200, simulated=simulated) == ["live", "ready"]
