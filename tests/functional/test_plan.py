"""`az ml endpoint plan` and `apply`: what is said before, what is done, and what is left alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.cloud_world import CloudWorld
from tests.fakes.memory_runtime import MemoryRuntime
from tests.functional.in_process_az import Result, az
from tests.simulator.operations import Durations

MANAGED = "endpoints/online/managed"
BLUE_GREEN = f"{MANAGED}/blue-green/endpoint.yml"
HOUSES = "onlineEndpoints/houses"
INSTANCE_TYPE = ["--set", "deployments[0].instance_type=Standard_F4s_v2"]
ALONE = (
    *("ml", "endpoint", "apply", "-n", "houses"),
    *("-f", f"{MANAGED}/simple-flow/1-create-endpoint-with-blue.yml"),
)
"""Without green."""
GREEN = f"{MANAGED}/canary-imperative-flow/3-create-green.yml"

pytestmark = pytest.mark.usefixtures("samples")


def command(name: str, *arguments: str, file: str = BLUE_GREEN) -> Result:
    return az("ml", "endpoint", name, "-n", "houses", "-f", file, *arguments)


def done(result: Result, exit_code: int = 0) -> Result:
    assert result.exit_code == exit_code, result.stderr
    return result


def plan(*arguments: str, exit_code: int = 0, file: str = BLUE_GREEN) -> Any:
    """The plan as data."""
    return done(command("plan", *arguments, file=file), exit_code).json


def apply(*arguments: str, file: str = BLUE_GREEN) -> Any:
    return done(command("apply", *arguments, file=file)).json


def refused(world: CloudWorld, *arguments: str, file: str = BLUE_GREEN) -> str:
    """What `apply` says of it, having changed nothing."""
    world.simulator.journal.clear()
    result = done(command("apply", *arguments, file=file), exit_code=1)
    assert world.writes() == []
    return result.stderr


def titles(plan: Any) -> list[str]:
    return [each["title"] for each in plan["steps"]]


def changes(plan: Any) -> dict[str, tuple[Any, Any]]:
    found = [each for step in plan["steps"] for each in step["changes"]]
    return {each["path"]: (each["old"], each["new"]) for each in found}


def copy_of(sample: str, text: str, other: str) -> str:
    """Beside the sample, with one text in place of another."""
    file = Path(sample).with_name("edited.yml")
    original = Path(sample).read_text()
    assert text in original
    file.write_text(original.replace(text, other))
    return str(file)


@pytest.fixture
def blue_green(azure: CloudWorld, samples: Path) -> CloudWorld:
    """Blue has 90 % of the traffic, green has 10."""
    del samples
    apply()
    azure.simulator.journal.clear()
    return azure


# Planning


def test_a_plan_says_all_that_would_be_made_and_only_reads(azure: CloudWorld) -> None:
    result = done(command("plan"))
    assert {request.method for request in azure.simulator.journal.requests()} == {"GET"}
    shown = result.json
    assert titles(shown) == [
        "register model diabetes-regression:1",
        "register code onlinescoring",
        "make environment diabetes-regression-env",
        "register model diabetes-regression:2",
        "create endpoint houses",
        "create deployment blue",
        "create deployment green",
        "set traffic to blue 90 %, green 10 %",
    ]
    sizes = [each["upload_bytes"] for each in shown["steps"]]
    files = [
        "model-1/model/sklearn_regression_model.pkl",
        "model-1/onlinescoring/score.py",
        "model-1/model-v2/sklearn_regression_model.pkl",
    ]
    expected = [(Path("endpoints/online") / each).stat().st_size for each in files]
    assert [size for size in sizes if size] == expected
    assert shown["upload_bytes"] == sum(expected)
    assert "  + create deployment blue: it does not exist\n" in result.stderr
    assert "instance_type: Standard_F2s_v2\n" in result.stderr


def test_a_plan_says_what_changes_field_by_field_and_what_is_reused(
    blue_green: CloudWorld,
) -> None:
    edits = ["tags.team=boats", "deployments[0].scale_settings.instance_count=3", "traffic.blue=60"]
    result = done(command("plan", "--set", *edits, "traffic.green=40"))
    assert titles(result.json) == [
        "update endpoint houses",
        "scale deployment blue",
        "set traffic to blue 60 %, green 40 %",
    ]
    assert changes(result.json) == {
        "tags.team": (None, "boats"),
        "deployments[blue].scale_settings.instance_count": (1, 3),
        "traffic.blue": (90, 60),
        "traffic.green": (10, 40),
    }
    assert "      scale_settings.instance_count: 1 → 3\n" in result.stderr
    assert result.json["reused"] == [
        "model diabetes-regression:1",
        "code onlinescoring",
        "environment diabetes-regression-env",
        "model diabetes-regression:2",
    ]
    assert blue_green.writes() == []


def test_new_code_is_told_by_what_its_content_comes_to(blue_green: CloudWorld) -> None:
    del blue_green
    script = Path("endpoints/online/model-1/onlinescoring/score.py")
    script.write_text(script.read_text() + "\n# another\n")
    old, new = changes(plan())["deployments[blue].code"]
    assert (old == new, new.startswith("onlinescoring (")) == (False, True)


def test_a_secret_is_in_no_plan(
    azure: CloudWorld, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    saved = tmp_path / "plan.json"
    key = "deployments[0].environment_variables.API_KEY=${secret:API_KEY}"
    monkeypatch.setenv("API_KEY", "before-canary")
    apply("--set", key)
    monkeypatch.setenv("API_KEY", "after-canary")
    result = done(command("plan", "--set", key, "--out", str(saved)))
    (change,) = changes(result.json).items()
    assert change == ("deployments[blue].environment_variables.API_KEY", ("********", "********"))
    assert "canary" not in result.stdout + result.stderr + saved.read_text()
    del azure


def test_the_exit_code_says_whether_anything_differs(blue_green: CloudWorld) -> None:
    del blue_green
    assert plan("--detailed-exitcode")["has_changes"] is False
    edit = ("--set", "tags.team=boats")
    assert plan(*edit)["has_changes"] is True
    assert plan(*edit, "--detailed-exitcode", exit_code=2)["has_changes"] is True
    broken = done(command("plan", "--detailed-exitcode", file="no.yml"), exit_code=1)
    assert broken.stdout == ""


def test_a_plan_can_be_a_table(blue_green: CloudWorld) -> None:
    del blue_green
    lines = command("plan", "--set", "tags.team=boats", "-o", "table").stdout.splitlines()
    assert lines[-1].split() == ["update", "endpoint", "houses", "tags", "changed"]


# Applying


def test_what_is_as_the_file_says_is_left_alone_with_few_requests(
    blue_green: CloudWorld,
) -> None:
    result = done(command("apply"))
    assert blue_green.writes() == []
    requests = list(blue_green.simulator.journal.requests())
    assert len(requests) <= 6, [f"{each.method} {each.url}" for each in requests]
    assert result.stderr == "houses: nothing to do\n"
    assert result.json["traffic"] == {"blue": 90, "green": 10}


def test_others_tags_stay_and_the_files_own_go_with_it(blue_green: CloudWorld) -> None:
    apply("--set", "tags.team=boats", "tags.stage=test")
    done(az("ml", "endpoint", "update", "-n", "houses", "--set", "tags.policy=theirs"))
    blue_green.simulator.journal.clear()
    assert plan("--set", "tags.team=boats", "tags.stage=test")["steps"] == []
    apply("--set", "tags.team=boats")
    shown = done(az("ml", "endpoint", "show", "-n", "houses")).json
    assert shown["tags"] == {"team": "boats", "policy": "theirs"}


def test_traffic_that_the_file_does_not_speak_of_stays(blue_green: CloudWorld) -> None:
    silent = copy_of(BLUE_GREEN, "traffic:\n  blue: 90\n  green: 10\n", "")
    done(az("ml", "endpoint", "update", "-n", "houses", "--traffic", "blue:70,green:30"))
    assert apply("--set", "tags.team=boats", file=silent)["traffic"] == {"blue": 70, "green": 30}
    del blue_green


def test_nothing_is_deleted_that_nobody_has_agreed_to(blue_green: CloudWorld) -> None:
    alone = f"{MANAGED}/simple-flow/1-create-endpoint-with-blue.yml"
    said = refused(blue_green, file=alone)
    assert "Delete green of houses?" in said
    assert "--yes" in said
    assert "  - delete deployment green: the file does not have it\n" in said
    shown = apply("--yes", file=alone)
    assert [each["name"] for each in shown["deployments"]] == ["blue"]


@pytest.mark.parametrize("answer", [b"n\n", b"\n"])
def test_who_does_not_agree_changes_nothing(
    blue_green: CloudWorld, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    monkeypatch.setattr("knack.prompting.verify_is_a_tty", lambda: None)
    result = az(*ALONE, stdin=answer + b"n\n")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Delete green of houses? (y/n): " in result.stderr
    assert "nothing was changed" in result.stderr
    assert blue_green.writes() == []


def test_who_agrees_gets_it_done_and_stdout_has_the_result_alone(
    blue_green: CloudWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    del blue_green
    monkeypatch.setattr("knack.prompting.verify_is_a_tty", lambda: None)
    result = done(az(*ALONE, stdin=b"y\n"))
    assert [each["name"] for each in result.json["deployments"]] == ["blue"]


def test_what_others_add_while_somebody_thinks_is_not_deleted(
    blue_green: CloudWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    purple = copy_of(GREEN, "name: green\n", "name: purple\n")

    def think() -> None:
        done(az("ml", "endpoint", "update", "-n", "houses", "-e", purple))
        blue_green.simulator.journal.clear()

    monkeypatch.setattr("knack.prompting.verify_is_a_tty", think)
    result = done(az(*ALONE, stdin=b"y\n"), exit_code=1)
    assert "has changed meanwhile: purple would go too" in result.stderr
    assert blue_green.writes() == []


def test_agreement_may_be_given_once_for_all_in_azs_config(
    blue_green: CloudWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    del blue_green
    monkeypatch.setenv("AZURE_CORE_DISABLE_CONFIRM_PROMPT", "true")
    shown = apply(file=f"{MANAGED}/simple-flow/1-create-endpoint-with-blue.yml")
    assert [each["name"] for each in shown["deployments"]] == ["blue"]


# What cannot be changed in place


def test_what_cannot_be_changed_is_said_with_the_way_to_do_it(blue_green: CloudWorld) -> None:
    shown = plan(*INSTANCE_TYPE, exit_code=1)
    (obstacle,) = shown["obstacles"]
    assert "instance_type of deployment blue" in obstacle["what"]
    assert "az ml endpoint apply --replace blue" in obstacle["way"]
    assert "Standard_F2s_v2 → Standard_F4s_v2" in command("plan", *INSTANCE_TYPE).stderr
    assert "--replace blue" in refused(blue_green, *INSTANCE_TYPE)


def test_a_twin_takes_the_place_and_the_file_goes_on_meaning_it(blue_green: CloudWorld) -> None:
    shown = apply(*INSTANCE_TYPE, "--replace", "blue")
    assert shown["traffic"] == {"blue-2": 90, "green": 10}
    types = {each["name"]: each["instance_type"] for each in shown["deployments"]}
    assert types == {"blue-2": "Standard_F4s_v2", "green": "Standard_F2s_v2"}
    deployments = [line for line in blue_green.writes() if "deployments/" in line]
    assert deployments == [
        f"PUT {HOUSES}/deployments/blue-2",
        f"DELETE {HOUSES}/deployments/blue",
    ]
    assert plan(*INSTANCE_TYPE, "--detailed-exitcode")["steps"] == []
    done(command("update", *INSTANCE_TYPE))
    back = apply("--replace", "blue")
    assert back["traffic"] == {"blue": 90, "green": 10}
    assert plan("--detailed-exitcode")["steps"] == []


def test_what_is_not_there_cannot_be_replaced(blue_green: CloudWorld) -> None:
    result = command("apply", "--replace", "purple")
    assert result.exit_code == 3
    assert "The file has no deployment purple." in result.stderr
    assert blue_green.writes() == []


# Saved plans


def test_a_saved_plan_is_carried_out_as_long_as_nothing_has_changed(
    blue_green: CloudWorld, tmp_path: Path
) -> None:
    saved = str(tmp_path / "plan.json")
    edit = ("--set", "deployments[0].scale_settings.instance_count=3")
    plan(*edit, "--out", saved)
    done(az("ml", "endpoint", "apply", "--plan", saved, "--yes"))
    assert blue_green.body(f"{HOUSES}/deployments/blue")["sku"]["capacity"] == 3
    again = done(az("ml", "endpoint", "apply", "--plan", saved), exit_code=1)
    assert "deployments[blue].scale_settings" in again.stderr


def test_a_saved_plan_is_agreement_enough(blue_green: CloudWorld, tmp_path: Path) -> None:
    saved = str(tmp_path / "plan.json")
    plan("--out", saved, file=f"{MANAGED}/simple-flow/1-create-endpoint-with-blue.yml")
    done(az("ml", "endpoint", "apply", "--plan", saved))
    assert list(done(az("ml", "endpoint", "show", "-n", "houses")).json["traffic"]) == ["blue"]
    del blue_green


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ("file", "has changed since it was planned"),
        ("code", "deployments[blue].code, deployments[green].code"),
        ("world", "Endpoint houses has changed since it was planned: traffic."),
    ],
)
def test_a_saved_plan_is_refused_where_something_has_changed_since(
    blue_green: CloudWorld, tmp_path: Path, changed: str, said: str
) -> None:
    saved = str(tmp_path / "plan.json")
    plan("--set", "tags.team=boats", "--out", saved)
    if changed == "world":
        done(az("ml", "endpoint", "update", "-n", "houses", "--traffic", "blue:70,green:30"))
    else:
        scripts = Path("endpoints/online/model-1/onlinescoring/score.py")
        file = Path(BLUE_GREEN) if changed == "file" else scripts
        file.write_text(file.read_text() + "\n# another\n")
    blue_green.simulator.journal.clear()
    refused = done(az("ml", "endpoint", "apply", "--plan", saved), exit_code=1)
    assert said in refused.stderr
    assert blue_green.writes() == []


@pytest.mark.parametrize("content", ["", "{}", json.dumps({"format": 99}), "[1]"])
def test_what_is_no_saved_plan_is_refused(azure: CloudWorld, tmp_path: Path, content: str) -> None:
    del azure
    file = tmp_path / "plan.json"
    file.write_text(content)
    result = done(az("ml", "endpoint", "apply", "--plan", str(file)), exit_code=1)
    assert str(file) in result.stderr


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--plan", "plan.json", "-f", BLUE_GREEN),
        ("--plan", "plan.json", "--replace", "blue"),
        ("--plan", "plan.json", "--set", "tags.a=b"),
    ],
)
def test_a_saved_plan_says_it_all(azure: CloudWorld, options: tuple[str, ...]) -> None:
    del azure
    assert az("ml", "endpoint", "apply", *options).exit_code == 2


# Others at work


def test_whoever_is_at_work_is_named_and_waited_for_or_not(blue_green: CloudWorld) -> None:
    blue_green.simulator.backend.durations = Durations(deployment=600)
    edit = ("--set", "deployments[0].environment_variables.A=b")
    done(command("update", *edit, "--no-wait"))
    said = refused(blue_green, *edit, "--on-conflict", "fail")
    assert "deployment blue: an earlier command is at work on it." in said
    assert "--on-conflict wait" in said
    waited = done(command("apply", *edit))
    assert "at work on it; following it" in waited.stderr
    assert waited.stderr.endswith("houses: nothing to do\n")
    assert blue_green.writes() == []


# On this machine


def test_on_this_machine_it_is_the_same(runtime: MemoryRuntime) -> None:
    first = plan("--local")
    assert titles(first) == [
        "make environment diabetes-regression-env",
        "create endpoint houses",
        "create deployment blue",
        "create deployment green",
        "set traffic to blue 90 %, green 10 %",
    ]
    assert (runtime.instances(), runtime.endpoints()) == ([], [])
    assert apply("--local")["traffic"] == {"blue": 90, "green": 10}
    before = list(runtime.events)
    again = done(command("apply", "--local"))
    assert again.stderr == "houses: nothing to do\n"
    assert runtime.events == before
    variable = ("--set", "deployments[1].environment_variables.A=b")
    assert changes(plan("--local", *variable, "--detailed-exitcode", exit_code=2)) == {
        "deployments[green].environment_variables.A": (None, "b")
    }
    shown = apply("--local", *variable, "--replace", "green")
    assert shown["traffic"] == {"blue": 90, "green-2": 10}
    assert plan("--local", *variable)["steps"] == []
    assert "ml-endpoint" not in json.dumps(shown["tags"])
