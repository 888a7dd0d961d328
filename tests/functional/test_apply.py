"""`az ml endpoint apply`: what is done, and what is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.cloud_world import CloudWorld
from tests.functional.in_process_az import az
from tests.functional.planning import HOUSES, apply, command, done, plan
from tests.functional.sample_files import BLUE, BLUE_GREEN, GREEN_FILE
from tests.simulator.operations import Durations

INSTANCE_TYPE = ["--set", "deployments[0].instance_type=Standard_F4s_v2"]
ALONE = ("ml", "endpoint", "apply", "-n", "houses", "-f", BLUE)
"""Without green."""

pytestmark = pytest.mark.usefixtures("samples")


def refused(world: CloudWorld, *arguments: str, file: str = BLUE_GREEN) -> str:
    """What `apply` says of it, having changed nothing."""
    world.simulator.journal.clear()
    result = done(command("apply", *arguments, file=file), exit_code=1)
    assert world.writes() == []
    return result.stderr


def copy_of(sample: str, text: str, other: str) -> str:
    """Beside the sample, with one text in place of another."""
    file = Path(sample).with_name("edited.yml")
    original = Path(sample).read_text()
    assert text in original
    file.write_text(original.replace(text, other))
    return str(file)


# Applying


def test_what_is_as_the_file_says_is_left_alone_with_few_requests(
    azure_houses: CloudWorld,
) -> None:
    result = done(command("apply"))
    assert azure_houses.writes() == []
    requests = list(azure_houses.simulator.journal.requests())
    assert len(requests) <= 6, [f"{each.method} {each.url}" for each in requests]
    assert result.stderr == "houses: nothing to do\n"
    assert result.json["traffic"] == {"blue": 90, "green": 10}


def test_others_tags_stay_and_the_files_own_go_with_it(azure_houses: CloudWorld) -> None:
    apply("--set", "tags.team=boats", "tags.stage=test")
    done(az("ml", "endpoint", "update", "-n", "houses", "--set", "tags.policy=theirs"))
    azure_houses.simulator.journal.clear()
    assert plan("--set", "tags.team=boats", "tags.stage=test")["steps"] == []
    apply("--set", "tags.team=boats")
    shown = done(az("ml", "endpoint", "show", "-n", "houses")).json
    assert shown["tags"] == {"team": "boats", "policy": "theirs"}


def test_traffic_that_the_file_does_not_speak_of_stays(azure_houses: CloudWorld) -> None:
    silent = copy_of(BLUE_GREEN, "traffic:\n  blue: 90\n  green: 10\n", "")
    done(az("ml", "endpoint", "update", "-n", "houses", "--traffic", "blue:70,green:30"))
    assert apply("--set", "tags.team=boats", file=silent)["traffic"] == {"blue": 70, "green": 30}
    del azure_houses


def test_nothing_is_deleted_that_nobody_has_agreed_to(azure_houses: CloudWorld) -> None:
    said = refused(azure_houses, file=BLUE)
    assert "Delete green of houses?" in said
    assert "--yes" in said
    assert "  - delete deployment green: the file does not have it\n" in said
    shown = apply("--yes", file=BLUE)
    assert [each["name"] for each in shown["deployments"]] == ["blue"]


@pytest.mark.parametrize("answer", [b"n\n", b"\n"])
def test_who_does_not_agree_changes_nothing(
    azure_houses: CloudWorld, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    monkeypatch.setattr("knack.prompting.verify_is_a_tty", lambda: None)
    result = az(*ALONE, stdin=answer + b"n\n")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Delete green of houses? (y/n): " in result.stderr
    assert "nothing was changed" in result.stderr
    assert azure_houses.writes() == []


def test_who_agrees_gets_it_done_and_stdout_has_the_result_alone(
    azure_houses: CloudWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    del azure_houses
    monkeypatch.setattr("knack.prompting.verify_is_a_tty", lambda: None)
    result = done(az(*ALONE, stdin=b"y\n"))
    assert [each["name"] for each in result.json["deployments"]] == ["blue"]


def test_what_others_add_while_somebody_thinks_is_not_deleted(
    azure_houses: CloudWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    purple = copy_of(GREEN_FILE, "name: green\n", "name: purple\n")

    def think() -> None:
        done(az("ml", "endpoint", "update", "-n", "houses", "-e", purple))
        azure_houses.simulator.journal.clear()

    monkeypatch.setattr("knack.prompting.verify_is_a_tty", think)
    result = done(az(*ALONE, stdin=b"y\n"), exit_code=1)
    assert "has changed meanwhile: purple would go too" in result.stderr
    assert azure_houses.writes() == []


def test_agreement_may_be_given_once_for_all_in_azs_config(
    azure_houses: CloudWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    del azure_houses
    monkeypatch.setenv("AZURE_CORE_DISABLE_CONFIRM_PROMPT", "true")
    shown = apply(file=BLUE)
    assert [each["name"] for each in shown["deployments"]] == ["blue"]


# What cannot be changed in place


def test_what_cannot_be_changed_is_said_with_the_way_to_do_it(azure_houses: CloudWorld) -> None:
    shown = plan(*INSTANCE_TYPE, exit_code=1)
    (obstacle,) = shown["obstacles"]
    assert "instance_type of deployment blue" in obstacle["what"]
    assert "az ml endpoint apply --replace blue" in obstacle["way"]
    assert "Standard_F2s_v2 → Standard_F4s_v2" in command("plan", *INSTANCE_TYPE).stderr
    assert "--replace blue" in refused(azure_houses, *INSTANCE_TYPE)


def test_a_twin_takes_the_place_and_the_file_goes_on_meaning_it(azure_houses: CloudWorld) -> None:
    shown = apply(*INSTANCE_TYPE, "--replace", "blue")
    assert shown["traffic"] == {"blue-2": 90, "green": 10}
    types = {each["name"]: each["instance_type"] for each in shown["deployments"]}
    assert types == {"blue-2": "Standard_F4s_v2", "green": "Standard_F2s_v2"}
    deployments = [line for line in azure_houses.writes() if "deployments/" in line]
    assert deployments == [
        f"PUT {HOUSES}/deployments/blue-2",
        f"DELETE {HOUSES}/deployments/blue",
    ]
    assert plan(*INSTANCE_TYPE, "--detailed-exitcode")["steps"] == []
    done(command("update", *INSTANCE_TYPE))
    back = apply("--replace", "blue")
    assert back["traffic"] == {"blue": 90, "green": 10}
    assert plan("--detailed-exitcode")["steps"] == []


def test_what_is_not_there_cannot_be_replaced(azure_houses: CloudWorld) -> None:
    result = command("apply", "--replace", "purple")
    assert result.exit_code == 3
    assert "The file has no deployment purple." in result.stderr
    assert azure_houses.writes() == []


# Others at work


def test_whoever_is_at_work_is_named_and_waited_for_or_not(azure_houses: CloudWorld) -> None:
    azure_houses.simulator.backend.durations = Durations(deployment=600)
    edit = ("--set", "deployments[0].environment_variables.A=b")
    done(command("update", *edit, "--no-wait"))
    said = refused(azure_houses, *edit, "--on-conflict", "fail")
    assert "deployment blue: an earlier command is at work on it." in said
    assert "--on-conflict wait" in said
    waited = done(command("apply", *edit))
    assert "at work on it; following it" in waited.stderr
    assert waited.stderr.endswith("houses: nothing to do\n")
    assert azure_houses.writes() == []
