"""What the service adds to a deployment, at once and when it serves."""

from __future__ import annotations

import pytest

from tests.simulator.faults import FailOperation, Fault
from tests.simulator.message import Json
from tests.simulator.operations import Durations
from tests.simulator.world import OTHER_TEMPLATE, TEMPLATED
from tests.unit.simulator.client import Client, code, model

BLUE = "onlineEndpoints/iris/deployments/blue"
ADDED = {
    "AZUREML_MODEL_DIR": "/var/azureml-app/azureml-models/m/1",
    "AZUREML_ENTRY_SCRIPT": "score.py",
    "AML_APP_ROOT": "/var/azureml-app/c",
}
GPU = "Standard_NC24ads_A100_v4"


@pytest.fixture
def ready(client: Client) -> Client:
    client.make_endpoint()
    client.make_assets()
    return client


def variables(document: Json) -> object:
    return document["properties"]["environmentVariables"]


def put(client: Client, body: Json) -> tuple[object, object]:
    """The variables in the answer of a PUT, and in what is there once it has succeeded."""
    answer = client.put(BLUE, body)
    assert answer.status == 201, answer.body
    return variables(answer.json()), variables(client.get(BLUE).json())


def templated(client: Client, **properties: object) -> Json:
    body = client.deployment(**{"model": TEMPLATED, "instanceType": GPU, **properties})
    del body["properties"]["codeConfiguration"], body["properties"]["environmentId"]
    return body


def test_three_variables_show_once_code_has_been_deployed(ready: Client) -> None:
    assert put(ready, ready.deployment()) == ({}, ADDED)


def test_they_are_there_again_after_an_update_without_them(ready: Client) -> None:
    put(ready, ready.deployment())
    own = {"LEVEL": "2"}
    assert put(ready, ready.deployment(environmentVariables=own)) == (own, ADDED | own)


def test_they_are_not_there_while_the_deployment_is_made_or_when_it_failed(ready: Client) -> None:
    ready.simulator.backend.durations = Durations(deployment=60)
    ready.simulator.faults.add(Fault(FailOperation(), "PUT", "/deployments/"))
    assert put(ready, ready.deployment()) == ({}, {})
    ready.clock.now += 60
    assert variables(ready.get(BLUE).json()) == {}


@pytest.mark.parametrize("name", sorted(ADDED))
def test_a_value_of_the_user_s_own_stays(ready: Client, name: str) -> None:
    own = {name: "/mine"}
    assert put(ready, ready.deployment(environmentVariables=own)) == (own, ADDED | own)


def test_they_follow_model_and_script(ready: Client) -> None:
    ready.upload("LocalUpload/c/more.py")
    ready.upload("LocalUpload/d/score.py")
    ready.make("models/m/versions/7", model())
    ready.make("codes/other/versions/3", code("LocalUpload/d/"))
    put(ready, ready.deployment(model=f"{ready.workspace}/models/m/versions/7"))
    assert variables(ready.get(BLUE).json()) == ADDED | {
        "AZUREML_MODEL_DIR": "/var/azureml-app/azureml-models/m/7"
    }
    configuration = {"codeId": f"{ready.workspace}/codes/other/versions/3"}
    configuration["scoringScript"] = "score.py"
    put(ready, ready.deployment(codeConfiguration=configuration))
    assert variables(ready.get(BLUE).json()) == ADDED | {"AML_APP_ROOT": "/var/azureml-app/d"}


@pytest.mark.parametrize(("renews", "version"), [(False, 1), (True, 7)])
def test_what_a_client_echoes_may_count_as_its_own(
    ready: Client, renews: bool, version: int
) -> None:
    ready.simulator.assumptions.renews_variables = renews
    ready.make("models/m/versions/7", model())
    echoed = ready.make(BLUE, ready.deployment())["properties"]["environmentVariables"]
    new = f"{ready.workspace}/models/m/versions/7"
    ready.put(BLUE, ready.deployment(model=new, environmentVariables=echoed | {"A": "b"}))
    where = {"AZUREML_MODEL_DIR": f"/var/azureml-app/azureml-models/m/{version}"}
    assert variables(ready.get(BLUE).json()) == ADDED | where | {"A": "b"}


def test_scaling_keeps_them(ready: Client) -> None:
    put(ready, ready.deployment())
    ready.send("PATCH", BLUE, {"sku": {"capacity": 2}})
    assert variables(ready.get(BLUE).json()) == ADDED


@pytest.mark.parametrize(("assumed", "shown"), [(False, {}), (True, "AZUREML_MODEL_DIR")])
def test_without_code_there_are_none_as_far_as_is_known(
    ready: Client, assumed: bool, shown: object
) -> None:
    ready.simulator.assumptions.variables_without_code = assumed
    body = ready.deployment()
    del body["properties"]["codeConfiguration"]
    expected = {shown: ADDED["AZUREML_MODEL_DIR"]} if isinstance(shown, str) else shown
    assert put(ready, body) == ({}, expected)


@pytest.mark.parametrize(("keeps", "answered"), [(True, "PT0.5S"), (False, "PT0S")])
def test_a_queue_wait_that_was_sent_comes_back(ready: Client, keeps: bool, answered: str) -> None:
    ready.simulator.assumptions.keeps_queue_wait = keeps
    made = ready.make(BLUE, ready.deployment(requestSettings={"maxQueueWait": "PT0.5S"}))
    assert made["properties"]["requestSettings"]["maxQueueWait"] == answered


def test_a_template_rules_without_being_shown(ready: Client) -> None:
    made = ready.make(BLUE, templated(ready, environmentVariables={}))["properties"]
    assert made["requestSettings"] == {
        "maxQueueWait": "PT0S",
        "requestTimeout": "PT0S",
        "maxConcurrentRequestsPerInstance": 0,
    }
    unsaid = ("environmentId", "environmentVariables", "codeConfiguration", "modelMountPath")
    probes = ("livenessProbe", "readinessProbe", "startupProbe")
    assert {made[name] for name in (*unsaid, *probes)} == {None}


@pytest.mark.parametrize(("wins", "timeout"), [(False, "PT7S"), (True, "PT0S")])
def test_whether_a_template_wins_over_what_is_said_is_not_known(
    ready: Client, wins: bool, timeout: str
) -> None:
    ready.simulator.assumptions.template_wins = wins
    said = {"requestSettings": {"requestTimeout": "PT7S"}, "environmentVariables": {"A": "b"}}
    made = ready.make(BLUE, templated(ready, **said))["properties"]
    assert made["requestSettings"]["requestTimeout"] == timeout
    assert made["environmentVariables"] == (None if wins else {"A": "b"})


def test_another_template_is_the_user_s_property_and_stays(ready: Client) -> None:
    name = "azureml.deploymentTemplateOverride"
    made = ready.make(BLUE, templated(ready, properties={name: OTHER_TEMPLATE}))["properties"]
    assert made["properties"][name] == OTHER_TEMPLATE
    unknown = {name: OTHER_TEMPLATE.replace("/1", "/9")}
    assert ready.put(BLUE, templated(ready, properties=unknown)).status == 400


def test_a_template_allows_some_instance_types(ready: Client) -> None:
    assert ready.put(BLUE, templated(ready, instanceType="Standard_F2s_v2")).status == 400
