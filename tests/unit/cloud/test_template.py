"""Changes that wait for each other become one template, which Azure carries out alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from azext_ml_endpoint.cloud import template
from azext_ml_endpoint.cloud.bodies import Bodies
from azext_ml_endpoint.cloud.template import is_needed, submission, submit
from azext_ml_endpoint.cloud.writes import Known
from azext_ml_endpoint.document.model import Deployment, Endpoint, Model, Reference
from azext_ml_endpoint.errors import MissingResourceError, ServiceError, UnsupportedError
from azext_ml_endpoint.plan.steps import (
    CreateDeployment,
    CreateEndpoint,
    DeleteDeployment,
    DeleteEndpoint,
    Plan,
    RegisterModel,
    ScaleDeployment,
    SetTraffic,
    Step,
    UpdateDeployment,
    UpdateEndpoint,
)
from tests.fakes.simulated_arm import WORKSPACE, StaticCredential, simulated_arm
from tests.simulator.message import Json, json_reply
from tests.simulator.operations import Durations
from tests.simulator.simulator import Simulator
from tests.simulator.storage import MemoryStorage
from tests.unit.cloud.conversation import RESET, Conversation, refused, sent

BLUE = "onlineEndpoints/houses/deployments/blue"
IMAGE = f"{WORKSPACE.id}/environments/sklearn/versions/1"
MODEL = f"{WORKSPACE.id}/models/prices/versions/1"
HOUSES = Endpoint(name="houses", auth_mode="key")


def deployment(name: str, **changes: Any) -> Deployment:
    known: dict[str, Any] = {
        "model": Reference(text=MODEL, name="prices"),
        "environment": Reference(text=IMAGE, name="sklearn"),
        "instance_type": "Standard_F2s_v2",
    }
    return Deployment(name=name, **{**known, **changes})


def create(name: str, **changes: Any) -> CreateDeployment:
    wanted = deployment(name, **changes)
    return CreateDeployment(reason="", endpoint_name="houses", deployment=wanted)


def traffic(**shares: int) -> SetTraffic:
    return SetTraffic(reason="", endpoint_name="houses", traffic=shares)


ENDPOINT = CreateEndpoint(reason="", endpoint=HOUSES)
REGISTER = RegisterModel(reason="", model=Model(name="m", version="1", digest="d"))
DELETE = DeleteDeployment(reason="", endpoint_name="houses", deployment_name="green")
KNOWN = Known(workspace=WORKSPACE, location="eastus2")


# When


@pytest.mark.parametrize(
    ("steps", "needed"),
    [
        ([], False),
        ([ENDPOINT], False),
        ([REGISTER, ENDPOINT], False),
        ([DELETE], False),
        ([ENDPOINT, create("blue")], True),
        ([REGISTER, create("blue"), traffic(blue=100)], True),
    ],
)
def test_it_is_needed_where_changes_are_many(steps: list[Step], needed: bool) -> None:
    assert is_needed(Plan(tuple(steps))) is needed


@pytest.mark.parametrize("step", [DELETE, DeleteEndpoint(reason="", endpoint_name="houses")])
def test_what_deletes_is_refused(step: Step) -> None:
    with pytest.raises(UnsupportedError, match="cannot delete") as caught:
        is_needed(Plan((traffic(blue=100), step)))
    assert "without --no-wait" in str(caught.value.recommendation)


# What


def made(*steps: Step, known: Known = KNOWN) -> Json:
    properties = submission(Plan(steps), known, "change", "2025-12-01")["properties"]
    assert properties["mode"] == "Incremental"
    return dict(properties)


def resources(*steps: Step, known: Known = KNOWN) -> list[Json]:
    return list(made(*steps, known=known)["template"]["resources"])


def test_each_resource_waits_for_the_one_before() -> None:
    found = resources(ENDPOINT, create("blue"), create("green"), traffic(blue=100))
    of = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints"
    assert [(each["type"], each["name"], each.get("dependsOn")) for each in found] == [
        (of, "ws/houses", None),
        (f"{of}/deployments", "ws/houses/blue", [f"[resourceId('{of}', 'ws', 'houses')]"]),
        (
            f"{of}/deployments",
            "ws/houses/green",
            [f"[resourceId('{of}/deployments', 'ws', 'houses', 'blue')]"],
        ),
        (
            "Microsoft.Resources/deployments",
            "change-traffic",
            [f"[resourceId('{of}/deployments', 'ws', 'houses', 'green')]"],
        ),
    ]
    assert {each["apiVersion"] for each in found[:3]} == {"2025-12-01"}


def test_no_word_of_the_user_is_in_the_template_itself() -> None:
    """Azure shows templates to every reader of the group, but no secure parameters."""
    variables = {"PASSWORD": "s3cr3t", "LIST": "[parameters('part1')]"}
    whole = made(ENDPOINT, create("blue", environment_variables=variables), traffic(blue=100))
    assert "s3cr3t" not in json.dumps(whole["template"])
    body = whole["parameters"]["part2"]["value"]
    assert body["properties"]["environmentVariables"] == variables
    declared = whole["template"]["parameters"]
    assert set(declared) == set(whole["parameters"])
    assert all(each == {"type": "secureObject"} for each in declared.values())


def test_what_is_there_is_changed_and_not_forgotten() -> None:
    endpoint = {
        "name": "houses",
        "location": "westus",
        "identity": {"type": "SystemAssigned", "principalId": "p"},
        "properties": {
            "authMode": "Key",
            "traffic": {"blue": 100},
            "provisioningState": "Succeeded",
            "publicNetworkAccess": "Disabled",
        },
    }
    blue = {
        "name": "blue",
        "location": "westus",
        "properties": {"provisioningState": "Succeeded", "egressPublicNetworkAccess": "Disabled"},
    }
    bodies = Bodies(endpoint, {"blue": blue})
    known = Known(workspace=WORKSPACE, location="eastus2", bodies=bodies)
    steps = (
        UpdateEndpoint(reason="", endpoint=Endpoint(name="houses", description="new")),
        UpdateDeployment(reason="", endpoint_name="houses", deployment=deployment("blue")),
        ScaleDeployment(reason="", endpoint_name="houses", deployment=deployment("green")),
        traffic(blue=40, green=60),
    )
    sent = [each["value"] for each in made(*steps, known=known)["parameters"].values()]
    assert sent[0]["properties"]["description"] == "new"
    assert sent[0]["properties"]["traffic"] == {"blue": 100}
    assert sent[1]["properties"]["egressPublicNetworkAccess"] == "Disabled"
    assert sent[1]["location"] == "westus"
    assert sent[3]["properties"]["traffic"] == {"blue": 40, "green": 60}
    assert sent[3]["properties"]["publicNetworkAccess"] == "Disabled"
    assert sent[3]["properties"]["description"] == "new"


def test_registrations_are_no_part_of_it() -> None:
    assert len(resources(REGISTER, ENDPOINT, create("blue"))) == 2


# Azure carries it out


class World:
    """The simulator, in which image and model are registered; ``now`` is its time."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0
        durations = Durations(endpoint=90, deployment=600)
        self.simulator = Simulator(MemoryStorage(), clock=lambda: self.now, durations=durations)
        token = self.simulator.tokens.issue("https://management.azure.com", 10.0**9)
        self.arm = simulated_arm(self.simulator.handle, credential=StaticCredential(token))
        self.arm.put(IMAGE, {"properties": {"image": "python:3.11"}})

    def state(self, path: str) -> str:
        body = self.arm.find(path)
        return str(body["properties"]["provisioningState"]) if body else "absent"

    def group(self, path: str) -> str:
        return f"{WORKSPACE.id.partition('/providers')[0]}/providers/{path}?api-version=2022-09-01"


@pytest.fixture
def world() -> World:
    return World()


def test_azure_makes_it_all_in_time_without_being_asked_again(world: World) -> None:
    blue = create("blue", model=None, environment_variables={"LIST": "[1, 2]"})
    plan = Plan((ENDPOINT, blue, create("green", model=None), traffic(blue=90, green=10)))
    name = submit(world.arm, plan, KNOWN)
    assert world.state("onlineEndpoints/houses") == "Creating"
    assert world.state(BLUE) == "absent"
    for seconds in (100, 600, 700, 100, 100):
        world.now += seconds
        world.state(BLUE)
    houses = world.arm.get("onlineEndpoints/houses").body["properties"]
    assert houses["traffic"] == {"blue": 90, "green": 10}
    variables = world.arm.get(BLUE).body["properties"]["environmentVariables"]
    assert variables == {"LIST": "[1, 2]"}
    assert world.state(world.group(f"Microsoft.Resources/deployments/{name}")) == "Succeeded"


def test_the_name_and_the_way_to_follow_it_fit_azure(world: World) -> None:
    long = Endpoint(name="e" * 32)
    plan = Plan((CreateEndpoint(reason="", endpoint=long), create("blue", model=None)))
    name = submit(world.arm, plan, KNOWN)
    assert len(f"{name}-traffic") <= 64 and "e" * 32 in name
    assert f"az deployment group wait --created -g rg -n {name}" in template.how_to_follow(
        name, "rg"
    )


def test_an_interrupted_submission_is_repeated() -> None:
    azure = Conversation(RESET, json_reply(201, {}))
    submit(simulated_arm(azure), Plan((ENDPOINT, create("blue"))), KNOWN)
    first, second = azure.requests
    assert sent(first) == sent(second) and first.path == second.path
    assert first.headers["user-agent"].startswith("az-ml-endpoint/")


def test_a_template_that_is_refused_says_why() -> None:
    details = [{"code": "OutOfQuota", "message": "no cores"}]
    azure = Conversation(refused(400, "InvalidTemplateDeployment", "Validation failed.", details))
    with pytest.raises(ServiceError, match="template deployment ml-endpoint-houses") as caught:
        submit(simulated_arm(azure), Plan((ENDPOINT, create("blue"))), KNOWN)
    assert "no cores" in caught.value.message and caught.value.status == 400
    assert caught.value.correlation_id == "0f-correlation"


def test_it_is_under_way_until_azure_has_done_it_all(world: World) -> None:
    assert not template.under_way(world.arm, WORKSPACE, "houses")
    submit(world.arm, Plan((ENDPOINT, create("blue", model=None))), KNOWN)
    assert template.under_way(world.arm, WORKSPACE, "houses")
    assert not template.under_way(world.arm, WORKSPACE, "house")
    world.now += 100
    assert world.state("onlineEndpoints/houses") == "Succeeded"
    assert template.under_way(world.arm, WORKSPACE, "houses")
    world.now += 700
    assert world.state(BLUE) == "Succeeded"
    assert not template.under_way(world.arm, WORKSPACE, "houses")


def test_what_has_to_be_registered_before_is_told() -> None:
    plan = Plan((REGISTER, ENDPOINT, create("blue")))
    assert template.registrations(plan) == Plan((REGISTER,))


def test_a_missing_resource_group_is_told() -> None:
    azure = Conversation(refused(404, "ResourceGroupNotFound", "Resource group 'rg' not found."))
    with pytest.raises(MissingResourceError, match="'rg' not found"):
        submit(simulated_arm(azure), Plan((ENDPOINT, create("blue"))), KNOWN)
