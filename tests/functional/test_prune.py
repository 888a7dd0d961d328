"""`az ml endpoint prune`: what receives no traffic is listed, and removed when it is asked for."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from knack import prompting

from azext_ml_endpoint.errors import RuntimeUnavailableError
from azext_ml_endpoint.local.keeping import DAY
from azext_ml_endpoint.local.lock import Locks
from tests.fakes.builders import endpoint as wanted
from tests.fakes.builders import write_files
from tests.fakes.cloud_world import CloudWorld, inline_deployment
from tests.fakes.memory_runtime import MemoryRuntime
from tests.fakes.simulated_arm import WORKSPACE
from tests.functional.in_process_az import Result, az

BLUE_GREEN = "endpoints/online/managed/blue-green/endpoint.yml"
HOUSES = "onlineEndpoints/houses"
LONG_AGO = 1_600_000_000.0


@pytest.fixture
def houses(azure: CloudWorld, tmp_path: Path) -> CloudWorld:
    """Blue serves; green and red do not."""
    present = [inline_deployment(tmp_path, name) for name in ("blue", "green", "red")]
    azure.make(wanted(*present, traffic={"blue": 100}))
    return azure


def prune(*arguments: str) -> Result:
    made = az("ml", "endpoint", "prune", "-n", "houses", *arguments)
    assert made.exit_code == 0, made.stderr
    return made


def removed(made: Result) -> list[str]:
    return [each["name"] for each in made.json if each["removed"]]


def stays(made: Result) -> dict[str, Any]:
    return {each["name"]: each["stays"] for each in made.json}


def left(azure: CloudWorld) -> list[str]:
    found = azure.simulator.backend.resources.children(f"{WORKSPACE.id}/{HOUSES}/deployments")
    return sorted(each.name for each in found)


def change(azure: CloudWorld, path: str, **properties: Any) -> None:
    found = azure.simulator.backend.resources.find(f"{WORKSPACE.id}/{path}")
    assert found is not None
    found.body["properties"].update(properties)


def test_where_nobody_can_be_asked_it_only_lists(houses: CloudWorld) -> None:
    made = prune()
    assert [(each["name"], each["removed"]) for each in made.json] == [
        ("green", False),
        ("red", False),
    ]
    assert made.json[0] | dict.fromkeys(("created_at", "last_modified_at", "idle_since"), "") == {
        "name": "green",
        "provisioning_state": "Succeeded",
        "created_at": "",
        "last_modified_at": "",
        "idle_since": "",
        "instances": "1 x Standard_F2s_v2",
        "hourly_cost": "unknown",
        "stays": None,
        "removed": False,
    }
    assert made.json[0]["created_at"].startswith("2023-11-14T")
    assert "houses: green at 0 %, unused for " in made.stderr
    assert "Nothing is removed. --yes removes them." in made.stderr
    assert left(houses) == ["blue", "green", "red"]


@pytest.mark.parametrize(("answer", "gone"), [(True, ["green", "red"]), (False, [])])
def test_at_a_terminal_it_asks(
    houses: CloudWorld, monkeypatch: pytest.MonkeyPatch, answer: bool, gone: list[str]
) -> None:
    asked: list[str] = []

    def prompt(text: str) -> bool:
        asked.append(text)
        return answer

    monkeypatch.setattr(prompting, "prompt_y_n", prompt)
    assert removed(prune()) == gone
    assert asked == ["Delete green, red of houses?"]
    assert len(left(houses)) == 3 - len(gone)


def test_with_yes_it_removes_all_that_does_not_serve(houses: CloudWorld) -> None:
    before = len(houses.writes())
    assert removed(prune("--yes")) == ["green", "red"]
    assert left(houses) == ["blue"]
    assert sorted(houses.writes()[before:]) == [
        f"DELETE {HOUSES}/deployments/green",
        f"DELETE {HOUSES}/deployments/red",
    ]
    assert prune("--yes").json == []


@pytest.mark.parametrize(("age", "gone"), [("7d", ["green", "red"]), ("9999w", [])])
def test_what_was_changed_lately_can_stay(houses: CloudWorld, age: str, gone: list[str]) -> None:
    assert removed(prune("--yes", "--older-than", age)) == gone


def test_without_any_traffic_everything_stays(houses: CloudWorld) -> None:
    change(houses, HOUSES, traffic={})
    made = prune("--yes")
    assert removed(made) == []
    assert stays(made) == dict.fromkeys(
        ["blue", "green", "red"], "no deployment of the endpoint receives traffic"
    )


def test_what_a_rollout_uses_stays(houses: CloudWorld) -> None:
    found = houses.simulator.backend.resources.find(f"{WORKSPACE.id}/{HOUSES}")
    assert found is not None
    found.body["tags"] = {
        "ml-endpoint.rollout": '{"to":"green","by":"ann","at":"2026-01-31T09:30:00Z","run":"1"}',
        "ml-endpoint.rollout.from": '{"blue":100}',
    }
    made = prune("--yes")
    assert removed(made) == []
    assert "a rollout to green, begun by ann at 2026-01-31T09:30:00Z" in stays(made)["green"]


def test_what_gets_a_copy_of_the_requests_stays(houses: CloudWorld) -> None:
    change(houses, HOUSES, mirrorTraffic={"green": 10})
    made = prune("--yes")
    assert removed(made) == ["red"]
    assert stays(made)["green"] == "it receives a copy of 10 % of the requests"


def test_table(houses: CloudWorld) -> None:
    shown = prune("--yes", "-o", "table").stdout
    assert "1 x Standard_F2s_v2" in shown
    assert shown.count("removed") == 2


def test_locally_too(runtime: MemoryRuntime, samples: Path) -> None:
    del samples
    az("ml", "endpoint", "create", "--local", "-n", "houses", "-f", BLUE_GREEN)
    assert prune("--local", "--yes").json == []
    az("ml", "endpoint", "update", "--local", "-n", "houses", "--traffic", "blue:100,green:0")
    assert removed(prune("--local", "--yes")) == ["green"]
    assert [each.deployment for each in runtime.instances("houses")] == ["blue"]


def test_an_age_has_a_unit(houses: CloudWorld) -> None:
    made = az("ml", "endpoint", "prune", "-n", "houses", "--older-than", "7")
    assert made.exit_code == 2
    assert "'7' is no time such as 7d or 12h: it needs its unit" in made.stderr


# Environments of this machine


@pytest.fixture
def unused(samples: Path, runtimes: dict[str, MemoryRuntime]) -> dict[str, MemoryRuntime]:
    """Docker has one that a deployment uses, and one that none does; the processes have one."""
    made = az("ml", "endpoint", "create", "--local", "-n", "houses", "-f", BLUE_GREEN)
    assert made.exit_code == 0, made.stderr
    runtimes["docker"].environments |= {"of-nobody"}
    runtimes["process"].environments |= {"of-nobody-either"}
    return runtimes


def environments(*arguments: str) -> Result:
    return az("ml", "endpoint", "prune", "--local", "--environments", *arguments)


def test_environments_that_nothing_uses_are_listed_and_stay(
    unused: dict[str, MemoryRuntime],
) -> None:
    listed = environments()
    assert [(each["environment"], each["runtime"], each["removed"]) for each in listed.json] == [
        ("of-nobody", "docker", False),
        ("of-nobody-either", "process", False),
    ]
    assert all(each["size_mb"] == 100 for each in listed.json)
    assert "--yes removes them" in listed.stderr
    assert "of-nobody" in unused["docker"].environments


def test_they_are_removed_when_that_is_agreed_to(unused: dict[str, MemoryRuntime]) -> None:
    assert all(each["removed"] for each in environments("--yes").json)
    assert len(unused["docker"].environments) == 1 and not unused["process"].environments
    nothing = environments("--yes")
    assert nothing.json == []
    assert "There is no environment that nothing has used." in nothing.stderr
    assert "nothing has used for so long." in environments("--older-than", "7d").stderr


def test_of_one_runtime_only(unused: dict[str, MemoryRuntime]) -> None:
    environments("--runtime", "process", "--yes")
    assert not unused["process"].environments and len(unused["docker"].environments) == 2


def test_those_that_were_used_lately_stay(unused: dict[str, MemoryRuntime]) -> None:
    unused["docker"].used_at -= 8 * DAY
    found = environments("--older-than", "7d", "--yes").json
    assert [each["environment"] for each in found] == ["of-nobody"]


def test_nothing_goes_while_another_command_is_at_work(
    unused: dict[str, MemoryRuntime], home: Path
) -> None:
    with Locks(home / "locks", "flats").held():
        refused = environments("--yes")
    assert refused.exit_code == 1 and "Another command is at work" in refused.stderr
    assert "of-nobody" in unused["docker"].environments


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--environments"], "add --local"),
        (["--local", "--environments", "-n", "houses"], "leave --name out"),
        (["--assets"], "add --local"),
        (["--local", "--assets", "-n", "houses"], "leave --name out"),
        (["--local", "--assets", "--runtime", "docker"], "leave --runtime out"),
        (["--local", "--assets", "--environments"], "give one of them"),
        (["--local"], "Give --name"),
    ],
)
def test_what_does_not_go_together_is_refused(arguments: list[str], complaint: str) -> None:
    refused = az("ml", "endpoint", "prune", *arguments)
    assert refused.exit_code == 2 and complaint in refused.stderr


@pytest.mark.parametrize("said", ["many", "-1", "nan", "1e99"])
def test_a_limit_that_is_no_number_is_told_of(
    samples: Path, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setenv("AZURE_ML_ENDPOINT_LOCAL_ENVIRONMENTS_DAYS", said)
    refused = az("ml", "endpoint", "create", "--local", "-n", "houses", "-f", BLUE_GREEN)
    assert refused.exit_code == 1 and "ml_endpoint.local_environments_days" in refused.stderr


def test_a_limit_of_nothing_keeps_nothing(
    samples: Path, runtimes: dict[str, MemoryRuntime], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_ML_ENDPOINT_LOCAL_ENVIRONMENTS_GB", "0")
    az("ml", "endpoint", "create", "--local", "-n", "houses", "-f", BLUE_GREEN)
    az("ml", "endpoint", "delete", "--local", "-n", "houses", "--yes")
    assert not runtimes["docker"].environments


# What was fetched from Azure


@pytest.fixture
def fetched(samples: Path, home: Path) -> list[Path]:
    """Three models, long ago. A deployment of processes has the first of them."""
    files = [home / f"assets/content/{letter * 32}/{letter}.pkl" for letter in "abc"]
    for each in files:
        write_files(each.parent, {each.name: "x" * 2_000_000, "complete": "", "lock": ""})
        os.utime(each.parent / "complete", (LONG_AGO, LONG_AGO))
    document = samples / BLUE_GREEN
    own = "../../model-1/model/sklearn_regression_model.pkl"
    document.write_text(document.read_text().replace(own, str(files[0])))
    create = ("create", "--local", "--runtime", "process", "-n", "houses", "-f", BLUE_GREEN)
    assert az("ml", "endpoint", *create).exit_code == 0
    return files


def assets(*arguments: str) -> Result:
    return az("ml", "endpoint", "prune", "--local", "--assets", *arguments)


def test_what_was_fetched_and_nothing_uses_is_listed_and_stays(fetched: list[Path]) -> None:
    listed = assets()
    shown = [(each["asset"], each["path"], each["size_mb"]) for each in listed.json]
    assert shown == [("b.pkl", str(fetched[1]), 2), ("c.pkl", str(fetched[2]), 2)]
    assert all(each["used_at"].startswith("2020-09-13T") for each in listed.json)
    assert "--yes removes them" in listed.stderr
    assert all(each.exists() for each in fetched)


def test_it_is_removed_when_that_is_agreed_to(fetched: list[Path]) -> None:
    shown = assets("--yes", "-o", "table").stdout
    assert shown.count("removed") == 2 and "a.pkl" not in shown
    assert [each.exists() for each in fetched] == [True, False, False]
    nothing = assets("--yes")
    assert nothing.json == [] and "There is nothing fetched" in nothing.stderr
    assert "within the last hour stays" in nothing.stderr


def test_an_age_counts_from_the_last_use(fetched: list[Path]) -> None:
    two_days_ago = time.time() - 2 * DAY
    os.utime(fetched[1].with_name("complete"), (two_days_ago, two_days_ago))
    assert [each["asset"] for each in assets("--older-than", "7d", "--yes").json] == ["c.pkl"]
    assert fetched[1].exists()


def test_nothing_fetched_goes_while_another_command_is_at_work(
    fetched: list[Path], home: Path
) -> None:
    with Locks(home / "locks", "flats").held():
        refused = assets("--yes")
    assert refused.exit_code == 1 and "Another command is at work" in refused.stderr
    assert all(each.exists() for each in fetched)


def test_where_it_is_not_known_what_is_used_all_stays(
    fetched: list[Path], runtimes: dict[str, MemoryRuntime], monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_: object) -> None:
        raise RuntimeUnavailableError("No Docker daemon answers.")

    with monkeypatch.context() as broken:
        broken.setattr(runtimes["docker"], "instances", silent)
        refused = assets("--yes")
        assert refused.exit_code == 1 and "No Docker daemon answers" in refused.stderr
    there = runtimes["process"].instances()
    damaged = [replace(each, record={}, damage="the file x was cut off") for each in there]
    monkeypatch.setattr(runtimes["process"], "instances", lambda *_: damaged)
    refused = assets("--yes")
    assert refused.exit_code == 1
    assert "What blue of houses has mounted is not known: the file x was cut off." in refused.stderr
    assert all(each.exists() for each in fetched)
