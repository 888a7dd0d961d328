"""Reading, calling, opening and waiting for endpoints in Azure; what is not there, exit codes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.builders import endpoint as wanted_endpoint
from tests.fakes.cloud_world import CloudWorld, inline_deployment
from tests.fakes.simulated_arm import WORKSPACE
from tests.functional.in_process_az import Result, az
from tests.simulator.faults import Fault, Status
from tests.simulator.message import Reply, json_reply
from tests.simulator.scoring import Scored, model_error

RAW = {"primaryKey", "secondaryKey"}


def endpoint(command: str, *arguments: str, name: str = "houses") -> Result:
    return az("ml", "endpoint", command, "-n", name, *arguments)


@pytest.fixture
def houses(azure: CloudWorld, tmp_path: Path) -> CloudWorld:
    """An endpoint with blue, which has the traffic, and green."""
    blue, green = inline_deployment(tmp_path), inline_deployment(tmp_path, "green")
    azure.make(wanted_endpoint(blue, green, traffic={"blue": 100}))
    azure.simulator.journal.clear()
    return azure


# Reading


def test_show_prints_the_endpoint_with_its_deployments(houses: CloudWorld) -> None:
    shown = endpoint("show").json
    assert (shown["name"], shown["type"], shown["auth_mode"]) == ("houses", "online", "key")
    assert [each["name"] for each in shown["deployments"]] == ["blue", "green"]
    assert shown["deployments"][0]["model"].startswith("azureml:/subscriptions/")
    assert sorted(houses.lines()) == [
        "GET onlineEndpoints/houses",
        "GET onlineEndpoints/houses/deployments",
    ]


def test_list_asks_once_for_endpoints_and_once_for_each_ones_deployments(
    houses: CloudWorld,
) -> None:
    listed = az("ml", "endpoint", "list").json
    assert [each["name"] for each in listed] == ["houses"]
    assert len(houses.lines()) == 2


@pytest.mark.parametrize(
    "command",
    [
        ["show"],
        ["invoke", "--data", "{}"],
        ["get-logs", "-d", "blue"],
        ["get-credentials"],
        ["regenerate-keys"],
        ["delete", "--yes"],
        ["delete", "-d", "blue", "--yes"],
        ["update", "--traffic", "blue:100"],
    ],
    ids=lambda command: command[0],
)
def test_an_endpoint_that_is_not_there_exits_3_with_nothing_on_stdout(
    azure: CloudWorld, command: list[str]
) -> None:
    missing = endpoint(*command, name="cottages")
    assert (missing.exit_code, missing.stdout) == (3, "")
    assert "no endpoint cottages in workspace ws, resource group rg" in missing.stderr


@pytest.mark.parametrize("command", [["get-logs"], ["delete", "--yes"]], ids=lambda it: it[0])
def test_a_deployment_that_is_not_there_exits_3_and_the_others_are_named(
    houses: CloudWorld, command: list[str]
) -> None:
    missing = endpoint(*command, "-d", "red")
    assert (missing.exit_code, missing.stdout) == (3, "")
    assert "no deployment red" in missing.stderr
    assert "It has blue, green." in missing.stderr


def test_a_workspace_that_is_not_there_is_the_one_that_is_named(azure: CloudWorld) -> None:
    missing = endpoint("show", "-w", "elsewhere")
    assert (missing.exit_code, missing.stdout) == (3, "")
    assert "There is no such workspace" in missing.stderr
    assert "workspaces/elsewhere" in missing.stderr
    assert "--workspace-name" in missing.stderr


# Calling


def test_the_request_goes_with_the_key_to_who_has_the_traffic(houses: CloudWorld) -> None:
    answers: list[Scored] = []

    def scorer(scored: Scored) -> Reply:
        answers.append(scored)
        return json_reply(200, {"by": scored.deployment})

    houses.simulator.scorer = scorer
    assert endpoint("invoke", "--data", "[1]").json == {"by": "blue"}
    assert endpoint("invoke", "--data", "[1]", "-d", "green").json == {"by": "green"}
    assert [each.request.body for each in answers] == [b"[1]", b"[1]"]
    assert "azureml-model-deployment" not in answers[0].request.headers
    assert houses.simulator.journal.refused() == []


@pytest.mark.parametrize("name", ["Authorization", "authorization"])
def test_an_authorization_of_ones_own_goes_before_the_key_which_is_not_even_fetched(
    houses: CloudWorld, name: str
) -> None:
    key = endpoint("get-credentials").json["secondaryKey"]
    houses.simulator.journal.clear()
    called = endpoint("invoke", "--data", "[1, 2]", "--header", f"{name}: Bearer {key}")
    assert called.json == [0.0, 1.0]
    assert not [line for line in houses.lines() if "listKeys" in line]
    refused = endpoint("invoke", "--data", "[1]", "--header", f"{name}: Bearer wrong")
    assert refused.exit_code == 1 and "answered 401" in refused.stderr


def test_many_requests_are_measured_with_one_key(houses: CloudWorld) -> None:
    measured = endpoint("invoke", "--data", "[1]", "--repeat", "20", "-d", "green").json
    assert (measured["requests"], measured["deployments"]) == (20, {"green": 20})
    assert len([line for line in houses.lines() if "listKeys" in line]) == 1


def test_headers_reach_the_model(houses: CloudWorld) -> None:
    def answer(scored: Scored) -> Reply:
        return json_reply(200, scored.request.headers.get("x-team"))

    houses.simulator.scorer = answer
    assert endpoint("invoke", "--data", "[1]", "--header", "X-Team: a").json == "a"


@pytest.mark.parametrize("auth_mode", ["aml_token", "aad_token"])
def test_tokens_open_an_endpoint_as_keys_do(
    azure: CloudWorld, tmp_path: Path, auth_mode: str
) -> None:
    azure.make(
        wanted_endpoint(inline_deployment(tmp_path), auth_mode=auth_mode, traffic={"blue": 100})
    )
    assert endpoint("invoke", "--data", "[1, 2]").json == [0.0, 1.0]
    token = endpoint("get-credentials").json
    assert {"accessToken", "expiryTimeUtc", "tokenType"} <= token.keys()
    assert not RAW & token.keys()


def test_what_the_model_says_of_its_failure_is_told(houses: CloudWorld) -> None:
    houses.simulator.scorer = lambda _: model_error(500, "list index out of range")
    failed = endpoint("invoke", "--data", "{}")
    assert (failed.exit_code, failed.stdout) == (1, "")
    assert "deployment blue, answered 424" in failed.stderr
    assert "status 500 (list index out of range)" in failed.stderr
    assert "az ml endpoint get-logs -n houses -d blue" in failed.stderr


@pytest.mark.parametrize("status", [401, 404, 408, 413, 429, 500, 503])
def test_every_refusal_is_explained_and_the_request_was_sent_once(
    houses: CloudWorld, status: int
) -> None:
    houses.simulator.faults.add(Fault(Status(status), url="/score", times=5))
    failed = endpoint("invoke", "--data", "{}")
    assert (failed.exit_code, failed.stdout) == (1, "")
    assert f"answered {status}: " in failed.stderr
    assert len([line for line in houses.lines() if line == "POST score"]) == 1


def test_verbose_tells_how_long_each_part_took(houses: CloudWorld) -> None:
    told = endpoint("invoke", "--data", "[1]", "--verbose").stderr
    parts = re.findall(r"Time to ([a-z ]+): \d+ ms", told)
    assert parts == ["look the endpoint up", "get its key or token", "get the answer"]


# Logs


def test_the_log_is_cut_to_its_last_lines(houses: CloudWorld) -> None:
    place = ("houses", "blue", "InferenceServer")
    houses.simulator.logs[place] = "one\ntwo\nthree\n"
    assert endpoint("get-logs", "-d", "blue", "--lines", "2").stdout == "two\nthree\n"


def test_following_a_log_tells_each_line_once_until_there_is_no_deployment(
    houses: CloudWorld,
) -> None:
    place = ("houses", "blue", "InferenceServer")
    houses.simulator.logs[place] = "one\ntwo\n"
    looks: list[Callable[[], object]] = [
        lambda: None,
        lambda: houses.simulator.logs.update({place: "one\ntwo\nthree\n"}),
        lambda: houses.delete("houses"),
    ]
    houses.clock.at_pause = lambda: looks.pop(0)() if looks else None
    followed = endpoint("get-logs", "-d", "blue", "--follow", "-l", "1")
    assert followed.stdout == "two\nthree\n"
    assert followed.exit_code == 3
    assert "no endpoint houses" in followed.stderr


# Keys


def test_keys_are_printed_as_the_service_says_them(houses: CloudWorld) -> None:
    assert endpoint("get-credentials").json.keys() == RAW


def test_the_older_name_gives_the_same_and_says_the_newer(houses: CloudWorld) -> None:
    older = endpoint("list-keys")
    assert older.json == endpoint("get-credentials").json
    assert "ml endpoint get-credentials" in older.stderr


@pytest.mark.parametrize("which", ["primary", "secondary"])
def test_only_the_key_that_was_asked_for_is_a_new_one(houses: CloudWorld, which: str) -> None:
    before = endpoint("get-credentials").json
    made = endpoint("regenerate-keys", "--key-type", which)
    assert (made.exit_code, made.stdout) == (0, "")
    after = endpoint("get-credentials").json
    assert {name for name in RAW if before[name] != after[name]} == {f"{which}Key"}
    (asked,) = [it for it in houses.simulator.journal.requests() if "regenerate" in it.path]
    assert json.loads(asked.body) == {"keyType": which.capitalize()}


def test_an_endpoint_with_tokens_has_no_keys_to_regenerate(azure: CloudWorld) -> None:
    azure.make(wanted_endpoint(auth_mode="aml_token"))
    refused = endpoint("regenerate-keys")
    assert refused.exit_code == 1
    assert "auth_mode is aml_token" in refused.stderr
    assert not [line for line in azure.lines() if "regenerate" in line]


def test_no_key_is_told_unasked(houses: CloudWorld) -> None:
    keys = endpoint("get-credentials").json.values()
    told = [
        endpoint("invoke", "--data", "[1]", "--debug"),
        endpoint("regenerate-keys", "--debug"),
        endpoint("show", "--debug"),
    ]
    for each in told:
        assert not [key for key in keys if key in each.stdout + each.stderr]


# Waiting


@pytest.mark.parametrize(
    "condition",
    [["--created"], ["--updated"], ["--exists"], ["--custom", "traffic.blue == `100`"]],
    ids=lambda condition: condition[0],
)
def test_waiting_for_what_is_so_ends_at_once(houses: CloudWorld, condition: list[str]) -> None:
    done = endpoint("wait", *condition)
    assert (done.exit_code, done.stdout) == (0, "")


def test_waiting_for_a_deletion_ends_when_it_is_gone(azure: CloudWorld) -> None:
    assert endpoint("wait", "--deleted").exit_code == 0


def test_waiting_too_long_is_an_error(azure: CloudWorld) -> None:
    late = endpoint("wait", "--created", "--timeout", "0.01", "--interval", "0.01")
    assert (late.exit_code, late.stdout) == (1, "")
    assert "after 0.01 s" in late.stderr


def test_waiting_for_one_deployment(houses: CloudWorld) -> None:
    many = "scale_settings.instance_count==`1`"
    assert endpoint("wait", "-d", "blue", "--custom", many).exit_code == 0


# Whom the key is sent to


def with_scoring_uri(world: CloudWorld, uri: str, **properties: object) -> None:
    resource = world.simulator.backend.resources.find(f"{WORKSPACE.id}/onlineEndpoints/houses")
    assert resource is not None
    resource.properties.update(scoringUri=uri, **properties)


@pytest.mark.parametrize(
    "uri",
    [
        "http://houses.eastus2.inference.ml.azure.com/score",
        "https://evil.example/score",
        "https://houses.inference.ml.azure.com.evil.example/score",
        "https://houses.inference.ml.azure.com@evil.example/score",
    ],
)
def test_the_key_of_a_managed_endpoint_does_not_leave_azure(houses: CloudWorld, uri: str) -> None:
    with_scoring_uri(houses, uri)
    called = endpoint("invoke", "--data", "{}")
    assert called.exit_code == 1
    assert "its key or token was not sent" in called.stderr
    assert not [each for each in houses.lines() if "listKeys" in each]
    assert not [each for each in houses.simulator.journal.requests() if each.url == uri]


def test_a_cluster_may_serve_without_tls_which_is_warned_of(houses: CloudWorld) -> None:
    with_scoring_uri(houses, "http://10.0.0.7/score", compute="azureml:cluster")
    called = endpoint("invoke", "--data", "{}")
    assert "WARNING: houses is served without TLS: its key or token" in called.stderr
    assert [each for each in houses.lines() if "listKeys" in each]


@pytest.mark.parametrize("status", [302, 307])
def test_an_answer_that_points_elsewhere_is_an_error(houses: CloudWorld, status: int) -> None:
    houses.simulator.scorer = lambda _: Reply(status, {"Location": "https://evil.example"})
    called = endpoint("invoke", "--data", "{}")
    assert called.exit_code == 1
    assert f"answered {status}: it points elsewhere" in called.stderr
