"""--no-wait: Azure goes on alone, and whoever wants to can wait for it later."""

from __future__ import annotations

import json

import pytest

from tests.fakes.cloud_world import CloudWorld
from tests.functional.in_process_az import Result, az
from tests.simulator.operations import Durations

BLUE = "endpoints/online/managed/simple-flow/1-create-endpoint-with-blue.yml"

pytestmark = pytest.mark.usefixtures("samples")


def endpoint(command: str, *arguments: str) -> Result:
    done = az("ml", "endpoint", command, "-n", "houses", *arguments)
    assert done.exit_code == 0, done.stderr
    return done


def test_a_whole_endpoint_is_one_template_that_waiting_knows_of(azure: CloudWorld) -> None:
    made = endpoint("create", "-f", BLUE, "--no-wait")
    assert made.stdout == ""
    assert "create deployment blue: it does not exist" in made.stderr
    assert "Azure goes on alone with template deployment ml-endpoint-houses-" in made.stderr
    submitted = [line for line in azure.writes() if "Microsoft.Resources/deployments" in line]
    assert len(submitted) == 1

    assert endpoint("wait", "--created", "--interval", "0.01", "--timeout", "30").stdout == ""
    shown = endpoint("show").json
    assert shown["deployments"][0]["provisioning_state"] == "Succeeded"
    assert shown["traffic"] == {"blue": 100}
    assert azure.simulator.journal.refused() == []


def test_what_is_made_already_is_not_all_while_a_template_is_carried_out(
    azure: CloudWorld,
) -> None:
    azure.simulator.backend.durations = Durations(template=60.0)
    endpoint("create", "-f", BLUE, "--no-wait")
    early = az("ml", "endpoint", "wait", "-n", "houses", "--created", "--timeout", "0.01")
    assert early.exit_code == 1
    assert "not as waited for" in early.stderr
    azure.clock.now += 120
    endpoint("wait", "--created", "--timeout", "1")


def test_one_change_alone_is_one_request_that_is_not_followed(azure: CloudWorld) -> None:
    endpoint("create", "-f", BLUE)
    azure.simulator.journal.clear()
    two = ["--set", "deployments[0].scale_settings.instance_count=2"]
    made = endpoint("update", "-f", BLUE, *two, "--no-wait")
    assert made.stdout == ""
    assert azure.writes() == ["PATCH onlineEndpoints/houses/deployments/blue"]
    assert not [line for line in azure.lines() if "mfeOperation" in line]
    assert "az ml endpoint wait -n houses --created" in made.stderr


def test_a_table_of_nothing_is_nothing(azure: CloudWorld) -> None:
    assert endpoint("create", "-f", BLUE, "--no-wait", "-o", "table").stdout.strip() == ""


def test_what_only_a_command_that_waits_can_do_is_refused_before_anything_changes(
    azure: CloudWorld,
) -> None:
    both = "endpoints/online/managed/blue-green/endpoint.yml"
    endpoint("create", "-f", both)
    before = len(azure.writes())
    refused = az("ml", "endpoint", "update", "-n", "houses", "-f", BLUE, "--no-wait")
    assert refused.exit_code == 1
    assert "without --no-wait" in refused.stderr
    assert azure.writes()[before:] == []


def test_secrets_are_parameters_of_the_template(azure: CloudWorld) -> None:
    endpoint(
        "create",
        "-f",
        BLUE,
        "--no-wait",
        "--set",
        "deployments[0].environment_variables.PASSWORD=sesame",
    )
    (submitted,) = [
        each
        for each in azure.simulator.journal.requests()
        if each.method == "PUT" and "Microsoft.Resources" in each.path
    ]
    properties = json.loads(submitted.body)["properties"]
    assert "sesame" in json.dumps(properties["parameters"])
    assert "sesame" not in json.dumps(properties["template"])
