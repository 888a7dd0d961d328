"""What takes its time while somebody debugs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from azext_ml_endpoint.document.model import Probe
from azext_ml_endpoint.errors import StartError
from azext_ml_endpoint.local import remembered, simulation
from azext_ml_endpoint.local.addresses import routes
from azext_ml_endpoint.local.debug import debugger
from azext_ml_endpoint.local.debug.debug_hook import WAITS
from azext_ml_endpoint.local.debug.debugger import Attachment, Debugger
from azext_ml_endpoint.local.debug.debugging import Attaching
from azext_ml_endpoint.local.runtime import Instance, InstanceSpec
from tests.fakes.builders import deployment, environment
from tests.fakes.memory_runtime import Behaviour, MemoryRuntime
from tests.fakes.recording_report import RecordingReport

IMPATIENT = Probe(initial_delay=1, period=1, failure_threshold=1)
SAID = "blue: waits for a debugger at 127.0.0.1:5678 before init(); /my/src is /var/src there"


@dataclass
class Start:
    """One that is ready after so many questions, though its file allows none to be unanswered."""

    runtime: MemoryRuntime
    report: RecordingReport
    now: float = 0.0

    def clock(self) -> float:
        self.now += 1000
        return self.now

    def begun(self, debug: Debugger | None) -> Instance:
        known = {debugger.KEY: debug.port} if debug else {}
        wanted = deployment("blue", liveness_probe=IMPATIENT)
        spec = InstanceSpec(
            endpoint="houses",
            deployment="blue",
            environment=environment(),
            debugger=debug,
            record={**remembered.remember(wanted), simulation.ALLOWANCE: {}, **known},
        )
        return self.runtime.start(spec)

    def proving(self) -> Attaching:
        probe, none = self.runtime.probe, lambda *_: None
        made = Attaching(self.runtime, self.report, probe, within=none, clock=self.clock)
        place = {"endpoint": "houses", "deployment": "blue", "port": 5678}
        made.attachments["blue"] = Attachment(local=Path("/my/src"), remote="/var/src", **place)
        return made

    def wait(self, debug: Debugger | None) -> Instance:
        return self.proving().wait(self.begun(debug), routes(None), 0)


@pytest.fixture
def start() -> Start:
    runtime, report = MemoryRuntime(), RecordingReport()
    runtime.make_environment(environment())
    runtime.behaviours["blue"] = Behaviour(log=(WAITS,), ready_after=5)
    return Start(runtime, report)


def test_neither_a_start_nor_the_figures_of_the_file_are_too_slow(start: Start) -> None:
    assert start.wait(Debugger(5678, Path("/debugpy"))).state == "running"
    assert start.report.steps.count(SAID) == 1


def test_the_next_one_of_the_same_name_is_told_of_too(start: Start) -> None:
    """A process that is debugged stands where the one before did."""
    debug = Debugger(5678, Path("/debugpy"))
    proving, instance = start.proving(), start.begun(debug)
    for _ in range(2):
        proving.wait(instance, routes(None), 0)
    assert start.report.steps.count(SAID) == 2


def test_whom_nobody_debugs_has_its_figures_and_its_time(start: Start) -> None:
    with pytest.raises(StartError, match="liveness probe failed"):
        start.wait(None)


def test_a_crash_before_somebody_attached_is_a_crash(start: Start) -> None:
    start.runtime.behaviours["blue"] = Behaviour(exit_code=3)
    with pytest.raises(StartError, match="crashed while it started"):
        start.wait(Debugger(5678, Path("/debugpy")))
    assert SAID not in start.report.steps
