"""Whatever ARM answers is a result or an error of ours, never a defect."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from azext_ml_endpoint.cloud import metrics, template
from azext_ml_endpoint.cloud.arm.body import Body, checked
from azext_ml_endpoint.cloud.arm.errors import seconds_asked
from azext_ml_endpoint.cloud.assets.catalogue import Catalogue
from azext_ml_endpoint.cloud.assets.references import References
from azext_ml_endpoint.cloud.contract import Arm
from azext_ml_endpoint.cloud.live import Live
from azext_ml_endpoint.cloud.wire import deployment as wire
from azext_ml_endpoint.errors import EndpointError, ServiceError
from tests.fakes.memory_blobs import MemoryBlobs
from tests.fakes.recording_report import RecordingReport
from tests.fakes.simulated_arm import WORKSPACE, simulated_arm
from tests.simulator.message import Reply, Request, json_reply
from tests.simulator.storage import MemoryStorage

RESOURCE = {"id": "/x/e", "name": "e", "location": "l", "properties": {"traffic": {"blue": 100}}}


def arm(body: object) -> Arm:
    """Answers the same to everything."""

    def handle(_: Request) -> Reply:
        return json_reply(200, body)

    return simulated_arm(handle)


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in RESOURCE.items() if name != key}


def in_properties(**changes: object) -> dict[str, Any]:
    return {**RESOURCE, "properties": changes}


MISSHAPEN: dict[str, object] = {
    "nothing": {},
    "no name": without("name"),
    "no properties": without("properties"),
    "no id": without("id"),
    "null properties": {**RESOURCE, "properties": None},
    "null name": {**RESOURCE, "name": None},
    "null tags": {**RESOURCE, "tags": None},
    "properties that are text": {**RESOURCE, "properties": "x"},
    "properties that are a list": {**RESOURCE, "properties": []},
    "a name that is a number": {**RESOURCE, "name": 1},
    "tags that are a list": {**RESOURCE, "tags": ["x"]},
    "systemData that is text": {**RESOURCE, "systemData": "x"},
    "traffic that is text": in_properties(traffic="x"),
    "a share that is null": in_properties(traffic={"blue": None}),
    "a share that is text": in_properties(traffic={"blue": "100"}),
    "null traffic": in_properties(traffic=None, mirrorTraffic=None, properties=None),
    "variables that are a list": in_properties(environmentVariables=["A"]),
    "scale that is text": in_properties(scaleSettings="Manual"),
    "a probe that is a number": in_properties(livenessProbe=3),
    "a state that is a number": in_properties(provisioningState=3),
    "null everywhere": in_properties(provisioningState=None, endpointComputeType=None, model=None),
    "a variable that is an object": in_properties(environmentVariables={"AML_APP_ROOT": {}}),
    "a variable that is null": in_properties(environmentVariables={"AML_APP_ROOT": None}),
    "a tag that is a number": {**RESOURCE, "tags": {"a": 1}},
    "what is said, as a list": in_properties(properties={"mlEndpointSaid": []}),
    "what is said, as a number": in_properties(properties={"mlEndpointSaid": 5}),
    "secrets that are a number": in_properties(properties={"mlEndpointSecrets": 5}),
    "code that is a number": in_properties(codeConfiguration={"codeId": 5}),
    "a script that is an object": in_properties(codeConfiguration={"scoringScript": {}}),
    "an identity of no type": {**RESOURCE, "identity": {"type": 5}},
    "users that are a list": {**RESOURCE, "identity": {"userAssignedIdentities": ["x"]}},
    "a user that is text": {**RESOURCE, "identity": {"userAssignedIdentities": {"x": "y"}}},
    "a time that is a number": {**RESOURCE, "systemData": {"createdAt": 5}},
    "value: null": {"value": None},
    "value that is text": {"value": "x"},
    "value that is an object": {"value": {}},
    "an item that is null": {"value": [None]},
    "an item that is text": {"value": ["x"]},
    "an item with nothing": {"value": [{}]},
    "an item without a name": {"value": [without("name")]},
    "an item without properties": {"value": [without("properties")]},
    "an item of other types": {"value": [{**RESOURCE, "properties": 1}]},
    "a link that is a number": {"value": [], "nextLink": 7},
}


def catalogue(arm: Arm) -> Catalogue:
    return Catalogue(arm, MemoryBlobs(MemoryStorage()), WORKSPACE, RecordingReport())


READERS: dict[str, Callable[[Arm], object]] = {
    "show": lambda arm: Live(arm, WORKSPACE).shown("e"),
    "show of a deployment": lambda arm: Live(arm, WORKSPACE).shown_deployment("e", "blue"),
    "list": lambda arm: Live(arm, WORKSPACE).all(),
    "export": lambda arm: Live(arm, WORKSPACE).described("e"),
    "prune": lambda arm: Live(arm, WORKSPACE).tenancy("e"),
    "model list": lambda arm: catalogue(arm).list("models", None),
    "model show": lambda arm: catalogue(arm).show("models", "m", "1"),
    "environment show": lambda arm: catalogue(arm).show("environments", "m", None),
    "the latest version": lambda arm: References(arm, WORKSPACE).latest("m", "models"),
    "metrics": lambda arm: metrics.figures(arm, "e", "blue", 0, 600),
    "templates": lambda arm: template.under_way(arm, WORKSPACE, "e"),
}


@pytest.mark.parametrize("body", MISSHAPEN.values(), ids=MISSHAPEN)
@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_no_answer_is_a_defect(read: Callable[[Arm], object], body: object) -> None:
    with contextlib.suppress(EndpointError):
        json.dumps(read(arm(body)), default=str)


@pytest.mark.parametrize(
    ("section", "key"),
    [
        ("requestSettings", "maxConcurrentRequestsPerInstance"),
        ("scaleSettings", "minInstances"),
        ("livenessProbe", "failureThreshold"),
        ("codeConfiguration", "codeId"),
    ],
)
@pytest.mark.parametrize("value", [{"a": 1}, [1]])
def test_what_is_no_single_value_is_exported_by_nobody(
    section: str, key: str, value: object
) -> None:
    own = {section: {key: Body(value, "x") if isinstance(value, dict) else value}}
    with contextlib.suppress(ServiceError):
        known = checked(Body({"name": "blue", "properties": Body(own, "x")}, "x"), "x")
        exported = wire.described(known)
        assert str(value) not in repr(exported)


def test_what_is_missing_is_named() -> None:
    with pytest.raises(ServiceError) as raised:
        Live(arm({"value": [without("name")]}), WORKSPACE).all()
    assert "says nothing of 'name'" in raised.value.message
    odd = {**RESOURCE, "id": f"{WORKSPACE.id}/onlineEndpoints/e/deployments/blue", "tags": 5}
    with pytest.raises(ServiceError, match=r"about deployment blue of endpoint e has something"):
        Live(arm({"value": [odd]}), WORKSPACE).all()
    with pytest.raises(ServiceError, match=r"about endpoint e has something else .* 'properties'"):
        Live(arm({**RESOURCE, "properties": []}), WORKSPACE).endpoint("e")


def test_null_is_absent_for_readers_and_kept_for_what_is_sent_back() -> None:
    body = Body({"tags": None, "name": "e"}, "onlineEndpoints/e")
    assert body.get("tags", {}) == {} and body.get("tags") is None
    assert {**body} == {"tags": None, "name": "e"} == json.loads(json.dumps(body))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("7", 7), ("", 0), ("²", 0), ("٣", 0), ("-1", 0), ("1.5", 0), ("x", 0), ("9" * 5000, 0)],
)
def test_only_seconds_are_seconds(text: str, seconds: int) -> None:
    assert seconds_asked({"retry-after": text}) == seconds


@pytest.mark.parametrize("text", ["²", "", "nan", "inf", "x", "9" * 5000, "٣²"])
def test_a_wait_that_is_none_is_a_pause_of_our_own(text: str) -> None:
    answers = [Reply(503, {"Retry-After": text}), json_reply(200, RESOURCE)]
    pauses: list[float] = []

    def pause(seconds: float) -> bool:
        pauses.append(seconds)
        return False

    client = simulated_arm(lambda _: answers.pop(0), pause=pause)
    assert client.get("onlineEndpoints/e").body["name"] == "e"
    assert len(pauses) == 1 and 0 <= pauses[0] < 60


SHAPES = [None, 1, True, "x", "[[[[", [], ["a"], {}, {"type": "Correlation", "info": "x"}]


@pytest.mark.parametrize("key", ["error", "details", "innererror", "info", "errors", "code"])
@pytest.mark.parametrize("shape", SHAPES)
def test_no_refusal_is_a_defect_either(key: str, shape: object) -> None:
    inner = {"type": "Correlation", key: shape, "info": {"value": shape}}
    for error in (inner, [inner], {key: [inner]}, shape):
        answer = json_reply(400, {"error": error}, {"Retry-After": "²"})
        with pytest.raises(ServiceError):
            simulated_arm(lambda _: answer).get("onlineEndpoints/e")  # noqa: B023


# One value in a whole resource is odd

WORKSPACE_ID = f"{WORKSPACE.id}/"
PROBE = {"initialDelay": "PT10S", "period": "PT10S", "successThreshold": 1}
WHOLE = {
    **RESOURCE,
    "id": f"{WORKSPACE_ID}onlineEndpoints/e",
    "tags": {"a": "b"},
    "sku": {"name": "Default", "capacity": 1},
    "identity": {"type": "UserAssigned", "userAssignedIdentities": {"/x": {"principalId": "p"}}},
    "systemData": {"createdAt": "2024-01-01T00:00:00Z", "lastModifiedBy": "me"},
    "properties": {
        "authMode": "Key",
        "traffic": {"blue": 100},
        "mirrorTraffic": {"green": 10},
        "provisioningState": "Succeeded",
        "properties": {"AzureAsyncOperationUri": "https://management.azure.com/x"},
        "model": f"{WORKSPACE_ID}models/m/versions/1",
        "codeConfiguration": {"codeId": f"{WORKSPACE_ID}codes/c/versions/1", "scoringScript": "s"},
        "environmentId": f"{WORKSPACE_ID}environments/e/versions/1",
        "environmentVariables": {"A": "1"},
        "scaleSettings": {"scaleType": "TargetUtilization", "pollingInterval": "PT1S"},
        "requestSettings": {"requestTimeout": "PT5S", "maxConcurrentRequestsPerInstance": 1},
        "livenessProbe": PROBE,
        "readinessProbe": PROBE,
        "containerResourceRequirements": {
            "containerResourceRequests": {"cpu": "1", "memory": "1Gi"}
        },
        "build": {"contextUri": "x"},
        "inferenceConfig": {"livenessRoute": {"port": 1, "path": "/"}},
    },
}
ODD = [None, 1, 2.5, "", "x", [], ["a"], {"a": 1}, True, "9" * 400]


def paths(node: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if path:
        yield path
    for key, below in node.items() if isinstance(node, dict) else ():
        yield from paths(below, (*path, key))


def changed(path: tuple[str, ...], value: object) -> dict[str, Any]:
    made = copy.deepcopy(WHOLE)
    inner: Any = made
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return made


def test_a_whole_resource_is_read() -> None:
    for name in ("show", "list", "export", "prune", "show of a deployment"):
        assert READERS[name](arm({**WHOLE, "value": [WHOLE]}))


@pytest.mark.parametrize("path", list(paths(WHOLE)), ids=".".join)
def test_one_odd_value_is_no_defect(path: tuple[str, ...]) -> None:
    for value in ODD:
        body = changed(path, value)
        for read in READERS.values():
            with contextlib.suppress(EndpointError):
                json.dumps(read(arm({**body, "value": [body]})), default=str)


@pytest.mark.parametrize("noted", [202208, 1.5, True, "text", None])
def test_what_clients_note_may_be_a_number(noted: object) -> None:
    """As the official SDK notes the version of its hash with code."""
    own = Body({"properties": Body({"hash_version": noted}, "x")}, "x")
    assert checked(Body({"name": "c", "properties": own}, "x"), "x")
