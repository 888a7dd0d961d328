"""What is not of this tool's making: other tools', a failed creation's, a deployment template's."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.fakes.cloud_world import CloudWorld
from tests.fakes.foreign_tool import (
    BLUE,
    COMPLETED,
    EVERYTHING,
    GREEN,
    HOUSES,
    MINIMAL,
    OTHERS,
    OVERRIDE,
    ForeignTool,
)
from tests.fakes.simulated_arm import WORKSPACE
from tests.functional.in_process_az import az
from tests.functional.test_live import FLOW, done, made, written
from tests.simulator.faults import CancelOperation, FailOperation, Fault, Status
from tests.simulator.message import Reply, Request
from tests.simulator.resources import Resource
from tests.simulator.world import OTHER_TEMPLATE, TEMPLATED

__all__ = ["made"]  # a fixture
pytestmark = pytest.mark.usefixtures("samples")


@pytest.mark.parametrize("deployment", [MINIMAL, EVERYTHING], ids=["minimal", "everything"])
def test_what_another_tool_has_made_is_exported_and_edited_without_loss(
    made: CloudWorld, deployment: dict[str, Any]
) -> None:
    ForeignTool(made.simulator).make(deployment)
    require_no_loss(made)


def test_a_deployment_that_a_template_completes_is_exported_and_edited_without_loss(
    made: CloudWorld,
) -> None:
    tool = ForeignTool(made.simulator)
    tool.make(COMPLETED)
    assert tool.get(GREEN)["properties"]["requestSettings"]["requestTimeout"] == "PT0S"
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
    tool = ForeignTool(azure.simulator)
    before, endpoint = tool.settled(GREEN), tool.settled(OTHERS)
    done("export", "-n", "others", "--out", "exported.yml")
    done("validate", "-f", "exported.yml")
    planned = done("plan", "-f", "exported.yml").json
    assert (planned["has_changes"], planned["steps"]) == (False, [])
    assert written(azure, "apply", "-f", "exported.yml") == []
    done("update", "-n", "others", "--set", "deployments[0].tags.one=1")
    done("update", "-f", "exported.yml", "--set", "deployments[0].tags.two=2")
    after = tool.settled(GREEN)
    assert after["tags"] == {**before["tags"], "one": "1", "two": "2"}
    assert {**after, "tags": 0} == {**before, "tags": 0}
    assert tool.settled(OTHERS) == endpoint


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


@pytest.mark.parametrize("effect", [FailOperation(), CancelOperation()])
@pytest.mark.parametrize("path", [BLUE, HOUSES])
def test_an_export_of_what_does_not_work_blames_no_file(
    made: CloudWorld, effect: FailOperation | CancelOperation, path: str
) -> None:
    made.simulator.faults.add(Fault(effect, "PUT", path))
    edit = "description" if path == HOUSES else "deployments[0].description"
    az("ml", "endpoint", "update", "-n", "houses", "--set", f"{edit}=new")
    exported = az("ml", "endpoint", "export", "-n", "houses", "--out", "exported.yml")
    assert exported.exit_code == 1
    assert "The file says what houses is, and that does not work." in exported.stderr
    name = "endpoint houses" if path == HOUSES else "deployment blue"
    assert f"{name}: its last operation" in exported.stderr
    assert "Correct the file" not in exported.stderr
    done("update", "-f", "exported.yml")
    done("export", "-n", "houses", "--out", "exported.yml", "--yes")


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


def test_where_deployments_are_tested_it_is_deleted_before_they_are_made(
    stillborn: CloudWorld,
) -> None:
    tests = 'deployments[0].tests=[{"data": {"data": [[1]]}}]'
    wrote = written(stillborn, "apply", "-n", "houses", "-f", FLOW, "--yes", "--set", tests)
    assert [line for line in wrote if "onlineEndpoints" in line][:3] == [
        f"DELETE {HOUSES}",
        f"PUT {HOUSES}",
        f"PUT {BLUE}",
    ]


def test_an_export_of_it_blames_no_file(stillborn: CloudWorld) -> None:
    exported = az("ml", "endpoint", "export", "-n", "houses", "--out", "exported.yml")
    assert exported.exit_code == 1
    assert "endpoint houses: its last operation failed." in exported.stderr
    done("update", "-f", "exported.yml", "--yes")


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


def test_another_template_that_is_there_rules_where_the_file_says_nothing(
    templated: CloudWorld,
) -> None:
    override = json.dumps({"azureml.deploymentTemplateOverride": OTHER_TEMPLATE})
    done("create", "-f", "templated.yml", "--set", f"deployments[0].properties={override}")
    told = effective(done("plan", "-f", "templated.yml").json["effective"]["green"])
    assert told["request_settings.max_concurrent_requests_per_instance"] == (2, "template")


def test_it_rules_beside_an_environment_too(templated: CloudWorld) -> None:
    own = "azureml://registries/azureml/environments/sklearn-1.5/versions/1"
    setting = ("--set", f"deployments[0].environment={own}")
    told = effective(done("plan", "-f", "templated.yml", *setting).json["effective"]["green"])
    assert told["environment"] == (own, "file")
    assert told["readiness_probe.initial_delay"] == (600, "template")
    assert told["environment_variables.VLLM_MAX_NUM_SEQS"] == ("48", "template")
    assert told["model_mount_path"] == ("/opt/ml/model", "template")


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
