"""The tests of a file, here and in Azure: who is asked, what is shown, what is stopped."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from azext_ml_endpoint.scoring import Answer, Request
from tests.fakes.cloud_world import CloudWorld
from tests.fakes.memory_runtime import Behaviour, MemoryRuntime
from tests.functional.in_process_az import Result, az
from tests.simulator.message import Reply
from tests.simulator.scoring import Scored, model_error

FILE = "endpoints/online/managed/with-tests/endpoint.yml"
GOOD = {"blue": [205.4860, 68.6342], "green": [202.4521, 79.0046]}


class Place:
    """An endpoint of the sample's, wherever it is; ``answers`` is what its deployments answer.

    Each has an answer for two rows; for one row it is the first number.
    """

    def __init__(self, where: list[str]) -> None:
        self.where = where
        self.answers: dict[str, Any] = dict(GOOD)
        self.asked: list[str] = []

    def answer(self, deployment: str, body: bytes) -> Any:
        self.asked.append(deployment)
        return self.answers[deployment][: len(json.loads(body)["data"])]

    def az(self, command: str, *arguments: str) -> Result:
        return az("ml", "endpoint", command, *self.where, "-f", FILE, *arguments)


@pytest.fixture(params=["local", "azure"])
def place(request: pytest.FixtureRequest, samples: Path) -> Place:
    """Without any endpoint yet."""
    if request.param == "local":
        return _here(request.getfixturevalue("runtime"))
    return _in_azure(request.getfixturevalue("azure"))


def _here(runtime: MemoryRuntime) -> Place:
    place = Place(["--local"])

    def answering(deployment: str) -> Callable[[Request], Answer]:
        def answer(request: Request) -> Answer:
            data = place.answer(deployment, request.body)
            return Answer(status=200, body=json.dumps(data).encode())

        return answer

    runtime.behaviours |= {name: Behaviour(answer=answering(name)) for name in GOOD}
    return place


def _in_azure(world: CloudWorld) -> Place:
    place = Place([])

    def answer(scored: Scored) -> Reply:
        data = place.answer(scored.deployment, scored.request.body)
        return Reply(200, {"content-type": "application/json"}, json.dumps(data).encode())

    world.simulator.scorer = answer
    return place


@pytest.fixture
def made(place: Place) -> Place:
    created = place.az("create")
    assert created.exit_code == 0, created.stderr
    return place


def shares(result: Result) -> dict[str, int]:
    return {name: share for name, share in result.json["traffic"].items() if share}


# az ml endpoint test


def test_what_passes_is_told_and_exits_0(made: Place) -> None:
    tested = made.az("test")
    assert tested.exit_code == 0, tested.stderr
    told = [(each["name"], each["deployment"], each["outcome"]) for each in tested.json]
    assert told == [
        ("two patients", None, "passed"),
        ("as it was trained", "blue", "passed"),
        ("one patient", "green", "passed"),
    ]
    lines = tested.stderr.splitlines()
    assert lines[0].startswith("passed  (traffic)  two patients")
    assert lines[-1] == "3 tests passed"
    assert made.asked == ["blue", "blue", "green"]


def test_what_fails_is_told_with_what_came_and_exits_1(made: Place) -> None:
    made.answers["green"] = [1.5]
    tested = made.az("test")
    assert tested.exit_code == 1
    assert [each["outcome"] for each in tested.json] == ["passed", "passed", "failed"]
    assert tested.json[2]["faults"] == ["expected [0] > 202, got 1.5"]
    assert "FAILED  green      one patient" in tested.stderr
    assert (
        "ERROR: Endpoint my-tested-endpoint: 1 of 3 tests failed: one patient: "
        "expected [0] > 202, got 1.5"
    ) in tested.stderr


def test_one_deployment_is_sent_the_endpoints_tests_too(made: Place) -> None:
    tested = made.az("test", "-d", "green")
    assert tested.exit_code == 0, tested.stderr
    assert [each["name"] for each in tested.json] == ["two patients", "one patient"]
    assert made.asked == ["green", "green"]


def test_a_table_is_shown_once(made: Place) -> None:
    made.answers["green"] = [1.5]
    tested = made.az("test", "-o", "table")
    assert tested.exit_code == 1
    assert "Outcome" in tested.stdout and "expected [0] > 202, got 1.5" in tested.stdout
    assert "one patient     " not in tested.stderr


def test_a_report_for_ci_is_written_whatever_comes(made: Place, tmp_path: Path) -> None:
    made.answers["blue"] = [1.5]
    report = tmp_path / "results" / "junit.xml"
    assert made.az("test", "--junit", str(report)).exit_code == 1
    (suite,) = ElementTree.parse(report).getroot()
    assert (suite.attrib["tests"], suite.attrib["failures"]) == ("3", "2")


def test_another_name_than_the_files_is_for_the_tests_as_well(place: Place) -> None:
    missing = place.az("test", "-n", "nowhere")
    assert missing.exit_code == 3
    assert "nowhere" in missing.stderr


def test_a_deployment_that_the_file_does_not_have_exits_3(place: Place) -> None:
    missing = place.az("test", "-d", "grey")
    assert missing.exit_code == 3
    assert "has no deployment grey. It has blue, green." in " ".join(missing.stderr.split())


def test_a_file_without_tests_is_told(place: Place) -> None:
    bare = "endpoints/online/managed/blue-green/endpoint.yml"
    refused = az("ml", "endpoint", "test", *place.where, "-f", bare)
    assert refused.exit_code != 0
    assert "has no tests" in refused.stderr


def test_bad_tests_are_found_by_validate(samples: Path) -> None:
    file = samples / FILE
    file.write_text(file.read_text().replace("approx:", "aprox:"))
    found = az("ml", "endpoint", "validate", "-f", FILE)
    assert found.exit_code == 1
    assert (
        f"{FILE}:39:19: 'aprox' is no key of a comparison; did you mean 'approx'?" in found.stderr
    )


# Tests and the rest


def test_tests_are_no_difference(made: Place, samples: Path) -> None:
    file = samples / FILE
    file.write_text(file.read_text().replace("max_latency_ms: 5000", "max_latency_ms: 4000"))
    applied = made.az("apply")
    assert applied.exit_code == 0, applied.stderr
    assert made.asked == []
    planned = made.az("plan", "--detailed-exitcode")
    assert planned.exit_code == 0, planned.stderr


def test_apply_gives_traffic_to_those_who_pass(place: Place) -> None:
    applied = place.az("apply")
    assert applied.exit_code == 0, applied.stderr
    assert shares(applied) == {"blue": 100}
    assert sorted(place.asked) == ["blue", "blue", "green", "green"]


def test_apply_gives_no_traffic_to_those_who_fail_however_often_it_runs(
    made: Place, samples: Path
) -> None:
    file = samples / FILE
    half = file.read_text().replace("blue: 100\n  green: 0", "blue: 50\n  green: 50")
    file.write_text(half)
    made.answers["green"] = [1.5, 2.5]
    for _ in range(2):
        refused = made.az("apply")
        assert refused.exit_code == 1
        assert "green does not pass its tests: 1 of 2 tests failed: one patient" in refused.stderr
        shown = az("ml", "endpoint", "show", *made.where, "-n", "my-tested-endpoint")
        assert shares(shown) == {"blue": 100}
    made.answers["green"] = GOOD["green"]
    assert shares(made.az("apply")) == {"blue": 50, "green": 50}


def test_who_does_not_wait_is_told_that_nothing_is_tested(azure: CloudWorld, samples: Path) -> None:
    place = _in_azure(azure)
    applied = place.az("apply", "--no-wait")
    assert applied.exit_code == 0, applied.stderr
    assert "WARNING: --no-wait: blue and green will not be tested." in applied.stderr
    assert place.asked == []


def test_rollout_gives_no_traffic_to_those_who_fail(made: Place) -> None:
    made.answers["green"] = [1.5, 2.5]
    stopped = made.az("rollout", "--to", "green", "--bake", "0", "--steps", "10,100")
    assert stopped.exit_code == 1
    assert "1 of 2 tests failed: one patient: expected [0] > 202, got 1.5" in stopped.stderr
    shown = az("ml", "endpoint", "show", *made.where, "-n", "my-tested-endpoint")
    assert shares(shown) == {"blue": 100}


def test_rollout_goes_on_with_those_who_pass(made: Place) -> None:
    rolled = made.az("rollout", "--to", "green", "--bake", "0", "--steps", "10,100")
    assert rolled.exit_code == 0, rolled.stderr
    assert shares(rolled) == {"green": 100}


def test_a_model_that_breaks_is_a_failed_test(azure: CloudWorld, samples: Path) -> None:
    place = _in_azure(azure)
    assert place.az("create").exit_code == 0
    azure.simulator.scorer = lambda _: model_error(500, "it broke")
    tested = place.az("test", "-d", "blue")
    assert tested.exit_code == 1
    assert tested.json[0]["faults"][0].startswith("expected status 200, got 424: An unexpected")


# az ml endpoint test --from-collected


def event(collection: str, data: object, correlation: str) -> str:
    said = {"type": f"azureml.inference.{collection}", "data": data, "correlationid": correlation}
    return json.dumps(said)


@pytest.fixture
def collected(tmp_path: Path) -> Path:
    """Two requests, one of them with its answer."""
    folder, asked = tmp_path / "downloads", {"data": [[0], [1]]}
    folder.mkdir()
    lines = [event("request", asked, "c-1"), event("response", GOOD["blue"], "c-1")]
    (folder / "a.jsonl").write_text("\n".join([*lines, event("request", asked, "c-2")]))
    return folder


def replay(place: Place, *options: str) -> Result:
    place.asked.clear()
    return az("ml", "endpoint", "test", *place.where, "-n", "my-tested-endpoint", *options)


def test_collected_requests_are_sent_again(made: Place, collected: Path) -> None:
    done = replay(made, "-d", "blue", "--from-collected", str(collected))
    assert done.exit_code == 0, done.stderr
    assert made.asked == ["blue", "blue"]
    outcomes = {each["name"]: each["outcome"] for each in done.json}
    assert outcomes == {"a.jsonl:1": "passed", "a.jsonl:3": "passed"}
    assert "1 of 2 have no collected answer" in done.stderr


def test_an_answer_that_differs_is_told_and_reported(
    made: Place, collected: Path, tmp_path: Path
) -> None:
    junit = tmp_path / "results.xml"
    done = replay(made, "-d", "green", "--from-collected", str(collected), "--junit", str(junit))
    assert done.exit_code == 1
    assert "expected [0] 205.486, got 202.4521" in done.stderr
    assert ElementTree.parse(junit).getroot()[0].get("failures") == "1"


def test_a_line_that_is_odd_is_told_before_anybody_is_asked(made: Place, collected: Path) -> None:
    file = collected / "b.jsonl"
    file.write_text('{"type": 1,}')
    done = replay(made, "--from-collected", str(collected))
    assert done.exit_code == 1 and f"{file}:1:12: this is no JSON" in done.stderr
    assert made.asked == []


def test_a_deployment_that_is_not_there_is_told(made: Place, collected: Path) -> None:
    done = replay(made, "-d", "red", "--from-collected", str(collected))
    assert done.exit_code == 3 and "has no deployment red" in done.stderr
    assert made.asked == []


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ([], "Nothing says what to test"),
        (["--from-collected", "x"], "do not say which endpoint"),
        (["--from-collected", "x", "-n", "e", "-f", "y.yml"], "takes the place of --file"),
        (["--from-collected", "gone", "-n", "e"], "gone: there is no such file or folder"),
    ],
)
def test_collected_requests_are_instead_of_a_file(options: list[str], told: str) -> None:
    done = az("ml", "endpoint", "test", "--local", *options)
    assert done.exit_code != 0 and told in done.stderr
