"""What holds of plans that come true on this machine, in random cases."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings

from azext_ml_endpoint import content
from azext_ml_endpoint.document.model import Endpoint
from azext_ml_endpoint.local.driver import LocalDriver
from azext_ml_endpoint.plan.driver import Executes
from azext_ml_endpoint.plan.fit import Intent
from azext_ml_endpoint.plan.observed import ObservedEndpoint
from azext_ml_endpoint.plan.planned import Planned, draw_up
from tests.fakes.interrupt import PATIENCE
from tests.fakes.memory_runtime import MemoryRuntime
from tests.fakes.recording_report import RecordingReport
from tests.unit.plan.cases import Case, some_case
from tests.unit.plan.places import prove_in, write_assets

WORLDS = 100


class OnThisMachine:
    """A :class:`tests.unit.plan.places.Place`."""

    def __init__(self, home: Path) -> None:
        self._runtime = MemoryRuntime()
        report, probe = RecordingReport(), self._runtime.probe
        self._driver = LocalDriver(self._runtime, report, home, timeout=PATIENCE, probe=probe)

    def planned(self, asked: Endpoint, intent: Intent) -> tuple[Planned, Executes]:
        return draw_up(self._driver.look(content.identify(asked), intent), intent), self._driver

    def observe(self) -> ObservedEndpoint | None:
        return self._driver.observe("houses")

    def breaks(self, deployment_name: str) -> None:
        self._runtime.kill(deployment_name)


def test_every_property_holds_on_this_machine(tmp_path: Path) -> None:
    files, homes = write_assets(tmp_path), itertools.count()
    taken = []

    @settings(
        max_examples=WORLDS,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],  # to look for a smaller counterexample takes too long here
        report_multiple_bugs=False,
    )
    @given(some_case())
    def in_any_world(case: Case) -> None:
        taken.append(prove_in(lambda: OnThisMachine(tmp_path / f"home-{next(homes)}"), case, files))

    in_any_world()
    assert len(taken) >= WORLDS
    assert sum(taken) >= WORLDS


def test_the_proof_would_find_a_deployment_that_does_not_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A driver that says it is done, and is not."""
    monkeypatch.setattr(LocalDriver, "_deploy", lambda *_: None)
    with pytest.raises(AssertionError):
        test_every_property_holds_on_this_machine(tmp_path)
