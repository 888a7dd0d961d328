"""Azure Monitor's figures as a guard, in a simulated Azure whose time passes at will."""

from __future__ import annotations

from pathlib import Path

import pytest

from azext_ml_endpoint.document.model import Endpoint
from azext_ml_endpoint.errors import GuardError
from azext_ml_endpoint.plan.history import Provenance
from azext_ml_endpoint.rollout.guards import Limits
from azext_ml_endpoint.rollout.run import roll_out
from azext_ml_endpoint.rollout.wish import Wish
from azext_ml_endpoint.scoring import Request
from tests.fakes.cloud_service import simulated_service
from tests.fakes.cloud_world import CloudWorld, inline_deployment
from tests.simulator.faults import Fault, Status
from tests.simulator.message import Reply
from tests.simulator.scoring import Scored, model_error, one_number_per_row

NAME = "houses"


@pytest.fixture
def world(tmp_path: Path) -> CloudWorld:
    """Blue serves. Green is asked by others, as often as time passes."""
    world = CloudWorld()
    blue = inline_deployment(tmp_path, "blue")
    endpoint = Endpoint(name=NAME, deployments=(blue,), traffic={"blue": 100})
    simulated_service(world).create(endpoint)
    ask = simulated_service(world).opened

    def others() -> None:
        if _traffic(world).get("green"):
            ask(NAME, 5.0)("green", Request(body=b"[1]"))

    world.clock.at_pause = others
    return world


def _traffic(world: CloudWorld) -> dict[str, int]:
    found: dict[str, int] = world.body(f"onlineEndpoints/{NAME}")["properties"]["traffic"]
    return found


def rollout(world: CloudWorld, folder: Path, limits: Limits) -> None:
    green = inline_deployment(folder, "green")
    wish = Wish(
        endpoint=Endpoint(name=NAME, deployments=(green,)),
        to="green",
        provenance=Provenance(who="ada@example.com", when="2026-01-31T09:30:00Z"),
        run="host/1/1",
        steps=(10, 100),
        bake=300.0,
        limits=limits,
    )
    roll_out(
        simulated_service(world),
        wish,
        world.report,
        is_alive=lambda _: False,
        clock=world.clock,
        pause=world.clock.pause,
    )


def test_figures_of_azure_monitor_are_told_of_each_step(world: CloudWorld, tmp_path: Path) -> None:
    rollout(world, tmp_path, Limits())
    assert _traffic(world) == {"green": 100}
    told = [line for line in world.report.steps if "[Azure Monitor]" in line]
    assert [line.partition(":")[0] for line in told] == ["green at 10 %", "green at 100 %"]
    assert all("0 of 48 requests failed (0 %), p95 latency 0 ms" in line for line in told)


def test_errors_that_only_others_saw_return_the_traffic(world: CloudWorld, tmp_path: Path) -> None:
    def score(scored: Scored) -> Reply:
        return model_error(500, "out of tune")

    world.simulator.scorer = score
    with pytest.raises(GuardError, match=r"failed \(100 %\).* \[Azure Monitor\]"):
        rollout(world, tmp_path, Limits(error_rate=0.01))
    assert _traffic(world) == {"blue": 100}


def test_answers_that_others_waited_for_return_the_traffic(
    world: CloudWorld, tmp_path: Path
) -> None:
    def slow(scored: Scored) -> Reply:
        world.clock.now += 2.0
        return one_number_per_row(scored)

    world.simulator.scorer = slow
    with pytest.raises(GuardError, match=r"p95 latency 2000 ms \[Azure Monitor\]"):
        rollout(world, tmp_path, Limits(p95=1.0))
    assert _traffic(world) == {"blue": 100}


def test_metrics_that_the_account_may_not_read_are_left_out(
    world: CloudWorld, tmp_path: Path
) -> None:
    refusal = {"error": {"code": "AuthorizationFailed", "message": "You may not read metrics."}}
    world.simulator.faults.add(Fault(Status(403, body=refusal), "GET", "Microsoft.Insights"))
    rollout(world, tmp_path, Limits())
    _, warning = world.report.warnings  # the first is that nothing asks green
    assert warning.startswith("The metrics are left out of account: ")
    assert "You may not read metrics." in warning
    assert _traffic(world) == {"green": 100}
