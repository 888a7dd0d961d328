"""A rollout that guards itself, the way back, and the history: the real az in simulated Azure."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.az import Az, Result, ended, said_until
from tests.integration.azure import Azure
from tests.integration.conftest import SAMPLES
from tests.simulator.message import Reply
from tests.simulator.scoring import Scored, Scorer, model_error, one_number_per_row

ONLINE = "endpoints/online"
FLOW = f"{ONLINE}/managed/simple-flow"
PROBE = f"--probe {ONLINE}/model-1/sample-request.json"
ROLLOUT = f"ml endpoint rollout -n houses -f {FLOW}/3-create-green.yml --to green {PROBE}"
NEVER = "--bake 1h"


@pytest.fixture
def az(az: Az) -> Az:
    return az.within(SAMPLES)


@pytest.fixture
def blue(azure: Azure) -> Azure:
    """Blue serves."""
    azure.az(f"ml endpoint create -n houses -f {FLOW}/1-create-endpoint-with-blue.yml")
    return azure


def traffic(azure: Azure) -> Any:
    return azure.az("ml endpoint show -n houses --query traffic").json


def splits(azure: Azure) -> list[tuple[str | None, Any]]:
    entries = azure.az("ml endpoint history -n houses").json
    return [(each["what"], each["traffic"]) for each in entries]


def only_under_traffic(azure: Azure, answer: Callable[[], Reply]) -> Scorer:
    """Green answers well until it has traffic, and then so."""
    endpoint = f"{azure.playground.world.workspace_id}/onlineEndpoints/houses"

    def score(scored: Scored) -> Reply:
        there = azure.simulator.backend.resources.find(endpoint)
        assert there is not None
        has_traffic = there.properties["traffic"].get("green")
        bad = scored.deployment == "green" and has_traffic
        return answer() if bad else one_number_per_row(scored)

    return score


def kill(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def test_a_rollout_that_succeeds_and_its_way_back(blue: Azure) -> None:
    done = blue.az([*ROLLOUT.split(), "--bake", "1s", "--expect", "length(@) > 0"])
    assert done.json["traffic"] == {"green": 100}
    assert "green at 10 %: 0 of " in done.stderr
    assert splits(blue) == [("rollout green", {"green": 100}), ("create", {"blue": 100})]
    assert "nothing to do" in blue.az(f"{ROLLOUT} --bake 0").stderr
    writes = len(blue.simulator.journal.writes())
    assert blue.az("ml endpoint rollback -n houses").json["traffic"] == {"blue": 100}
    assert len(blue.simulator.journal.writes()) == writes + 1
    assert splits(blue)[0] == ("rollback", {"blue": 100})
    assert blue.simulator.journal.refused() == []
    table = blue.az("ml endpoint history -n houses -o table").stdout
    assert "rollout green" in table


def test_a_bad_deployment_loses_its_traffic_and_the_command_fails(blue: Azure) -> None:
    blue.simulator.scorer = only_under_traffic(blue, lambda: model_error(500, "out of tune"))
    failed = blue.az(f"{ROLLOUT} {NEVER}", expect=1)
    assert "The rollout to green was stopped: error rate: " in failed.stderr
    assert " failed (" in failed.stderr
    assert "expected status 200, got 424" in failed.stderr
    assert traffic(blue) == {"blue": 100}
    assert splits(blue)[0] == ("rollout green reverted", {"blue": 100})
    assert "ml-endpoint.rollout" not in str(blue.simulator.journal.requests()[-1].body)


def test_a_slow_deployment_loses_its_traffic_too(blue: Azure) -> None:
    def slow() -> Reply:
        time.sleep(0.5)
        return Reply(200, {}, b"[1.0]")

    blue.simulator.scorer = only_under_traffic(blue, slow)
    failed = blue.az(f"{ROLLOUT} {NEVER} --max-p95 400ms", expect=1)
    assert "The rollout to green was stopped: latency: " in failed.stderr
    assert "--max-p95 is 400 ms" in failed.stderr
    assert traffic(blue) == {"blue": 100}


def test_after_kill_9_the_same_command_goes_on_and_others_are_refused(blue: Azure) -> None:
    with blue.az.running(f"{ROLLOUT} {NEVER}") as process:
        said_until(process, "Traffic is blue 90 %, green 10 %")
        refused(blue, f"{ROLLOUT} {NEVER}")
        kill(process)
    assert traffic(blue) == {"blue": 90, "green": 10}
    refused(blue, f"ml endpoint update -n houses -f {FLOW}/2-scale-blue.yml")
    refused(blue, f"{ROLLOUT} --bake 0 --to blue")
    done = blue.az(f"{ROLLOUT} --bake 0 --steps 10,100")
    assert "Going on with a rollout to green, begun by " in done.stderr
    assert done.json["traffic"] == {"green": 100}


def refused(azure: Azure, command: str) -> None:
    said = azure.az(command, expect=1).stderr
    assert "Endpoint houses has a rollout to green, begun by " in said
    assert " at 20" in said


def test_rollback_ends_a_rollout_that_was_killed(blue: Azure) -> None:
    with blue.az.running(f"{ROLLOUT} {NEVER} --steps 10,50") as process:
        said_until(process, "Traffic is blue 90 %, green 10 %")
        kill(process)
    blue.az("ml endpoint rollback -n houses")
    assert traffic(blue) == {"blue": 100}
    blue.az(f"ml endpoint update -n houses -f {FLOW}/2-scale-blue.yml")


def test_ctrl_c_says_how_to_go_on(blue: Azure) -> None:
    with blue.az.running(f"{ROLLOUT} {NEVER}") as process:
        said_until(process, "Traffic is blue 90 %, green 10 %")
        process.send_signal(signal.SIGINT)
        result: Result = ended(process)
    assert result.exit_code == 1
    assert "the traffic of houses was last seen at blue 90 %, green 10 %" in result.stderr
    assert "Traceback" not in result.stderr
    assert traffic(blue) == {"blue": 90, "green": 10}


def test_of_two_identical_rollouts_at_once_one_wins(blue: Azure) -> None:
    command = f"{ROLLOUT} --bake 0 --steps 50,100"
    with blue.az.running(command) as one, blue.az.running(command) as other:
        results = [ended(one), ended(other)]

    won = [each for each in results if each.exit_code == 0]
    lost = [each for each in results if each.exit_code != 0]
    assert won, results
    assert all("under way; nothing was changed" in each.stderr for each in lost), lost
    assert traffic(blue) == {"green": 100}
    assert splits(blue)[0] == ("rollout green", {"green": 100})
    marks = blue.az("ml endpoint rollback -n houses", expect=None)
    assert marks.json["traffic"] == {"blue": 100}
