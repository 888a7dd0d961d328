"""Options: what is missing, wrong, contradictory, or not for this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.functional.in_process_az import az

COMMANDS = {
    "create": ["-f", "endpoint.yml"],
    "update": ["-f", "endpoint.yml"],
    "show": ["-n", "houses"],
    "list": [],
    "invoke": ["-n", "houses", "--data", "{}"],
    "get-logs": ["-n", "houses", "-d", "blue"],
    "delete": ["-n", "houses", "--yes"],
}
IN_AZURE = {
    "get-credentials": ["-n", "houses"],
    "list-keys": ["-n", "houses"],
    "regenerate-keys": ["-n", "houses"],
    "wait": ["-n", "houses", "--created"],
}


@pytest.mark.parametrize("command", ["", *COMMANDS, *IN_AZURE, "validate"])
def test_every_command_explains_itself(command: str) -> None:
    shown = az("ml", "endpoint", *command.split(), "-h")
    assert shown.exit_code == 0
    assert f"az ml endpoint {command}".strip() in shown.stdout
    assert "Traceback" not in shown.stderr


@pytest.mark.parametrize("command", [*COMMANDS, *IN_AZURE])
def test_a_command_without_a_workspace_says_how_to_give_one(command: str) -> None:
    refused = az("ml", "endpoint", command, *{**COMMANDS, **IN_AZURE}[command])
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "--resource-group/-g and --workspace-name/-w" in refused.stderr
    assert "az configure --defaults group=GROUP workspace=WORKSPACE" in refused.stderr


def test_what_az_is_to_remember_it_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of its own options, by its own names for them: az config param-persist."""
    monkeypatch.chdir(tmp_path)
    az("config", "param-persist", "on")
    try:
        assert az("ml", "endpoint", "list", "--local", "-g", "rg").exit_code == 0
        assert az("config", "param-persist", "show").json["all"] == {"resource_group_name": "rg"}
    finally:
        az("config", "param-persist", "off")


def test_what_is_configured_need_not_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_DEFAULTS_GROUP", "rg")
    refused = az("ml", "endpoint", "list")
    assert refused.exit_code == 2
    assert "--workspace-name/-w" in refused.stderr
    assert "--resource-group" not in refused.stderr


@pytest.mark.parametrize("command", ["create", "update", "delete"])
def test_only_azure_can_go_on_alone(command: str) -> None:
    refused = az("ml", "endpoint", command, "--local", *COMMANDS[command], "--no-wait")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "--no-wait" in refused.stderr


def test_a_runtime_is_for_local_endpoints() -> None:
    refused = az("ml", "endpoint", "list", "--runtime", "docker", "-g", "rg", "-w", "ws")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "--runtime" in refused.stderr and "--local" in refused.stderr


def test_waiting_needs_something_to_wait_for() -> None:
    refused = az("ml", "endpoint", "wait", "-n", "houses", "-g", "rg", "-w", "ws")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "--created" in refused.stderr and "--custom" in refused.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_batch_endpoints_are_refused_with_where_to_go(command: str) -> None:
    refused = az("ml", "endpoint", command, "--local", *COMMANDS[command], "--type", "batch")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "online endpoints only" in refused.stderr
    assert "az ml batch-endpoint" in refused.stderr


def test_online_is_a_type_like_none() -> None:
    assert az("ml", "endpoint", "list", "--local", "--type", "online").json == []


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["create", "--local"], "--file"),
        (["update", "--local"], "--file"),
        (["validate"], "--file"),
        (["show", "--local"], "--name"),
        (["invoke", "--local", "--data", "{}"], "--name"),
        (["get-logs", "--local", "-n", "houses"], "--deployment"),
        (["delete", "--local", "--yes"], "--name"),
        (["show", "--local", "-n", "houses", "--colour", "red"], "unrecognized arguments"),
        (["show", "--local", "-n", "houses", "--runtime", "podman"], "podman"),
        (["list", "--local", "--type", "streaming"], "streaming"),
        (["create", "--local", "-f", "endpoint.yml", "--timeout", "soon"], "soon"),
        (["create", "--local", "-f", "endpoint.yml", "--timeout", "-1"], "--timeout"),
        (["get-logs", "--local", "-n", "houses", "-d", "blue", "--lines", "0"], "--lines"),
        (["get-logs", "--local", "-n", "houses", "-d", "blue", "-c", "x"], "--container"),
    ],
)
def test_a_wrong_option_exits_2_and_is_named(arguments: list[str], complaint: str) -> None:
    refused = az("ml", "endpoint", *arguments)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert complaint in refused.stderr


def test_a_local_deployment_has_no_storage_initializer() -> None:
    asked = ["-n", "houses", "-d", "blue", "--container", "storage-initializer"]
    refused = az("ml", "endpoint", "get-logs", "--local", *asked)
    assert refused.exit_code == 1
    assert "Leave --container out." in refused.stderr


@pytest.mark.parametrize(
    ("command", "option"),
    [
        *((command, "--timeout") for command in ("create", "update", "apply", "rollout")),
        *((command, "--timeout") for command in ("invoke", "test", "wait")),
        ("wait", "--interval"),
        ("rollout", "--bake"),
        ("rollout", "--max-p95"),
        ("prune", "--older-than"),
    ],
)
def test_every_time_is_read_alike(command: str, option: str) -> None:
    refused = az("ml", "endpoint", command, option, "5 minutes")
    assert refused.exit_code == 2
    assert f"argument {option}: '5 minutes' is no time such as" in refused.stderr
    taken = az("ml", "endpoint", command, option, "5m")
    assert taken.exit_code == 2 and "is no time" not in taken.stderr


def test_a_runtime_that_is_configured_but_unknown_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AZURE_ML_ENDPOINT_LOCAL_RUNTIME", "podman")
    refused = az("ml", "endpoint", "list", "--local")
    assert refused.exit_code == 1
    assert "ml_endpoint.local_runtime is 'podman'" in refused.stderr
    assert "az config set ml_endpoint.local_runtime=docker" in refused.stderr


def test_a_defect_of_ours_is_not_passed_off_as_the_users_mistake(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def defect(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("azext_ml_endpoint.handlers.places.local_list", defect)
    failed = az("ml", "endpoint", "list", "--local")
    assert failed.exit_code == 1
    assert "unexpected error" in failed.stderr and "ZeroDivisionError" in failed.stderr
