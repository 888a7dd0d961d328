"""`az ml endpoint update` in all its forms, on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.fakes.memory_runtime import MemoryRuntime
from tests.functional.in_process_az import Result, az

MANAGED = "endpoints/online/managed"
FLOW = f"{MANAGED}/simple-flow"
STEPS = f"{MANAGED}/canary-imperative-flow"
BLUE = f"{FLOW}/1-create-endpoint-with-blue.yml"
BLUE_GREEN = f"{MANAGED}/blue-green/endpoint.yml"
BLUE_FILE, GREEN_FILE = f"{STEPS}/2-create-blue.yml", f"{STEPS}/3-create-green.yml"
SCRIPT = Path("endpoints/online/model-1/onlinescoring/score.py")
CONDA = Path("endpoints/online/model-1/environment/conda.yml")

pytestmark = pytest.mark.usefixtures("samples")


def endpoint(command: str, *arguments: str) -> Result:
    return az("ml", "endpoint", command, "--local", "-n", "houses", *arguments)


def update(*arguments: str) -> Result:
    return endpoint("update", *arguments)


def updated(*arguments: str) -> Any:
    made = update(*arguments)
    assert made.exit_code == 0, made.stderr
    assert made.json == shown()
    return made.json


def refused(*arguments: str, exit_code: int = 1) -> str:
    before = shown()
    made = update(*arguments)
    assert (made.exit_code, made.stdout) == (exit_code, "")
    assert shown() == before
    return made.stderr


def shown() -> Any:
    return endpoint("show").json


def names(shown: Any) -> list[str]:
    return [each["name"] for each in shown["deployments"]]


@pytest.fixture
def blue(runtime: MemoryRuntime, samples: Path) -> MemoryRuntime:
    """Blue serves; the runtime."""
    del samples  # they are in the working folder
    assert endpoint("create", "-f", BLUE).exit_code == 0
    runtime.events.clear()
    return runtime


@pytest.fixture
def blue_green(runtime: MemoryRuntime, samples: Path) -> MemoryRuntime:
    """Blue has 90 % of the traffic, green has 10; the runtime."""
    del samples
    assert endpoint("create", "-f", BLUE_GREEN).exit_code == 0
    runtime.events.clear()
    return runtime


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


# What is there, edited


@pytest.mark.parametrize("key", ["deployments[0]", "deployments[name=blue]"])
def test_an_environment_variable_is_changed_without_the_file(blue: MemoryRuntime, key: str) -> None:
    before = shown()
    SCRIPT.write_text("raise SystemExit('this edit is not asked for')")
    made = updated("--set", f"{key}.environment_variables.COLOUR=red")
    assert made["deployments"][0]["environment_variables"] == {"COLOUR": "red"}
    old, new = list(blue.specs.values())
    assert (new.environment.digest, new.model, new.code) == (
        old.environment.digest,
        old.model,
        old.code,
    )
    assert new.environment.conda_file == old.environment.conda_file
    for kept in ("model", "code_configuration", "environment", "scale_settings"):
        assert made["deployments"][0][kept] == before["deployments"][0][kept]


def test_a_secret_stays_secret_when_something_else_changes(
    runtime: MemoryRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "hunter2")
    key = "deployments[0].environment_variables"
    secret = f"{key}.TOKEN=${{secret:TOKEN}}"
    assert endpoint("create", "-f", BLUE, "--set", secret).exit_code == 0
    made = updated("--set", f"{key}.COLOUR=red")
    hidden = {"TOKEN": "********", "COLOUR": "red"}
    assert made["deployments"][0]["environment_variables"] == hidden
    *_, spec = runtime.specs.values()
    assert spec.variables == {"TOKEN": "hunter2", "COLOUR": "red"}


def test_a_new_value_may_come_from_a_variable_and_be_secret(
    blue: MemoryRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "hunter2")
    made = update("--set", "deployments[0].environment_variables.TOKEN=${secret:TOKEN}")
    assert made.json["deployments"][0]["environment_variables"] == {"TOKEN": "********"}
    assert "hunter2" not in made.stdout + made.stderr
    *_, spec = blue.specs.values()
    assert spec.variables == {"TOKEN": "hunter2"}


def test_tags_and_the_description_are_set_added_to_and_removed(blue: MemoryRuntime) -> None:
    made = updated("--set", "tags.team=prices", "tags.cost=7", "description=Prices of houses")
    assert made["tags"] == {"team": "prices", "cost": "7"}
    assert made["description"] == "Prices of houses"
    made = updated("--remove", "tags.team", "--set", "tags.stage=test")
    assert made["tags"] == {"cost": "7", "stage": "test"}
    assert updated("--remove", "tags")["tags"] == {}
    assert "description" not in updated("--set", "description=null")
    assert blue.events == []


def test_options_count_in_their_order() -> None:
    endpoint("create", "-f", BLUE)
    assert updated("--set", "tags.a=1", "--remove", "tags.a")["tags"] == {}
    assert updated("--remove", "tags", "--set", "tags={}", "tags.a=1")["tags"] == {"a": "1"}


@pytest.mark.usefixtures("blue_green")
def test_traffic_can_be_set_like_anything_else() -> None:
    made = updated("--set", "traffic.blue=0", "traffic.green=100")
    assert made["traffic"] == {"blue": 0, "green": 100}
    assert updated("--remove", "traffic")["traffic"] == {}


@pytest.mark.parametrize(
    "removal", [["deployments[1]"], ["deployments", "1"], ["deployments[name=green]"]]
)
def test_a_deployment_is_removed_when_its_traffic_has_gone(
    blue_green: MemoryRuntime, removal: list[str]
) -> None:
    assert "deployment green receives 10 % of the traffic. Say which" in refused(
        "--remove", *removal
    )
    made = updated("--remove", *removal, "--traffic", "blue:100")
    assert (names(made), made["traffic"]) == (["blue"], {"blue": 100})
    assert [event.rpartition("-")[0] for event in blue_green.events] == ["remove green"]


def test_a_deployment_is_added_from_options_alone(blue: MemoryRuntime) -> None:
    model = "endpoints/online/model-1/model"
    whole = (
        f"{{'name': 'red', 'model': {{'local_path': '{model}'}}, 'instance_type': 'Standard_F2s_v2'"
        f", 'code_configuration': {{'code': '{SCRIPT.parent}', 'scoring_script': 'score.py'}}"
        ", 'environment': {'image': 'python:3.11'}}"
    )
    assert names(updated("--add", "deployments", whole)) == ["blue", "red"]
    assert blue.events == ["start red-2", "promote red-2"]


@pytest.mark.usefixtures("blue")
def test_a_text_may_look_like_a_number() -> None:
    edit = ("--set", "deployments[0].description=7")
    assert "description must be a string" in refused(*edit)
    assert update(*edit, "--force-string").exit_code == 0


@pytest.mark.parametrize(
    ("edit", "complaint"),
    [
        ("provisioning_state=Failed", "provisioning_state is an answer only"),
        ("deployments[0].port=80", "port is an answer only, and cannot be changed"),
        ("name=flats", "the name of an endpoint is settled when it is made"),
        ("location=eastus", "the location of an endpoint is settled when it is made"),
        ("identity.type=system_assigned", "the identity of an endpoint is settled"),
        ("deployments[0].name=red", "a deployment cannot be given another name"),
        ("deployments[0].properites={}", "'properites' is no key of a deployment"),
        ("deployments[0].app_insights_enabled=maybe", "must be true or false"),
        ("deployments[0].environment_variables.A=${UNSET}", "UNSET is not set"),
        ("colour=red", "'colour' is no key of an online endpoint"),
    ],
)
@pytest.mark.usefixtures("blue")
def test_what_cannot_be_is_refused_at_its_option(edit: str, complaint: str) -> None:
    told = refused("--set", edit)
    assert complaint in told
    assert f"1 error in --set {edit.partition('=')[0]}" in told


@pytest.mark.parametrize(
    ("edit", "complaint"),
    [
        (["--set", "deployments[5].tags.a=1"], "deployments[5].tags.a: index 5 doesn't exist"),
        (["--set", "deployments[name=red].tags.a=1"], "'red' doesn't exist for key 'name'"),
        (["--set", "deployments[0].model.version=2"], "--set deployments[0].model.version: "),
        (["--set", "tgas.a=1"], "--set tgas.a: Couldn't find 'tgas'"),
        (["--set", "=1"], "Empty key in --set"),
        (["--remove", "tags.nothing"], "--remove tags.nothing: "),
        (["--remove", "deployments[name=red]"], "there is no such place"),
        (["--add", "tags", "a=1"], "--add tags: there is no such place"),
    ],
)
@pytest.mark.usefixtures("blue")
def test_what_is_not_there_cannot_be_edited(edit: list[str], complaint: str) -> None:
    told = refused(*edit)
    assert complaint in told
    assert "Available options: [" not in told


@pytest.mark.usefixtures("blue")
def test_a_deployment_whose_environment_is_gone_wants_its_file() -> None:
    CONDA.write_text(CONDA.read_text() + "  - curl\n")
    told = refused("--set", "deployments[0].environment_variables.A=1")
    assert "Deployment blue cannot be made again without its file" in told
    assert "az ml endpoint update --local -f FILE" in told


def test_a_deployment_that_does_not_run_wants_its_file(blue: MemoryRuntime) -> None:
    blue.kill("blue")
    told = refused("--set", "deployments[0].environment_variables.A=1")
    assert "it does not run: it exited with code 137" in told


@pytest.mark.usefixtures("blue")
def test_what_is_registered_needs_a_workspace_to_be_fetched_from() -> None:
    told = refused("--set", "deployments[0].model=azureml:prices:2")
    assert "azureml:prices:2 is registered in Azure" in told


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
