"""Whatever is given, an error says what is wrong with it, and nothing ends in a traceback."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.scoring import Answer
from tests.fakes.cloud_world import CloudWorld
from tests.fakes.memory_runtime import Behaviour, MemoryRuntime
from tests.functional.in_process_az import Result, az

BLUE = "endpoints/online/managed/simple-flow/1-create-endpoint-with-blue.yml"
NO_TEXT = "a\udcff"
LONG = "a" * 5000


@pytest.fixture
def houses(samples: Path) -> Path:
    made = az("ml", "endpoint", "create", "--local", "-n", "Houses", "-f", BLUE)
    assert made.exit_code == 0, made.stderr
    return samples


def endpoint(*arguments: str, **options: Any) -> Result:
    done = az("ml", "endpoint", *arguments, **options)
    assert "Traceback" not in done.stderr and "unexpected error" not in done.stderr
    return done


OPTIONS = {
    "data that is no text": (["invoke", "-n", "houses", "--data", NO_TEXT], 2, "--data: the value"),
    "a name that is no text": (["show", "-n", NO_TEXT], 2, "--name: the value is not UTF-8"),
    "a deployment that is none": (["delete", "-n", "x", "-d", NO_TEXT, "--yes"], 2, "--deployment"),
    "a value that is none": (["update", "-n", "houses", "--set", f"tags.a={NO_TEXT}"], None, ""),
    "a type that is none": (
        ["invoke", "-n", "houses", "--data", "1", "--content-type", NO_TEXT],
        2,
        "--content-type",
    ),
    "a long name": (["show", "-n", LONG], 3, "There is no local endpoint"),
    "a long name to delete": (["delete", "-n", LONG, "--yes"], 3, "There is no local endpoint"),
    "a long deployment": (["get-logs", "-n", "houses", "-d", LONG], 3, "has no deployment"),
    "a long file": (["create", "-f", LONG], 1, "cannot be read: File name too long"),
    "a long request": (
        ["invoke", "-n", "houses", "--request-file", LONG],
        1,
        "Check --request-file",
    ),
    "many lines": (
        ["get-logs", "-n", "houses", "-d", "blue", "--lines", "9" * 20],
        2,
        "more than 1000000",
    ),
    "more lines": (["get-logs", "-n", "houses", "-d", "blue", "--lines", "9" * 5000], 2, "lines"),
    "lines that are none": (["get-logs", "-n", "houses", "-d", "blue", "--lines", "²"], 2, "lines"),
    "a request without end": (
        ["invoke", "-n", "houses", "--request-file", "/dev/zero"],
        1,
        "has more than 100 MiB",
    ),
    "a folder for a request": (["invoke", "-n", "houses", "--request-file", "/"], 1, "Is a dir"),
    "no room for an export": (
        ["export", "-n", "houses", "--out", "/dev/full", "--yes"],
        1,
        "/dev/full: No space left",
    ),
    "a long name for an export": (["export", "-n", "houses", "--out", LONG], 1, "too long"),
    "no room for a plan": (
        ["plan", "-n", "houses", "-f", BLUE, "--out", "/dev/full"],
        1,
        "/dev/full: No space left",
    ),
    "a plan without end": (["apply", "--plan", "/dev/zero"], 1, "has more than 10 MiB"),
}


@pytest.mark.parametrize(("arguments", "code", "told"), OPTIONS.values(), ids=OPTIONS)
def test_options_that_cannot_be(
    houses: Path, arguments: list[str], code: int | None, told: str
) -> None:
    command, *rest = arguments
    local = [] if command == "apply" else ["--local"]
    refused = endpoint(command, *local, *rest)
    assert refused.exit_code == code if code else refused.exit_code != 0
    assert told in refused.stderr
    assert NO_TEXT not in refused.stderr


@pytest.mark.parametrize("option", ["-n", "-d"])
def test_names_that_are_no_text_do_not_reach_azure(azure: CloudWorld, option: str) -> None:
    names = {"-n": "houses", "-d": "blue", option: NO_TEXT}
    refused = endpoint("get-logs", *(part for pair in names.items() for part in pair))
    assert refused.exit_code == 2 and "is not UTF-8 text" in refused.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["invoke", "-n", "houses", "--data", "-"],
        ["delete", "-n", "houses"],
        ["delete", "-n", "houses", "-d", "blue"],
        ["prune", "-n", "houses"],
    ],
)
def test_without_stdin_nobody_is_asked_and_nothing_is_read(
    houses: Path, arguments: list[str], monkeypatch: pytest.MonkeyPatch, runtime: MemoryRuntime
) -> None:
    command, *rest = arguments
    done = endpoint(command, "--local", *rest, stdin=None)
    assert (done.exit_code == 0) == (command == "prune")
    assert [each.name for each in runtime.endpoints()] == ["Houses"] and runtime.instances()


@pytest.mark.parametrize(
    "command", ["validate", "create --local", "plan --local", "update --local"]
)
@pytest.mark.parametrize("file", ["endpoint.yml", BLUE])
def test_a_working_folder_that_is_gone(
    samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, file: str
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    named = str(samples / file) if file == BLUE else file
    refused = endpoint(*command.split(), "-n", "houses", "-f", named)
    assert refused.exit_code == 1 and "The working folder is gone" in refused.stderr


PLANS = {
    "null": "null",
    "deep": "[" * 200_000,
    "no place": {"place": {}},
    "another place": {"place": {"local": "yes", "runtime": None}},
    "a key too many": {"colour": "red"},
    "a file that is a number": {"files": 5},
    "files that are asked for by a number": {"asked": 5},
    "traffic that is a text": {"traffic": {"blue": "all"}},
    "settings that are text": {"settings": "a=b"},
    "a setting that is a list": {"settings": [[]]},
    "replaced by null": {"replaced": None},
    "a hash that is a list": {"files": {"endpoint.yml": []}},
    "a name that is a mapping": {"endpoint_name": {}},
}


@pytest.mark.parametrize("change", PLANS.values(), ids=PLANS)
def test_a_plan_that_somebody_has_edited(houses: Path, tmp_path: Path, change: Any) -> None:
    saved = tmp_path / "plans/plan.json"
    made = endpoint("plan", "--local", "-n", "houses", "-f", BLUE, "--out", str(saved))
    assert made.exit_code == 0, made.stderr
    data = json.loads(saved.read_text())
    if isinstance(change, dict):
        origin = {**data["origin"], **change}
        change = json.dumps({**data, "origin": origin})
    saved.write_text(change)
    done = endpoint("apply", "--plan", str(saved))
    assert done.exit_code == (0 if "colour" in change else 1)
    assert "colour" in change or "is no saved plan" in done.stderr


@pytest.mark.parametrize("key", ["wanted", "there"])
@pytest.mark.parametrize("value", [None, [], "x", {"a": 1}])
def test_digests_that_are_none(houses: Path, tmp_path: Path, key: str, value: Any) -> None:
    saved = tmp_path / "plan.json"
    endpoint("plan", "--local", "-n", "houses", "-f", BLUE, "--out", str(saved))
    saved.write_text(json.dumps({**json.loads(saved.read_text()), key: value}))
    assert "is no saved plan" in endpoint("apply", "--plan", str(saved)).stderr


def test_plans_are_their_owners_alone(houses: Path, tmp_path: Path) -> None:
    saved = tmp_path / "plans/plan.json"
    endpoint("plan", "--local", "-n", "houses", "-f", BLUE, "--out", str(saved))
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert stat.S_IMODE(saved.parent.stat().st_mode) == 0o700


# Answers

DEEP = b"[" * 200_000
ANSWERS = [DEEP, b"[" * 1000 + b"]" * 1000, b'{"message":' * 100_000, b"\xff\xfe", b"nan", b""]


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize("body", ANSWERS, ids=range(len(ANSWERS)))
def test_answers_that_are_no_json(
    samples: Path, runtime: MemoryRuntime, body: bytes, status: int
) -> None:
    answer = Answer(status=status, body=body)
    runtime.behaviours["blue"] = Behaviour(answer=lambda _: answer)
    endpoint("create", "--local", "-n", "houses", "-f", BLUE)
    asked = endpoint("invoke", "--local", "-n", "houses", "--data", "1")
    assert asked.exit_code == (0 if status == 200 else 1)
    assert len(asked.stderr) < 5000


def test_a_request_file_that_is_deep_goes_out_as_it_is(
    samples: Path, runtime: MemoryRuntime, tmp_path: Path
) -> None:
    (tmp_path / "deep.json").write_bytes(DEEP)
    endpoint("create", "--local", "-n", "houses", "-f", BLUE)
    file = str(tmp_path / "deep.json")
    asked = endpoint("invoke", "--local", "-n", "houses", "--request-file", file)
    assert (asked.exit_code, asked.stdout) == (0, DEEP.decode())


# Names in capitals, and both runtimes


def test_capitals_make_no_other_endpoint(houses: Path) -> None:
    for name in ("Houses", "houses", "HOUSES"):
        assert endpoint("show", "--local", "-n", name).json["name"] == "Houses"
    assert endpoint("delete", "--local", "-n", "hOUSES", "--yes").exit_code == 0
    assert endpoint("list", "--local").json == []


def test_an_endpoint_in_docker_is_found_where_processes_are_configured(
    houses: Path, runtimes: dict[str, MemoryRuntime], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_ML_ENDPOINT_LOCAL_RUNTIME", "process")
    assert endpoint("show", "--local", "-n", "houses").json["name"] == "Houses"
    assert [each["name"] for each in endpoint("list", "--local").json] == ["Houses"]
    assert endpoint("invoke", "--local", "-n", "houses", "--data", "1").json == 1
    assert endpoint("get-logs", "--local", "-n", "houses", "-d", "blue").exit_code == 0
    assert endpoint("create", "--local", "-n", "houses", "-f", BLUE).exit_code == 0
    assert not runtimes["process"].instances()
    assert endpoint("create", "--local", "-n", "flats", "-f", BLUE).exit_code == 0
    assert [each.endpoint for each in runtimes["process"].instances()] == ["flats"]
    assert endpoint("delete", "--local", "-n", "houses", "--yes").exit_code == 0
    assert [each["name"] for each in endpoint("list", "--local").json] == ["flats"]
