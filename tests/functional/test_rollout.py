"""`az ml endpoint rollout`, `rollback` and `history`, on this machine and in Azure."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.rollout.watch import PROOFS
from azext_ml_endpoint.scoring import Answer
from tests.fakes.cloud_world import CloudWorld
from tests.fakes.memory_runtime import Behaviour, MemoryRuntime
from tests.functional.in_process_az import Result, az
from tests.simulator.message import Reply
from tests.simulator.scoring import Scored, model_error, one_number_per_row

FLOW = "endpoints/online/managed/simple-flow"
BLUE = f"{FLOW}/1-create-endpoint-with-blue.yml"
BOTH = f"{FLOW}/3-create-green.yml"
REQUEST = "endpoints/online/model-1/sample-request.json"
PROBE = ("--probe", REQUEST, "--bake", "0")
TESTS = """    tests:
      - name: seven patients
        data: [1, 2]
        expect: {json: ["length(@) == 7"]}
"""

pytestmark = pytest.mark.usefixtures("samples")


Script = Callable[[], int | None]
"""The status of green's next answer; None where it is well."""


class Where:
    """One of the two places. ``answers`` says what green answers; None is what is right."""

    def __init__(self, options: tuple[str, ...], answers: Callable[[Script], None]) -> None:
        self.options, self.answers = options, answers

    def endpoint(self, command: str, *arguments: str) -> Result:
        return az("ml", "endpoint", command, "-n", "houses", *self.options, *arguments)

    def done(self, command: str, *arguments: str) -> Any:
        made = self.endpoint(command, *arguments)
        assert made.exit_code == 0, made.stderr
        return made.json

    def rollout(self, *arguments: str) -> Result:
        return self.endpoint("rollout", "-f", BOTH, "--to", "green", *PROBE, *arguments)

    def splits(self) -> list[Any]:
        return [each["traffic"] for each in self.done("history")]


@pytest.fixture(params=["local", "cloud"])
def where(request: pytest.FixtureRequest, runtime: MemoryRuntime) -> Where:
    """Blue serves."""
    if request.param == "local":

        def answers(script: Script) -> None:
            def answer(_: object) -> Answer:
                status = script() or 200
                return Answer(status=status, body=b'{"message": "out of tune"}')

            runtime.behaviours["green"] = Behaviour(answer=answer)

        place = Where(("--local",), answers)
    else:
        world: CloudWorld = request.getfixturevalue("azure")

        def answers_there(script: Script) -> None:
            def score(scored: Scored) -> Reply:
                status = script() if scored.deployment == "green" else None
                return model_error(status, "out of tune") if status else one_number_per_row(scored)

            world.simulator.scorer = score

        place = Where((), answers_there)
    place.done("create", "-f", BLUE)
    return place


def test_a_rollout_moves_the_traffic_step_by_step_and_is_noted_once(where: Where) -> None:
    made = where.rollout("--steps", "10,50,100", "--expect", "length(@) > 0")
    assert made.exit_code == 0, made.stderr
    assert made.json["traffic"] == {"green": 100}
    said = made.stderr.splitlines()
    assert [line for line in said if line.startswith("Traffic is")] == [
        "Traffic is blue 90 %, green 10 %",
        "Traffic is blue 50 %, green 50 %",
        "Traffic is green 100 %",
    ]
    assert where.splits() == [{"green": 100}, {"blue": 100}]


def test_a_bad_deployment_gets_no_traffic(where: Where) -> None:
    where.answers(lambda: 500)
    made = where.rollout()
    assert (made.exit_code, made.stdout) == (1, "")
    assert "The rollout to green was stopped: probe: 3 of 3 requests failed (100 %)" in made.stderr
    assert where.done("show")["traffic"] == {"blue": 100}
    assert where.splits() == [{"blue": 100}]


def test_the_tests_of_the_file_go_before_any_traffic(where: Where) -> None:
    with Path(BOTH).open("a") as file:  # green is the last one in it
        file.write(TESTS)
    made = where.rollout()
    assert made.exit_code == 1
    assert "The rollout to green was stopped: 1 of 1 test failed: seven patients: " in made.stderr
    assert where.splits() == [{"blue": 100}]


def test_while_a_rollout_is_under_way_nothing_else_changes_the_endpoint(where: Where) -> None:
    asked = itertools.count(1)

    def interrupted() -> None:
        if next(asked) > PROOFS:
            raise KeyboardInterrupt

    where.answers(interrupted)
    cut_off = where.rollout()
    assert cut_off.exit_code == 1
    assert "was last seen at blue 90 %, green 10 %" in cut_off.stderr
    changed = ("-f", BOTH, "--set", "tags.team=houses")
    refused = where.endpoint("update", *changed)
    assert refused.exit_code == 1
    assert "houses has a rollout to green, begun by " in refused.stderr
    assert where.done("show")["traffic"] == {"blue": 90, "green": 10}
    assert where.done("rollback")["traffic"] == {"blue": 100}
    where.done("update", *changed)


def test_a_rollout_of_what_is_there_already_does_nothing(where: Where) -> None:
    assert where.rollout().exit_code == 0
    before = where.done("history")
    again = where.rollout()
    assert "houses: nothing to do, green has 100 % of the traffic" in again.stderr
    assert where.done("history") == before


def test_rollback_returns_to_the_split_before_and_is_noted(where: Where) -> None:
    where.rollout()
    assert where.done("rollback")["traffic"] == {"blue": 100}
    assert where.splits() == [{"blue": 100}, {"green": 100}, {"blue": 100}]


def test_where_there_is_nothing_to_go_back_to_that_is_said(where: Where) -> None:
    made = where.endpoint("rollback")
    assert made.exit_code == 1
    assert "houses has no split of its traffic to go back to. It is blue 100 %." in made.stderr


def test_the_history_says_who_when_from_which_file_and_what_for(where: Where) -> None:
    where.rollout()
    newest, oldest = where.done("history")
    assert newest["what"] == "rollout green"
    assert oldest["what"] == "create"
    assert newest["who"]
    assert newest["when"].endswith("Z")
    assert len(newest["file_hash"]) == len("0123456789ab")
    assert newest["file_hash"] != oldest["file_hash"]
    table = where.endpoint("history", "-o", "table").stdout
    assert table.split()[:6] == ["When", "Who", "What", "Traffic", "File", "Commit"]


def test_what_the_tool_keeps_is_shown_to_nobody(where: Where) -> None:
    where.rollout()
    assert "ml-endpoint." not in json.dumps(where.done("show"))


def test_steps_that_do_not_rise_are_refused(where: Where) -> None:
    made = where.rollout("--steps", "50,10")
    assert made.exit_code == 2
    assert "'50,10' does not rise" in made.stderr


def test_an_expectation_needs_a_probe(where: Where) -> None:
    made = where.endpoint("rollout", "-f", BOTH, "--to", "green", "--expect", "length(@) > 0")
    assert made.exit_code == 2
    assert "--expect is about the answer to --probe" in made.stderr


def test_a_deployment_that_the_file_does_not_have_is_refused(where: Where) -> None:
    made = where.endpoint("rollout", "-f", BLUE, "--to", "green")
    assert made.exit_code == 3
    assert "The file has no deployment green." in made.stderr
