"""An endpoint of this machine that behaves as in Azure: `--simulate`, and what opens it."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest

from azext_ml_endpoint.local.gateway.limits import refused
from azext_ml_endpoint.scoring import Answer
from tests.fakes.memory_front import MemoryFront
from tests.fakes.memory_runtime import MemoryRuntime
from tests.functional.in_process_az import Result, az

FLOW = "endpoints/online/managed"
BLUE = f"{FLOW}/simple-flow/1-create-endpoint-with-blue.yml"
BOTH = f"{FLOW}/blue-green/endpoint.yml"
THREE = ("--set", "deployments[0].scale_settings.instance_count=3")
MODEL_ERROR = {
    "azureml-model-deployment": "blue",
    "ms-azureml-model-error-statuscode": "500",
    "ms-azureml-model-error-reason": "model_error",
}

pytestmark = pytest.mark.usefixtures("samples")


@pytest.fixture
def front(fronts: dict[str, MemoryFront]) -> MemoryFront:
    return fronts["docker"]


def endpoint(command: str, *arguments: str) -> Result:
    return az("ml", "endpoint", command, "--local", "-n", "houses", *arguments)


def steps(*arguments: str) -> list[tuple[str, str]]:
    planned = endpoint("plan", "-f", BLUE, *arguments).json
    return [(each["title"], each["reason"]) for each in planned["steps"]]


def test_it_is_asked_for_once_and_remembered(front: MemoryFront) -> None:
    made = endpoint("create", "-f", BLUE, "--simulate").json
    assert made["simulate"] is True
    assert front.routes["houses"].openers
    endpoint("update", "-f", BLUE, "--set", "tags.team=boats")
    assert endpoint("show").json["simulate"] is True
    endpoint("update", "--set", "tags.team=ships")
    assert endpoint("show").json["simulate"] is True
    opened = endpoint("update", "--simulate", "false").json
    assert "simulate" not in opened
    assert front.routes["houses"].openers is None
    assert "simulate" not in endpoint("show").json


def test_it_is_a_difference_of_the_plan() -> None:
    endpoint("create", "-f", BLUE)
    assert steps() == []
    assert steps("--simulate", "false") == []
    assert steps("--simulate") == [
        ("update endpoint houses", "simulate changed"),
        ("update deployment blue", "simulated cpus any → 2, memory any → 4 GiB"),
    ]
    endpoint("apply", "-f", BLUE, "--simulate")
    assert steps() == steps("--simulate") == []
    back = steps("--simulate", "false")
    assert [title for title, _ in back] == ["update endpoint houses", "update deployment blue"]


def test_a_saved_plan_has_it() -> None:
    endpoint("create", "-f", BLUE)
    endpoint("plan", "-f", BLUE, "--simulate", "--out", "plan.json")
    assert az("ml", "endpoint", "apply", "--plan", "plan.json").json["simulate"] is True
    beside = az("ml", "endpoint", "apply", "--plan", "plan.json", "--simulate")
    assert "--plan and --simulate do not go together" in beside.stderr


def test_create_leaves_what_is_there_as_it_is() -> None:
    endpoint("create", "-f", BLUE)
    refused = endpoint("create", "-f", BLUE, "--simulate")
    assert refused.exit_code == 1
    assert "simulate changed" in refused.stderr


def test_azure_simulates_nothing() -> None:
    away = az("ml", "endpoint", "create", "-f", BLUE, "-g", "rg", "-w", "ws", "--simulate")
    assert "--simulate is for endpoints on this machine" in away.stderr


def test_limits_of_the_file_count_as_soon_as_it_simulates(front: MemoryFront) -> None:
    slow = ("--set", "deployments[0].request_settings.request_timeout_ms=9000")
    endpoint("create", "-f", BLUE)
    assert steps(*slow) == []
    endpoint("update", "-f", BLUE, "--simulate")
    assert steps(*slow) == [("update deployment blue", "request_settings changed")]
    endpoint("update", "-f", BLUE, *slow)
    (target,) = front.routes["houses"].targets
    assert target.limits and target.limits.timeout == 9.0


def test_instances_become_workers_and_back(runtime: MemoryRuntime, front: MemoryFront) -> None:
    endpoint("create", "-f", BLUE, *THREE)
    assert steps("--simulate", *THREE)[1] == (
        "update deployment blue",
        "simulated workers any → 3, cpus any → 6, memory any → 12 GiB",
    )
    endpoint("update", "--simulate")
    (target,) = front.routes["houses"].targets
    assert target.limits and target.limits.running == 3
    (spec,) = [runtime.specs[each.id] for each in runtime.instances("houses")]
    assert spec.allowance and spec.allowance.workers == 3
    assert steps(*THREE) == []
    endpoint("update", "--simulate", "false")
    (spec,) = [runtime.specs[each.id] for each in runtime.instances("houses")]
    assert spec.allowance is None


def test_keys_are_printed_kept_and_regenerated(front: MemoryFront) -> None:
    endpoint("create", "-f", BLUE, "--simulate")
    keys = endpoint("get-credentials").json
    assert keys.keys() == {"primaryKey", "secondaryKey"}
    assert endpoint("list-keys").json == keys
    endpoint("regenerate-keys", "--key-type", "secondary")
    again = endpoint("get-credentials").json
    assert again["primaryKey"] == keys["primaryKey"]
    assert again["secondaryKey"] != keys["secondaryKey"]
    known = front.routes["houses"].openers
    assert known == front.credentials("houses").openers("key")


def test_a_token_that_is_new_opens_at_once(front: MemoryFront) -> None:
    endpoint("create", "-f", BLUE, "--simulate", "--set", "endpoint.auth_mode=aml_token")
    front.known["houses"] = replace(front.known["houses"], tokens=())  # it is to be refreshed
    token = endpoint("get-credentials").json["accessToken"]
    known = front.routes["houses"].openers
    assert known is not None
    assert not refused(known, f"Bearer {token}", time.time())


def test_a_token_has_an_end_and_no_keys() -> None:
    endpoint("create", "-f", BLUE, "--simulate", "--set", "endpoint.auth_mode=aml_token")
    token = endpoint("get-credentials").json
    assert token["expiryTimeUtc"] - token["refreshAfterTimeUtc"] == 12 * 3600
    refused = endpoint("regenerate-keys")
    assert refused.exit_code == 1
    assert "auth_mode aml_token" in refused.stderr
    assert endpoint("invoke", "-d", "blue", "--data", "[]").exit_code == 0


@pytest.mark.parametrize("command", ["get-credentials", "regenerate-keys"])
def test_an_open_endpoint_has_no_keys(command: str) -> None:
    endpoint("create", "-f", BLUE)
    refused = endpoint(command)
    assert refused.exit_code == 1
    assert "az ml endpoint update --local -n houses --simulate" in refused.stderr


def test_invoke_opens_it_and_another_key_does_not() -> None:
    endpoint("create", "-f", BLUE, "--simulate")
    assert endpoint("invoke", "--data", "[]").exit_code == 0
    refused = endpoint("invoke", "--data", "[]", "--header", "Authorization: Bearer wrong")
    assert refused.exit_code == 1
    assert "answered 401: the key or token is not accepted" in refused.stderr
    assert "az ml endpoint get-credentials --local -n houses" in refused.stderr
    nothing = endpoint("invoke", "--data", "[]", "--header", "Authorization: Basic wrong")
    assert nothing.exit_code == 1
    assert "answered 403: this request is not allowed" in nothing.stderr
    assert "Send it as Authorization: Bearer" in nothing.stderr


@pytest.mark.parametrize(
    ("status", "what", "way_out"),
    [
        (
            408,
            "the model took longer than its request_timeout_ms",
            "Raise request_settings.request_timeout_ms",
        ),
        (413, "the request is too big", "Send less at once"),
        (424, "the model failed with status 500 (model_error)", "get-logs --local -n houses"),
        (429, "too many requests wait", "max_concurrent_requests_per_instance"),
    ],
)
def test_answers_are_explained_as_azures(
    front: MemoryFront, status: int, what: str, way_out: str
) -> None:
    endpoint("create", "-f", BLUE, "--simulate")
    headers = MODEL_ERROR if status == 424 else {}
    front.respond = lambda: Answer(status=status, body=json.dumps({}).encode(), headers=headers)
    failed = endpoint("invoke", "--data", "[]")
    assert failed.exit_code == 1
    assert f"answered {status}: {what}" in failed.stderr
    assert way_out in failed.stderr


def test_a_rollout_asks_with_the_key(front: MemoryFront) -> None:
    endpoint("create", "-f", BLUE, "--simulate")
    request = "endpoints/online/model-1/sample-request.json"
    options = ("--to", "green", "--bake", "0s", "--steps", "50,100", "--probe", request)
    moved = endpoint("rollout", "-f", BOTH, *options)
    assert moved.exit_code == 0, moved.stderr
    assert front.weights("houses")["green"] == 100
    assert endpoint("show").json["simulate"] is True
