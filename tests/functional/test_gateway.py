"""One address for an endpoint of this machine, whatever becomes of its deployments."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.memory_front import FIRST_PORT, MemoryFront
from tests.fakes.memory_runtime import MemoryRuntime
from tests.functional.in_process_az import Result, az

FLOW = "endpoints/online/managed"
BLUE = f"{FLOW}/simple-flow/1-create-endpoint-with-blue.yml"
BLUE_GREEN = f"{FLOW}/blue-green/endpoint.yml"
SCRIPT = Path("endpoints/online/model-1/onlinescoring/score.py")
AT_FIRST = f"http://127.0.0.1:{FIRST_PORT}/score"

pytestmark = pytest.mark.usefixtures("samples")


@pytest.fixture
def front(fronts: dict[str, MemoryFront]) -> MemoryFront:
    return fronts["docker"]


def endpoint(command: str, *arguments: str) -> Result:
    return az("ml", "endpoint", command, "--local", "-n", "houses", *arguments)


def test_the_address_stays_where_a_deployment_is_replaced() -> None:
    made = endpoint("create", "-f", BLUE).json
    SCRIPT.write_text(SCRIPT.read_text() + "\n# edited\n")
    updated = endpoint("update", "-f", BLUE).json
    assert made["scoring_uri"] == updated["scoring_uri"] == AT_FIRST
    assert updated["swagger_uri"] == f"http://127.0.0.1:{FIRST_PORT}/swagger.json"
    (before,), (after,) = made["deployments"], updated["deployments"]
    assert before["port"] != after["port"]
    assert after["scoring_uri"] == f"http://127.0.0.1:{after['port']}/score"
    assert [each["scoring_uri"] for each in az("ml", "endpoint", "list", "--local").json] == [
        AT_FIRST
    ]


def test_a_port_can_be_chosen_when_it_is_made_and_later() -> None:
    made = endpoint("create", "-f", BLUE, "--port", "8080").json
    assert made["scoring_uri"] == "http://127.0.0.1:8080/score"
    moved = endpoint("update", "--port", "8081")
    assert moved.json["scoring_uri"] == "http://127.0.0.1:8081/score"
    assert "nothing to do" in moved.stderr
    applied = endpoint("apply", "-f", BLUE, "--port", "8082").json
    assert applied["scoring_uri"] == "http://127.0.0.1:8082/score"
    assert endpoint("show").json["scoring_uri"] == "http://127.0.0.1:8082/score"


def test_a_port_that_is_taken_is_refused_before_anything_changes(
    front: MemoryFront, runtime: MemoryRuntime
) -> None:
    front.taken = {8080}
    refused = endpoint("create", "-f", BLUE, "--port", "8080")
    assert refused.exit_code == 1
    assert "Port 8080 is taken" in refused.stderr
    assert runtime.events == [] and runtime.endpoints() == []


def test_a_saved_plan_and_azure_have_no_port() -> None:
    beside = az("ml", "endpoint", "apply", "--plan", "plan.json", "--port", "8080")
    assert "--plan and --port do not go together" in beside.stderr
    away = az("ml", "endpoint", "create", "-f", BLUE, "-g", "rg", "-w", "ws", "--port", "8080")
    assert "--port is for endpoints on this machine" in away.stderr


def test_a_plan_is_saved_and_carried_out_as_ever() -> None:
    endpoint("plan", "-f", BLUE, "--out", "plan.json")
    applied = az("ml", "endpoint", "apply", "--plan", "plan.json")
    assert applied.json["scoring_uri"] == AT_FIRST


def test_invoke_goes_through_it_and_names_who_does_not_answer(
    front: MemoryFront, runtime: MemoryRuntime
) -> None:
    endpoint("create", "-f", BLUE_GREEN)
    endpoint("update", "--traffic", "blue:0,green:100")
    assert front.weights("houses") == {"blue": 0, "green": 100}
    assert endpoint("invoke", "--data", '{"a": 1}').json == {"a": 1}
    runtime.kill("green")
    failed = endpoint("invoke", "--data", '{"a": 1}')
    assert failed.exit_code == 1
    assert "Deployment green of endpoint houses does not run" in failed.stderr
    assert endpoint("invoke", "-d", "blue", "--data", "2").json == 2


def test_without_a_gateway_each_deployment_is_at_its_own_port(front: MemoryFront) -> None:
    front.broken = True
    made = endpoint("create", "-f", BLUE).json
    assert made["scoring_uri"] == made["deployments"][0]["scoring_uri"]
    assert "swagger_uri" not in made
    assert endpoint("invoke", "--data", "3").json == 3


def test_it_goes_with_the_endpoint(front: MemoryFront) -> None:
    endpoint("create", "-f", BLUE)
    assert endpoint("delete", "--yes").exit_code == 0
    assert front.ports == {}
