"""What is there already, whoever made it: nothing is changed that no file speaks of."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.fakes.cloud_world import CloudWorld
from tests.fakes.simulated_arm import WORKSPACE
from tests.functional.in_process_az import Result, az
from tests.simulator.faults import FailOperation, Fault, Status
from tests.simulator.message import Reply, Request
from tests.simulator.resources import Resource
from tests.simulator.world import OTHER_TEMPLATE, TEMPLATED

FLOW = "endpoints/online/managed/simple-flow/1-create-endpoint-with-blue.yml"
HOUSES, BLUE = "onlineEndpoints/houses", "onlineEndpoints/houses/deployments/blue"
OTHERS, GREEN = "onlineEndpoints/others", "onlineEndpoints/others/deployments/green"
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


def got(azure: CloudWorld, path: str) -> dict[str, Any]:
    """What a GET shows, but for what every write changes."""
    there = copy.deepcopy(azure.arm().get(path).body)
    del there["systemData"]
    for noted in ("AzureAsyncOperationUri", "mlEndpointSaid"):
        there["properties"]["properties"].pop(noted, None)
    there["tags"] = {n: each for n, each in there["tags"].items() if "ml-endpoint." not in n}
    return there


@pytest.fixture
def made(azure: CloudWorld) -> CloudWorld:
    """``houses``, made by this tool."""
    done("create", "-n", "houses", "-f", FLOW)
    return azure


# (a) What this tool has made


@pytest.mark.parametrize("command", ["create", "update", "apply"])
def test_the_same_file_again_writes_nothing(made: CloudWorld, command: str) -> None:
    variables = made.arm().get(BLUE).body["properties"]["environmentVariables"]
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
    before = got(made, BLUE)
    assert written(made, "update", "-n", "houses", *options) == [f"PATCH {BLUE}"]
    after = got(made, BLUE)
    assert after["sku"]["capacity"] == 3
    assert {**after, "sku": 0} == {**before, "sku": 0}


def test_a_new_model_does_not_get_the_folder_of_the_old_one(made: CloudWorld) -> None:
    model = {"properties": {**made.body("models/diabetes-regression/versions/1")["properties"]}}
    for answer in ("provisioningState", "systemData"):
        model["properties"].pop(answer, None)
    made.arm().put("models/diabetes-regression/versions/2", model)
    key = "deployments[0].model=azureml:diabetes-regression:2"
    assert written(made, "update", "-n", "houses", "--set", key) == [f"PUT {BLUE}"]
    assert "environmentVariables" not in made.sent(BLUE)["properties"]
    shown = made.arm().get(BLUE).body["properties"]["environmentVariables"]
    assert shown["AZUREML_MODEL_DIR"].endswith("/diabetes-regression/2")


def test_a_users_own_value_of_such_a_name_is_the_users(azure: CloudWorld) -> None:
    key = "deployments[0].environment_variables.AZUREML_MODEL_DIR"
    options = ("-n", "houses", "-f", FLOW)
    done("create", *options, "--set", f"{key}=/models/mine")
    assert azure.arm().get(BLUE).body["properties"]["environmentVariables"][
        "AZUREML_MODEL_DIR"
    ] == ("/models/mine")
    assert written(azure, "update", *options, "--set", f"{key}=/models/mine") == []
    done("export", "-n", "houses", "--out", "exported.yml")
    (blue,) = yaml.safe_load(Path("exported.yml").read_text())["deployments"]
    assert blue["environment_variables"] == {"AZUREML_MODEL_DIR": "/models/mine"}
    assert written(azure, "update", *options) == [f"PUT {BLUE}"]
    own = azure.arm().get(BLUE).body["properties"]["environmentVariables"]["AZUREML_MODEL_DIR"]
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
    settings = azure.arm().get(BLUE).body["properties"]["requestSettings"]
    assert settings["requestTimeout"] == "PT5S"
    assert written(azure, "apply", *options) == []


def test_a_key_that_no_file_has_said_stays(made: CloudWorld) -> None:
    done("update", "-n", "houses", "--set", SLOW)
    assert written(made, "apply", "-n", "houses", "-f", FLOW) == []
    assert written(made, "update", "-n", "houses", "-f", FLOW) == []
    settings = made.arm().get(BLUE).body["properties"]["requestSettings"]
    assert settings["requestTimeout"] == "PT60S"


def test_an_edit_takes_away_what_it_names(made: CloudWorld) -> None:
    done("update", "-n", "houses", "--set", SLOW, "tags.a=b", "description=mine")
    gone = ("deployments[0].request_settings.request_timeout_ms", "tags.a", "description")
    done("update", "-n", "houses", *[word for each in gone for word in ("--remove", each)])
    settings = made.arm().get(BLUE).body["properties"]["requestSettings"]
    assert settings["requestTimeout"] == "PT5S"
    there = got(made, HOUSES)
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
    body = made.arm().get(BLUE).body
    sent = {name: body[name] for name in ("location", "tags", "sku", "properties")}
    del sent["properties"]["provisioningState"]
    made.arm().put(BLUE, sent)
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


# (c), (d), (e) What others have made


def others(azure: CloudWorld, endpoint: dict[str, Any], **deployment: Any) -> None:
    """``others`` with ``green``, by another tool, of the assets of ``houses``."""
    arm = azure.arm()
    own = {"authMode": "Key", **endpoint}
    identity = {"type": "SystemAssigned"}
    arm.put(OTHERS, {"location": "eastus2", "identity": identity, "properties": own})
    body: dict[str, Any] = {"location": "eastus2", "sku": {"name": "Default"}, "properties": {}}
    body |= deployment
    body["properties"]["endpointComputeType"] = "Managed"
    arm.put(GREEN, body)


def parts(azure: CloudWorld) -> dict[str, Any]:
    own = azure.body(BLUE)["properties"]
    names = ("model", "codeConfiguration", "environmentId", "instanceType")
    return {name: own[name] for name in names}


OVERRIDE = {"azureml.deploymentTemplateOverride": OTHER_TEMPLATE}
MINIMAL: dict[str, Any] = {}
EVERYTHING: dict[str, Any] = {
    "tags": {"team": "houses", "stage": "test"},
    "sku": {"name": "Default", "capacity": 4},
    "properties": {
        "appInsightsEnabled": True,
        "dataCollector": {
            "collections": {"model_inputs": {"dataCollectionMode": "Enabled", "samplingRate": 0.5}},
            "requestLogging": {"captureHeaders": ["x-user"]},
            "rollingRate": "Hour",
        },
        "description": "by another tool",
        "egressPublicNetworkAccess": "Disabled",
        "environmentVariables": {"LEVEL": "debug", "AZUREML_MODEL_DIR": "/models/mine"},
        "livenessProbe": {"initialDelay": "PT1M", "timeout": "PT0.5S", "failureThreshold": 3},
        "readinessProbe": {"period": "PT7S", "successThreshold": 2},
        "startupProbe": {"failureThreshold": 90},
        "modelMountPath": "/models",
        "properties": {"owner": "ada", "azureml.other": "theirs"},
        "requestSettings": {
            "requestTimeout": "PT1M30S",
            "maxConcurrentRequestsPerInstance": 7,
            "maxQueueWait": "PT0.25S",
        },
        "scaleSettings": {"scaleType": "Default"},
    },
}


@pytest.mark.parametrize("deployment", [MINIMAL, EVERYTHING], ids=["minimal", "everything"])
def test_what_another_tool_has_made_is_exported_and_edited_without_loss(
    made: CloudWorld, deployment: dict[str, Any]
) -> None:
    whole = copy.deepcopy(deployment)
    whole["properties"] = {**whole.get("properties", {}), **parts(made)}
    endpoint = {"description": "theirs", "publicNetworkAccess": "Disabled"} if deployment else {}
    others(made, endpoint, **whole)
    require_no_loss(made)


def test_a_deployment_that_a_template_completes_is_exported_and_edited_without_loss(
    made: CloudWorld,
) -> None:
    own = {"model": TEMPLATED, "instanceType": "Standard_NC24ads_A100_v4"}
    others(made, {}, properties={**own, "properties": OVERRIDE})
    there = got(made, GREEN)["properties"]
    assert there["requestSettings"]["requestTimeout"] == "PT0S"
    require_no_loss(made)
    exported = yaml.safe_load(Path("exported.yml").read_text())
    assert exported["deployments"] == [
        {
            "name": "green",
            "properties": OVERRIDE,
            "model": TEMPLATED,
            "instance_type": "Standard_NC24ads_A100_v4",
            "scale_settings": {"scale_type": "manual", "instance_count": 1},
        }
    ]


def require_no_loss(azure: CloudWorld) -> None:
    """An export loads, is valid and changes nothing; one tag through either way changes that."""
    before, endpoint = got(azure, GREEN), got(azure, OTHERS)
    done("export", "-n", "others", "--out", "exported.yml")
    done("validate", "-f", "exported.yml")
    planned = done("plan", "-f", "exported.yml").json
    assert (planned["has_changes"], planned["steps"]) == (False, [])
    assert written(azure, "apply", "-f", "exported.yml") == []
    done("update", "-n", "others", "--set", "deployments[0].tags.one=1")
    done("update", "-f", "exported.yml", "--set", "deployments[0].tags.two=2")
    after = got(azure, GREEN)
    assert after["tags"] == {**before["tags"], "one": "1", "two": "2"}
    assert {**after, "tags": 0} == {**before, "tags": 0}
    assert got(azure, OTHERS) == endpoint


def test_an_export_that_would_change_something_says_so_itself(made: CloudWorld) -> None:
    """Somebody changes the deployment while it is exported."""
    looks = 0

    def handle(request: Request) -> Reply:
        nonlocal looks
        reply = made.simulator.handle(request)
        looks += request.path.endswith("/deployments")
        if looks == 1:
            made.simulator.backend.resources.find(f"{WORKSPACE.id}/{BLUE}").body["properties"][  # type: ignore[union-attr]
                "environmentVariables"
            ] = {"LEVEL": "debug"}
        return reply

    made.handle = handle
    exported = az("ml", "endpoint", "export", "-n", "houses", "--out", "exported.yml")
    assert exported.exit_code == 1
    assert "The file does not say what houses is" in exported.stderr
    assert "environment_variables.LEVEL: debug → (none)" in exported.stderr


# An endpoint whose creation failed


@pytest.fixture
def stillborn(azure: CloudWorld) -> CloudWorld:
    azure.simulator.faults.add(Fault(FailOperation(), "PUT", HOUSES))
    assert az("ml", "endpoint", "create", "-n", "houses", "-f", FLOW).exit_code == 1
    assert azure.body(HOUSES)["state"] == "Failed"
    return azure


@pytest.mark.parametrize("command", ["create", "update", "apply"])
def test_it_is_made_anew_once_somebody_agrees(stillborn: CloudWorld, command: str) -> None:
    options = ("-n", "houses", "-f", FLOW)
    before = stillborn.writes()
    asked = az("ml", "endpoint", command, *options)
    assert (asked.exit_code, stillborn.writes()) == (1, before)
    assert "Delete endpoint houses, whose creation failed, and make it anew?" in asked.stderr
    assert written(stillborn, command, *options, "--yes")[-4:] == [
        f"DELETE {HOUSES}",
        f"PUT {HOUSES}",
        f"PUT {BLUE}",
        f"PUT {HOUSES}",
    ]
    assert written(stillborn, command, *options) == []


def test_the_plan_says_so(stillborn: CloudWorld) -> None:
    planned = done("plan", "-n", "houses", "-f", FLOW)
    assert "- delete endpoint houses: its creation failed" in planned.stderr
    assert "+ create endpoint houses: it is made anew" in planned.stderr


@pytest.mark.parametrize("edit", [("--set", "tags.a=b"), ("--traffic", "blue:100")])
def test_an_edit_of_it_says_what_helps(stillborn: CloudWorld, edit: tuple[str, ...]) -> None:
    before = len(stillborn.writes())
    refused = az("ml", "endpoint", "update", "-n", "houses", *edit)
    assert refused.exit_code == 1
    assert len(stillborn.writes()) == before


def test_with_deployments_it_is_left_to_its_owner(stillborn: CloudWorld) -> None:
    """No service has been seen to let it come to that."""
    path = f"{WORKSPACE.id}/{BLUE}"
    blue = Resource(path, {"location": "eastus2", "properties": {"properties": {}}}, 0, 0, "Failed")
    stillborn.simulator.backend.resources.add(blue)
    refused = az("ml", "endpoint", "update", "-n", "houses", "-f", FLOW, "--yes")
    assert refused.exit_code == 1
    assert "The creation of endpoint houses failed, and it can only be deleted." in refused.stderr
    assert "az ml endpoint delete -n houses" in refused.stderr


# A deployment template


TEMPLATED_FILE = {
    "name": "houses",
    "deployments": [
        {
            "name": "green",
            "model": TEMPLATED,
            "instance_type": "Standard_NC24ads_A100_v4",
            "request_settings": {"request_timeout_ms": 60_000},
        }
    ],
}


@pytest.fixture
def templated(azure: CloudWorld) -> CloudWorld:
    """With a file of a deployment that has no environment: its model brings one."""
    Path("templated.yml").write_text(json.dumps(TEMPLATED_FILE))
    done("validate", "-f", "templated.yml")
    return azure


def effective(shown: Any) -> dict[str, tuple[Any, str]]:
    return {each["path"]: (each["value"], each["origin"]) for each in shown}


def test_a_plan_says_what_will_rule_and_who_says_so(templated: CloudWorld) -> None:
    planned = done("plan", "-f", "templated.yml")
    told = effective(planned.json["effective"]["green"])
    assert told["request_settings.request_timeout_ms"] == (60_000, "file")
    assert told["request_settings.max_concurrent_requests_per_instance"] == (10, "template")
    assert told["environment"][1] == "template"
    assert "request_settings.request_timeout_ms: 60000 (file)" in planned.stderr
    assert templated.writes() == []


def test_what_is_shown_has_it_too_and_nothing_of_it_is_exported_or_edited(
    templated: CloudWorld,
) -> None:
    done("create", "-f", "templated.yml")
    (green,) = done("show", "-n", "houses").json["deployments"]
    told = effective(green["effective"])
    assert told["request_settings.request_timeout_ms"] == (60_000, "file")
    assert told["environment"][1] == "template"
    assert "environment" not in green
    done("update", "-n", "houses", "--set", "deployments[0].tags.a=b")
    sent = templated.sent(f"{HOUSES}/deployments/green")["properties"]
    assert sent["requestSettings"] == {"requestTimeout": "PT60S"}
    assert "environmentId" not in sent
    assert "effective" not in done("export", "-n", "houses").stdout


def test_another_template_is_the_users_choice(templated: CloudWorld) -> None:
    override = {"azureml.deploymentTemplateOverride": OTHER_TEMPLATE}
    content = copy.deepcopy(TEMPLATED_FILE)
    content["deployments"][0]["properties"] = override  # type: ignore[index]
    Path("templated.yml").write_text(json.dumps(content))
    told = effective(done("plan", "-f", "templated.yml").json["effective"]["green"])
    assert told["request_settings.max_concurrent_requests_per_instance"] == (2, "template")


def test_a_registry_that_does_not_answer_is_in_nobodys_way(templated: CloudWorld) -> None:
    templated.simulator.faults.add(Fault(Status(503), "GET", "/discovery", 100))
    assert done("plan", "-f", "templated.yml").json["effective"] == {}
    done("create", "-f", "templated.yml")


def test_a_token_is_for_azures_own_hosts_only(templated: CloudWorld) -> None:
    asked: list[str] = []

    def handle(request: Request) -> Reply:
        asked.append(request.host)
        reply = templated.simulator.handle(request)
        return replace(reply, body=reply.body.replace(b"experiments.azureml.net", b"evil.example"))

    templated.handle = handle
    assert done("plan", "-f", "templated.yml").json["effective"] == {}
    assert not [host for host in asked if "evil" in host]
    assert [host for host in asked if host.endswith("api.azureml.ms")]
