"""What a file says of an endpoint that is there, and what is left alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.fakes.cloud_world import CloudWorld
from tests.fakes.foreign_tool import BLUE, HOUSES, ForeignTool
from tests.functional.in_process_az import Result, az
from tests.simulator.world import TEMPLATED

FLOW = "endpoints/online/managed/simple-flow/1-create-endpoint-with-blue.yml"
SCALE = "deployments[0].scale_settings.instance_count"

pytestmark = pytest.mark.usefixtures("samples")


def done(command: str, *arguments: str) -> Result:
    made = az("ml", "endpoint", command, *arguments)
    assert made.exit_code == 0, made.stderr
    return made


def written(azure: CloudWorld, command: str, *arguments: str) -> list[str]:
    """What a command changes."""
    before = len(azure.writes())
    done(command, *arguments)
    return azure.writes()[before:]


@pytest.fixture
def made(azure: CloudWorld) -> CloudWorld:
    """``houses``, made by this tool."""
    done("create", "-n", "houses", "-f", FLOW)
    return azure


# (a) What this tool has made


@pytest.mark.parametrize("command", ["create", "update", "apply"])
def test_the_same_file_again_writes_nothing(made: CloudWorld, command: str) -> None:
    variables = ForeignTool(made.simulator).get(BLUE)["properties"]["environmentVariables"]
    assert set(variables) >= {"AZUREML_MODEL_DIR", "AZUREML_ENTRY_SCRIPT", "AML_APP_ROOT"}
    assert written(made, command, "-n", "houses", "-f", FLOW) == []
    planned = az("ml", "endpoint", "plan", "-n", "houses", "-f", FLOW, "--detailed-exitcode")
    assert planned.exit_code == 0
    assert "nothing to do" in planned.stderr


@pytest.mark.parametrize(
    "options",
    [("-f", FLOW, "--set", f"{SCALE}=3"), ("--set", f"{SCALE}=3"), ("-d", "blue", "-i", "3")],
)
def test_a_scale_change_is_a_scale_change(made: CloudWorld, options: tuple[str, ...]) -> None:
    before = ForeignTool(made.simulator).settled(BLUE)
    assert written(made, "update", "-n", "houses", *options) == [f"PATCH {BLUE}"]
    after = ForeignTool(made.simulator).settled(BLUE)
    assert after["sku"]["capacity"] == 3
    assert {**after, "sku": 0} == {**before, "sku": 0}


def test_a_new_model_does_not_get_the_folder_of_the_old_one(made: CloudWorld) -> None:
    model = {"properties": {**made.body("models/diabetes-regression/versions/1")["properties"]}}
    for answer in ("provisioningState", "systemData"):
        model["properties"].pop(answer, None)
    ForeignTool(made.simulator).put("models/diabetes-regression/versions/2", model)
    key = "deployments[0].model=azureml:diabetes-regression:2"
    assert written(made, "update", "-n", "houses", "--set", key) == [f"PUT {BLUE}"]
    assert "environmentVariables" not in made.sent(BLUE)["properties"]
    shown = ForeignTool(made.simulator).get(BLUE)["properties"]["environmentVariables"]
    assert shown["AZUREML_MODEL_DIR"].endswith("/diabetes-regression/2")


def test_a_users_own_value_of_such_a_name_is_the_users(azure: CloudWorld) -> None:
    key = "deployments[0].environment_variables.AZUREML_MODEL_DIR"
    options = ("-n", "houses", "-f", FLOW)
    done("create", *options, "--set", f"{key}=/models/mine")
    assert ForeignTool(azure.simulator).get(BLUE)["properties"]["environmentVariables"][
        "AZUREML_MODEL_DIR"
    ] == ("/models/mine")
    assert written(azure, "update", *options, "--set", f"{key}=/models/mine") == []
    done("export", "-n", "houses", "--out", "exported.yml")
    (blue,) = yaml.safe_load(Path("exported.yml").read_text())["deployments"]
    assert blue["environment_variables"] == {"AZUREML_MODEL_DIR": "/models/mine"}
    assert written(azure, "update", *options) == [f"PUT {BLUE}"]
    own = ForeignTool(azure.simulator).get(BLUE)["properties"]["environmentVariables"][
        "AZUREML_MODEL_DIR"
    ]
    assert own.startswith("/var/azureml-app/")


# What is taken out of a file


SLOW = "deployments[0].request_settings.request_timeout_ms=60000"


def test_a_key_that_is_taken_out_of_the_file_goes_back_to_the_services_default(
    azure: CloudWorld,
) -> None:
    options = ("-n", "houses", "-f", FLOW)
    done("create", *options, "--set", SLOW)
    planned = done("plan", *options)
    told = "request_settings.request_timeout_ms: 60000 → not said (service's default)"
    assert told in planned.stderr
    (step,) = planned.json["steps"]
    assert [each["dropped"] for each in step["changes"]] == [True]
    assert written(azure, "apply", *options) == [f"PUT {BLUE}"]
    settings = ForeignTool(azure.simulator).get(BLUE)["properties"]["requestSettings"]
    assert settings["requestTimeout"] == "PT5S"
    assert written(azure, "apply", *options) == []


def test_a_key_that_no_file_has_said_stays(made: CloudWorld) -> None:
    done("update", "-n", "houses", "--set", SLOW)
    assert written(made, "apply", "-n", "houses", "-f", FLOW) == []
    assert written(made, "update", "-n", "houses", "-f", FLOW) == []
    settings = ForeignTool(made.simulator).get(BLUE)["properties"]["requestSettings"]
    assert settings["requestTimeout"] == "PT60S"


def test_an_edit_takes_away_what_it_names(made: CloudWorld) -> None:
    done("update", "-n", "houses", "--set", SLOW, "tags.a=b", "description=mine")
    gone = ("deployments[0].request_settings.request_timeout_ms", "tags.a", "description")
    done("update", "-n", "houses", *[word for each in gone for word in ("--remove", each)])
    settings = ForeignTool(made.simulator).get(BLUE)["properties"]["requestSettings"]
    assert settings["requestTimeout"] == "PT5S"
    there = ForeignTool(made.simulator).settled(HOUSES)
    assert (there["tags"], there["properties"].get("description")) == ({}, None)


@pytest.mark.parametrize("keeps", [True, False])
def test_a_wait_that_the_service_does_not_keep_is_no_endless_difference(
    azure: CloudWorld, keeps: bool
) -> None:
    azure.simulator.assumptions.keeps_queue_wait = keeps
    wait = "deployments[0].request_settings.max_queue_wait_ms"
    options = ("-n", "houses", "-f", FLOW, "--set")
    done("create", *options, f"{wait}=700")
    assert written(azure, "update", *options, f"{wait}=700") == []
    assert written(azure, "update", *options, f"{wait}=900") == [f"PUT {BLUE}"]
    assert written(azure, "update", *options, f"{wait}=900") == []


# What nobody has seen the service do


@pytest.mark.parametrize("taken", [True, False])
def test_a_description_that_the_service_does_not_take_is_no_endless_difference(
    made: CloudWorld, taken: bool
) -> None:
    made.simulator.assumptions.endpoint_description = taken
    options = ("-n", "houses", "-f", FLOW, "--set", "description=new")
    told = done("apply", *options).stderr
    assert ("Azure has not taken the new description" in told) is not taken
    assert written(made, "apply", *options) == []
    assert made.body(HOUSES)["properties"]["description"] == ("new" if taken else None)
    assert written(made, "apply", *options[:-1], "description=newer") == [f"PUT {HOUSES}"]


@pytest.mark.parametrize("renews", [True, False])
def test_variables_that_another_tool_has_sent_back_are_the_services_all_the_same(
    made: CloudWorld, renews: bool
) -> None:
    made.simulator.assumptions.renews_variables = renews
    body = ForeignTool(made.simulator).get(BLUE)
    sent = {name: body[name] for name in ("location", "tags", "sku", "properties")}
    del sent["properties"]["provisioningState"]
    ForeignTool(made.simulator).put(BLUE, sent)
    assert written(made, "apply", "-n", "houses", "-f", FLOW) == []


@pytest.mark.parametrize("wins", [True, False])
def test_what_a_template_overrules_is_no_endless_difference(azure: CloudWorld, wins: bool) -> None:
    azure.simulator.assumptions.template_wins = wins
    file = Path("templated.yml")
    deployment = {
        "name": "green",
        "model": TEMPLATED,
        "instance_type": "Standard_NC24ads_A100_v4",
        "request_settings": {"request_timeout_ms": 60_000},
        "liveness_probe": {"period": 7},
    }
    file.write_text(json.dumps({"name": "houses", "deployments": [deployment]}))
    done("create", "-f", str(file))
    assert written(azure, "apply", "-f", str(file)) == []
    slower = "deployments[0].request_settings.request_timeout_ms=90000"
    green = f"{HOUSES}/deployments/green"
    assert written(azure, "apply", "-f", str(file), "--set", slower) == [f"PUT {green}"]
    assert written(azure, "apply", "-f", str(file), "--set", slower) == []


@pytest.mark.parametrize("allowed", [True, False])
def test_another_auth_mode_is_set_or_refused_in_azures_words(
    made: CloudWorld, allowed: bool
) -> None:
    made.simulator.assumptions.auth_mode_in_place = allowed
    changed = az("ml", "endpoint", "update", "-n", "houses", "--set", "auth_mode=aml_token")
    assert changed.exit_code == (0 if allowed else 1)
    assert made.body(HOUSES)["properties"]["authMode"] == ("AMLToken" if allowed else "Key")
