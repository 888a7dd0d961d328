"""What holds of plans that come true in Azure, in random cases. It refuses what is not safe."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import Phase, given, settings

from azext_ml_endpoint import content
from azext_ml_endpoint.cloud.execution import Execution
from azext_ml_endpoint.document.model import Endpoint
from azext_ml_endpoint.plan.driver import Executes
from azext_ml_endpoint.plan.fit import Intent
from azext_ml_endpoint.plan.observed import ObservedEndpoint
from azext_ml_endpoint.plan.planned import Planned, draw_up
from azext_ml_endpoint.plan.steps import SetTraffic, Step
from tests.fakes.cloud_world import CloudWorld
from tests.fakes.simulated_arm import WORKSPACE
from tests.simulator.operations import Durations
from tests.unit.plan.cases import Case, some_case
from tests.unit.plan.places import prove_in, write_assets

WORLDS = 30


class InAzure:
    """A :class:`tests.unit.plan.places.Place`."""

    def __init__(self) -> None:
        durations = Durations(endpoint=90, deployment=600, delete=20, scale=60)
        self._world = CloudWorld(durations)

    def planned(self, asked: Endpoint, intent: Intent) -> tuple[Planned, Executes]:
        self._require_no_refusal()
        driver = self._world.driver()
        plan = draw_up(driver.look(content.identify(asked), intent), intent)
        return plan, driver.begin(plan.seen)

    def observe(self) -> ObservedEndpoint | None:
        self._require_no_refusal()
        return self._world.observe("houses")

    def breaks(self, deployment_name: str) -> None:
        path = f"{WORKSPACE.id}/onlineEndpoints/houses/deployments/{deployment_name}"
        found = self._world.simulator.backend.resources.find(path)
        assert found is not None
        found.state = "Failed"

    def _require_no_refusal(self) -> None:
        assert self._world.simulator.journal.refused() == []


def test_every_property_holds_in_azure(tmp_path: Path) -> None:
    files = write_assets(tmp_path)
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
        taken.append(prove_in(InAzure, case, files))

    in_any_world()
    assert len(taken) >= WORLDS
    assert sum(taken) >= WORLDS


def test_the_proof_would_find_traffic_that_does_not_move(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A driver that says it is done, and is not."""
    carry_out = Execution.execute

    def but_for_traffic(self: Execution, step: Step) -> None:
        if not isinstance(step, SetTraffic):
            carry_out(self, step)

    monkeypatch.setattr(Execution, "execute", but_for_traffic)
    with pytest.raises(AssertionError):
        test_every_property_holds_in_azure(tmp_path)
