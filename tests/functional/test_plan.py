"""`az ml endpoint plan`: what is said before; and plans that are saved for `apply`.

What `apply` does otherwise is in :mod:`.test_apply`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.cloud_world import CloudWorld
from tests.fakes.memory_runtime import MemoryRuntime
from tests.functional.in_process_az import az
from tests.functional.planning import HOUSES, apply, command, done, plan
from tests.functional.sample_files import BLUE, BLUE_GREEN, SCRIPT

pytestmark = pytest.mark.usefixtures("samples")


def titles(plan: Any) -> list[str]:
    return [each["title"] for each in plan["steps"]]


def changes(plan: Any) -> dict[str, tuple[Any, Any]]:
    found = [each for step in plan["steps"] for each in step["changes"]]
    return {each["path"]: (each["old"], each["new"]) for each in found}


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
    azure_houses: CloudWorld,
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
    assert azure_houses.writes() == []


def test_new_code_is_told_by_what_its_content_comes_to(azure_houses: CloudWorld) -> None:
    del azure_houses
    SCRIPT.write_text(SCRIPT.read_text() + "\n# another\n")
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


def test_the_exit_code_says_whether_anything_differs(azure_houses: CloudWorld) -> None:
    del azure_houses
    assert plan("--detailed-exitcode")["has_changes"] is False
    edit = ("--set", "tags.team=boats")
    assert plan(*edit)["has_changes"] is True
    assert plan(*edit, "--detailed-exitcode", exit_code=2)["has_changes"] is True
    broken = done(command("plan", "--detailed-exitcode", file="no.yml"), exit_code=1)
    assert broken.stdout == ""


def test_a_plan_can_be_a_table(azure_houses: CloudWorld) -> None:
    del azure_houses
    lines = command("plan", "--set", "tags.team=boats", "-o", "table").stdout.splitlines()
    assert lines[-1].split() == ["update", "endpoint", "houses", "tags", "changed"]


# Saved plans


def test_a_saved_plan_is_carried_out_as_long_as_nothing_has_changed(
    azure_houses: CloudWorld, tmp_path: Path
) -> None:
    saved = str(tmp_path / "plan.json")
    edit = ("--set", "deployments[0].scale_settings.instance_count=3")
    plan(*edit, "--out", saved)
    done(az("ml", "endpoint", "apply", "--plan", saved, "--yes"))
    assert azure_houses.body(f"{HOUSES}/deployments/blue")["sku"]["capacity"] == 3
    again = done(az("ml", "endpoint", "apply", "--plan", saved), exit_code=1)
    assert "deployments[blue].scale_settings" in again.stderr


def test_a_saved_plan_is_agreement_enough(azure_houses: CloudWorld, tmp_path: Path) -> None:
    saved = str(tmp_path / "plan.json")
    plan("--out", saved, file=BLUE)
    done(az("ml", "endpoint", "apply", "--plan", saved))
    assert list(done(az("ml", "endpoint", "show", "-n", "houses")).json["traffic"]) == ["blue"]
    del azure_houses


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ("file", "has changed since it was planned"),
        ("code", "deployments[blue].code, deployments[green].code"),
        ("world", "Endpoint houses has changed since it was planned: traffic."),
    ],
)
def test_a_saved_plan_is_refused_where_something_has_changed_since(
    azure_houses: CloudWorld, tmp_path: Path, changed: str, said: str
) -> None:
    saved = str(tmp_path / "plan.json")
    plan("--set", "tags.team=boats", "--out", saved)
    if changed == "world":
        done(az("ml", "endpoint", "update", "-n", "houses", "--traffic", "blue:70,green:30"))
    else:
        file = Path(BLUE_GREEN) if changed == "file" else SCRIPT
        file.write_text(file.read_text() + "\n# another\n")
    azure_houses.simulator.journal.clear()
    refused = done(az("ml", "endpoint", "apply", "--plan", saved), exit_code=1)
    assert said in refused.stderr
    assert azure_houses.writes() == []


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
