"""`az ml endpoint update` with files, and of traffic and instances, on this machine.

What is there is edited in :mod:`.test_update_edits`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.memory_runtime import MemoryRuntime
from tests.functional.in_process_az import az
from tests.functional.sample_files import (
    BLUE,
    BLUE_FILE,
    BLUE_GREEN,
    FLOW,
    GREEN_FILE,
    SCRIPT,
    STEPS,
)
from tests.functional.updating import endpoint, names, refused, shown, update, updated

pytestmark = pytest.mark.usefixtures("samples")


# The flows of the samples


def test_the_rollout_goes_step_by_step_with_a_file_for_each_deployment() -> None:
    made = endpoint("create", "-f", f"{STEPS}/1-create-endpoint.yml").json
    assert (made["deployments"], made["traffic"]) == ([], {})
    assert updated("--deployment", "blue", "--deployment-file", BLUE_FILE)["traffic"] == {}
    assert updated("--traffic", "blue:100")["traffic"] == {"blue": 100}
    made = updated("--deployment-file", GREEN_FILE, "--traffic", "blue:100,green:0")
    assert (names(made), made["traffic"]) == (["blue", "green"], {"blue": 100})
    assert endpoint("invoke", "-d", "green", "--data", "[1]").json == [1]
    assert updated("--traffic", "blue:90,green:10")["traffic"] == {"blue": 90, "green": 10}
    assert updated("--traffic", "blue:0,green:100")["traffic"] == {"blue": 0, "green": 100}
    assert endpoint("delete", "-d", "blue", "--yes").exit_code == 0
    assert names(shown()) == ["green"]


def test_the_rollout_goes_step_by_step_with_six_files_of_the_endpoint(blue: MemoryRuntime) -> None:
    for file in sorted(Path(FLOW).glob("[2-6]*.yml")):
        made = updated("-f", str(file))
    assert (names(made), made["traffic"]) == (["green"], {"green": 100})
    assert [event for event in blue.events if event.startswith("start")] == ["start green-2"]


# Traffic


def test_a_plan_names_what_is_kept_for_it_here_and_not_what_is_taken_from_where_it_is(
    blue: MemoryRuntime,
) -> None:
    del blue
    SCRIPT.write_text(SCRIPT.read_text() + "\n# edited\n")
    planned = endpoint("plan", "-f", BLUE).json
    assert [each["title"] for each in planned["steps"]] == ["update deployment blue"]
    assert planned["reused"] == ["environment diabetes-regression-env"]


def test_traffic_moves_and_nothing_else_does(blue_green: MemoryRuntime) -> None:
    assert updated("-r", "blue:20, green:80")["traffic"] == {"blue": 20, "green": 80}
    assert blue_green.events == []


@pytest.mark.parametrize(
    ("traffic", "complaint"),
    [
        ("blue:90,gren:10", "no such deployment; did you mean 'green'?"),
        ("blue:90", "traffic adds up to 90, not to 100"),
    ],
)
@pytest.mark.usefixtures("blue_green")
def test_traffic_that_cannot_be_is_refused(traffic: str, complaint: str) -> None:
    told = refused("--traffic", traffic)
    assert f"--traffic: {complaint}" in told or f"{complaint} (traffic" in told
    assert "1 error in --traffic" in told


@pytest.mark.usefixtures("blue_green")
def test_traffic_goes_with_a_deployment_that_comes(samples: Path) -> None:
    red = (samples / GREEN_FILE).read_text().replace("name: green", "name: red", 1)
    (samples / STEPS / "red.yml").write_text(red)
    made = updated("-e", f"{STEPS}/red.yml", "-r", "blue:50,red:50")
    assert names(made) == ["blue", "green", "red"]
    assert made["traffic"] == {"blue": 50, "red": 50}


# A file of one deployment


def test_a_deployments_file_changes_that_deployment_only(blue_green: MemoryRuntime) -> None:
    assert updated("--deployment-file", BLUE_FILE, "--set", "environment_variables.A=1")
    events = [event.rpartition("-")[0] for event in blue_green.events]
    assert events == ["start blue", "promote blue", "remove blue"]


def test_a_deployments_file_can_be_called_the_first_deployment(blue: MemoryRuntime) -> None:
    settings = ["deployments[0].environment_variables.COLOUR=red"]
    made = updated("-d", "blue", "--deployment-file", BLUE_FILE, "--set", *settings)
    assert made["deployments"][0]["environment_variables"] == {"COLOUR": "red"}
    assert blue.events[0] == "start blue-2"


def test_a_deployments_file_takes_over_an_edited_script(blue: MemoryRuntime) -> None:
    SCRIPT.write_text(SCRIPT.read_text() + "\n# edited\n")
    assert "update deployment blue: code changed" in update("-e", BLUE_FILE).stderr
    assert blue.events[0] == "start blue-2"


def test_a_deployments_file_repairs_what_was_killed(blue: MemoryRuntime) -> None:
    blue.kill("blue")
    made = updated("-e", BLUE_FILE)
    assert made["deployments"][0]["provisioning_state"] == "Succeeded"


@pytest.mark.usefixtures("blue")
def test_a_deployments_file_must_be_of_the_deployment_and_the_endpoint_that_are_named() -> None:
    assert "name is 'blue', and --deployment says 'green'" in refused(
        "-d", "green", "-e", BLUE_FILE
    )
    Path(BLUE_FILE).write_text(Path(BLUE_FILE).read_text() + "endpoint_name: flats\n")
    assert "endpoint_name is 'flats', and --name says 'houses'" in refused("-e", BLUE_FILE)


@pytest.mark.usefixtures("blue")
def test_a_deployments_file_is_checked_like_any_other() -> None:
    Path(BLUE_FILE).write_text(Path(BLUE_FILE).read_text().replace("score.py", "scor.py"))
    told = refused("-e", BLUE_FILE)
    assert f"{BLUE_FILE}:14:19: scoring_script 'scor.py' does not exist" in told


# One deployment of the endpoint's file


def test_of_the_endpoints_file_one_deployment_can_be_chosen(blue_green: MemoryRuntime) -> None:
    settings = [f"deployments[{n}].environment_variables.A=1" for n in (0, 1)]
    made = updated("-f", BLUE_GREEN, "-d", "green", "--set", *settings)
    events = [event.rpartition("-")[0] for event in blue_green.events]
    assert events == ["start green", "promote green", "remove green"]
    assert names(made) == ["blue", "green"]


@pytest.mark.usefixtures("blue_green")
def test_a_deployment_that_the_endpoints_file_does_not_have_is_refused() -> None:
    told = refused("-f", BLUE_GREEN, "-d", "red")
    assert f"{BLUE_GREEN}:4:1: there is no deployment 'red'" in told


# Instances


def test_a_number_of_instances_has_no_effect_here_and_that_is_said(blue: MemoryRuntime) -> None:
    made = update("-d", "blue", "-i", "2")
    assert made.exit_code == 0
    assert "WARNING: blue: scale_settings changed, which has no effect" in made.stderr
    assert blue.events == []


@pytest.mark.usefixtures("blue")
def test_instances_of_a_deployment_that_is_not_there_are_refused() -> None:
    told = refused("-d", "green", "--instance-count", "2", exit_code=3)
    assert "Endpoint houses has no deployment green." in told


# What does not go together


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["-n", "houses"], "Say what to change"),
        (["-n", "houses", "--force-string"], "Say what to change"),
        (["--traffic", "blue:100"], "Give --name, or --file"),
        (["-f", BLUE, "-e", BLUE_FILE], "--file and --deployment-file do not go together"),
        (["-f", BLUE, "--remove", "tags"], "--file and --remove do not go together"),
        (["-f", BLUE, "-d", "blue", "-i", "2"], "--file and --instance-count do not"),
        (["-n", "houses", "-e", BLUE_FILE, "-i", "2"], "--deployment-file and --instance-count"),
        (["-n", "houses", "-e", BLUE_FILE, "--add", "x", "y"], "--deployment-file and --add"),
        (["-n", "houses", "-i", "2"], "--instance-count needs --deployment"),
        (["-n", "houses", "-d", "blue"], "--deployment needs --deployment-file or"),
        (["-n", "houses", "-d", "blue", "--set", "tags.a=1"], "deployments[name=NAME].KEY=VALUE"),
        (["-n", "houses", "-r", "blue=90"], "'blue=90' is not NAME:PERCENT"),
        (["-n", "houses", "-r", "blue:90,"], "'' is not NAME:PERCENT"),
        (["-n", "houses", "-r", "blue:half"], "'blue:half' is not NAME:PERCENT"),
        (["-n", "houses", "-r", "blue:90,blue:10"], "blue is in it twice"),
        (["-n", "houses", "-d", "blue", "-i", "0"], "'0' is not a number of instances"),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    arguments: list[str], complaint: str
) -> None:
    made = az("ml", "endpoint", "update", "--local", *arguments)
    assert (made.exit_code, made.stdout) == (2, "")
    assert complaint in made.stderr


def test_an_endpoint_that_is_not_there_is_not_made() -> None:
    for arguments in (["-r", "blue:100"], ["-e", BLUE_FILE], ["--set", "tags.a=1"]):
        made = update(*arguments)
        assert (made.exit_code, made.stdout) == (3, "")
        assert "There is no local endpoint houses." in made.stderr
