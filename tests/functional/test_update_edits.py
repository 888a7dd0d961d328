"""`az ml endpoint update` with `--set`, `--add` and `--remove`, on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.memory_runtime import MemoryRuntime
from tests.functional.sample_files import BLUE, SCRIPT
from tests.functional.updating import endpoint, names, refused, shown, update, updated

CONDA = Path("endpoints/online/model-1/environment/conda.yml")

pytestmark = pytest.mark.usefixtures("samples")


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
