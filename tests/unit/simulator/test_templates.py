"""Template deployments: order, expressions, nesting, failure."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.faults import FailOperation, Fault
from tests.simulator.message import Json, Reply
from tests.simulator.operations import Durations
from tests.unit.simulator.client import VERSION, Client, endpoint

SERVICE = "Microsoft.MachineLearningServices/workspaces"
ENDPOINTS = f"{SERVICE}/onlineEndpoints"
NAMES = {"endpoint": f"{ENDPOINTS}", "deployment": f"{ENDPOINTS}/deployments"}


def resource(kind: str, name: str, body: Json, *depends: str) -> Json:
    about = {"type": NAMES[kind], "apiVersion": VERSION, "name": name, "dependsOn": list(depends)}
    return about | body


def template(*resources: Json, **parts: Any) -> Json:
    schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
    return {
        "$schema": schema,
        "contentVersion": "1.0.0.0",
        "resources": list(resources),
        **parts,
    }


def nested(name: str, inner: Json, *depends: str, **properties: Any) -> Json:
    return {
        "type": "Microsoft.Resources/deployments",
        "apiVersion": "2022-09-01",
        "name": name,
        "dependsOn": list(depends),
        "properties": {"mode": "Incremental", "template": inner, **properties},
    }


def path(client: Client, name: str = "run") -> str:
    return f"{client.simulator.world.group_id}/providers/Microsoft.Resources/deployments/{name}"


def submit(client: Client, wanted: Json, **properties: Any) -> Reply:
    body = {"properties": {"mode": "Incremental", "template": wanted, **properties}}
    return client.put(path(client), body)


def state(client: Client, of: str) -> str | None:
    reply = client.get(of)
    return reply.json()["properties"]["provisioningState"] if reply.status == 200 else None


@pytest.fixture
def whole(client: Client) -> Json:
    """An endpoint, two deployments on it, and traffic after them."""
    client.make_assets()
    blue, green = (client.deployment() for _ in range(2))
    iris = f"[resourceId('{ENDPOINTS}', 'ws', 'iris')]"
    return template(
        resource("endpoint", "ws/iris", endpoint()),
        resource("deployment", "ws/iris/blue", blue, "ws/iris"),
        resource("deployment", "ws/iris/green", green, iris),
        nested(
            "traffic",
            template(resource("endpoint", "ws/iris", endpoint(traffic={"blue": 90, "green": 10}))),
            "ws/iris/blue",
            "ws/iris/green",
        ),
    )


def test_what_depends_on_nothing_starts_at_once_and_the_rest_after_it(
    client: Client, whole: Json
) -> None:
    client.simulator.backend.durations = Durations(endpoint=10, deployment=100)
    begun = client.clock.now
    assert submit(client, whole).status == 201
    assert state(client, "onlineEndpoints/iris") == "Creating"
    assert state(client, "onlineEndpoints/iris/deployments/blue") is None

    client.clock.now = begun + 50
    assert state(client, "onlineEndpoints/iris/deployments/blue") == "Creating"
    assert state(client, "onlineEndpoints/iris/deployments/green") == "Creating"
    assert state(client, path(client)) == "Running"

    client.clock.now = begun + 115
    assert state(client, "onlineEndpoints/iris") == "Updating"
    client.clock.now = begun + 121
    assert state(client, path(client)) == "Succeeded"
    made = client.get("onlineEndpoints/iris").json()
    assert made["properties"]["traffic"] == {"blue": 90, "green": 10}


def test_a_template_is_followed_by_the_url_that_its_put_answers(
    client: Client, whole: Json
) -> None:
    started = submit(client, whole)
    assert started.json()["properties"]["provisioningState"] == "Accepted"
    assert client.get(started.headers["azure-asyncoperation"]).json() == {"status": "Succeeded"}


def test_what_depends_on_a_failure_is_never_started(client: Client, whole: Json) -> None:
    reason = {"code": "OutOfQuota", "message": "Not enough quota."}
    client.simulator.faults.add(Fault(FailOperation(reason), "PUT", "/deployments/green"))
    started = submit(client, whole)
    ended = client.get(started.headers["azure-asyncoperation"]).json()
    assert (ended["status"], ended["error"]["code"]) == ("Failed", "DeploymentFailed")
    assert ended["error"]["details"][0]["details"] == [reason]
    assert client.get("onlineEndpoints/iris").json()["properties"]["traffic"] == {}
    steps = client.get(path(client) + "/operations").json()["value"]
    states = {each["operationId"]: each["properties"]["provisioningState"] for each in steps}
    assert states == {"iris": "Succeeded", "blue": "Succeeded", "green": "Failed"}


def test_what_does_not_depend_on_a_failure_goes_on(client: Client) -> None:
    client.simulator.backend.durations = Durations(endpoint=10)
    client.simulator.faults.add(Fault(FailOperation(), "PUT", "/onlineEndpoints/one"))
    names = ["one", "two", "three"]
    one, two, three = (resource("endpoint", f"ws/{name}", endpoint()) for name in names)
    submit(client, template(one, two, three | {"dependsOn": ["ws/two"]}))
    client.clock.now += 15
    assert state(client, path(client)) == "Running"
    client.clock.now += 5
    assert state(client, "onlineEndpoints/three") == "Succeeded"
    assert state(client, path(client)) == "Failed"


def test_a_part_starts_when_it_may_even_if_nobody_looks(client: Client) -> None:
    client.simulator.backend.durations = Durations(endpoint=10, deployment=100)
    client.make_assets()
    begun = client.clock.now
    blue = resource("deployment", "ws/iris/blue", client.deployment(), "ws/iris")
    submit(client, template(resource("endpoint", "ws/iris", endpoint()), blue))
    client.clock.now = begun + 110
    assert state(client, path(client)) == "Succeeded"


def test_a_part_that_is_refused_fails_the_template(client: Client) -> None:
    started = submit(client, template(resource("endpoint", "ws/iris", endpoint(authMode="Open"))))
    error = client.get(started.headers["azure-asyncoperation"]).json()["error"]
    assert error["details"][0]["code"] == "BadRequest"
    [refused] = client.simulator.journal.refused()
    assert refused.request.path.endswith("/onlineEndpoints/iris")


def test_parameters_and_variables_become_values(client: Client) -> None:
    wanted = template(
        resource(
            "endpoint",
            "[concat(parameters('workspace'), '/', variables('name'))]",
            endpoint() | {"location": "[resourceGroup().location]"},
        ),
        parameters={"workspace": {"type": "string"}},
        variables={"name": "[format('{0}-{1}', 'iris', 2)]"},
    )
    submit(client, wanted, parameters={"workspace": {"value": "ws"}})
    assert state(client, "onlineEndpoints/iris-2") == "Succeeded"


@pytest.mark.parametrize("scope", ["inner", "outer"])
def test_a_text_in_brackets_is_meant_as_it_is_when_its_bracket_is_doubled(
    client: Client, scope: str
) -> None:
    doubled = {"inner": "[[1]", "outer": "[[1]"}[scope]
    inner = template(resource("endpoint", "ws/iris", endpoint(description=doubled)))
    submit(client, template(nested("n", inner, expressionEvaluationOptions={"scope": scope})))
    assert client.get("onlineEndpoints/iris").json()["properties"]["description"] == "[1]"


def test_a_nested_template_has_parameters_of_its_own_in_inner_scope(client: Client) -> None:
    inner = template(
        resource("endpoint", "[parameters('name')]", endpoint()),
        parameters={"name": {"type": "string"}},
    )
    given = {"name": {"value": "[concat('ws', '/iris')]"}}
    options = {"scope": "inner"}
    submit(
        client, template(nested("n", inner, parameters=given, expressionEvaluationOptions=options))
    )
    assert state(client, "onlineEndpoints/iris") == "Succeeded"


def test_a_body_can_be_a_parameter_whose_texts_are_no_expressions(client: Client) -> None:
    body = endpoint(description="[1]")
    wanted = template(
        resource("endpoint", "ws/iris", {each: f"[parameters('body').{each}]" for each in body}),
        parameters={"body": {"type": "secureObject"}},
    )
    inner = nested(
        "n",
        wanted,
        parameters={"body": {"value": "[parameters('body')]"}},
        expressionEvaluationOptions={"scope": "inner"},
    )
    outer = template(inner, parameters={"body": {"type": "secureObject"}})
    submit(client, outer, parameters={"body": {"value": body}})
    assert client.get("onlineEndpoints/iris").json()["properties"]["description"] == "[1]"


IRIS = resource("endpoint", "ws/iris", endpoint())


@pytest.mark.parametrize(
    "wanted",
    [
        template(IRIS | {"dependsOn": ["ws/other"]}),
        template(IRIS | {"dependsOn": ["ws/iris"]}),
        template(IRIS, IRIS),
        template(IRIS | {"name": "iris"}),
        template(IRIS | {"name": "[concat('ws', '/iris']"}),
        template(IRIS | {"name": "[environment('x')]"}),
        template(IRIS | {"name": "[parameters('x')]"}),
        template(IRIS, parameters={"name": {"type": "string"}}),
        template(IRIS, parameters={"name": {"type": "int", "defaultValue": "one"}}),
    ],
    ids=["unknown", "circle", "twice", "short", "syntax", "function", "none", "missing", "type"],
)
def test_a_template_that_cannot_be_carried_out_is_refused_before_anything_is_done(
    client: Client, wanted: Json
) -> None:
    reply = submit(client, wanted)
    assert (reply.status, reply.json()["error"]["code"]) == (400, "InvalidTemplate")
    assert state(client, "onlineEndpoints/iris") is None


def test_a_condition_that_is_false_leaves_its_resource_out(client: Client) -> None:
    other = resource("endpoint", "ws/other", endpoint(), "ws/iris")
    submit(client, template(IRIS | {"condition": False}, other))
    assert state(client, "onlineEndpoints/iris") is None
    assert state(client, "onlineEndpoints/other") == "Succeeded"


def test_a_running_template_cannot_be_replaced(client: Client) -> None:
    client.simulator.backend.durations = Durations(template=60)
    submit(client, template(IRIS))
    assert submit(client, template(IRIS)).json()["error"]["code"] == "DeploymentActive"


def test_validating_changes_nothing(client: Client) -> None:
    body = {"properties": {"mode": "Incremental", "template": template(IRIS)}}
    assert client.send("POST", path(client) + "/validate", body).status == 200
    assert state(client, "onlineEndpoints/iris") is None
