"""A safe rollout, green beside blue: with a file for each step, and with options. And variants."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.az import Az
from tests.integration.azure import Azure
from tests.integration.conftest import SAMPLES

ONLINE = "endpoints/online"
FLOW = f"{ONLINE}/managed/simple-flow"
CANARY = f"{ONLINE}/managed/canary-imperative-flow"
REQUEST = f"--request-file {ONLINE}/model-1/sample-request.json"


@pytest.fixture
def az(az: Az) -> Az:
    return az.within(SAMPLES)


def shown(azure: Azure) -> tuple[dict[str, int], dict[str, int]]:
    """The traffic, and the number of instances of each deployment."""
    endpoint = azure.az("ml endpoint show -n houses").json
    counts = {
        each["name"]: each["scale_settings"]["instance_count"] for each in endpoint["deployments"]
    }
    return endpoint["traffic"], counts


def answers(azure: Azure, deployment: str) -> None:
    azure.az(f"ml endpoint invoke -n houses -d {deployment} {REQUEST}")


def test_a_rollout_with_six_files(azure: Azure) -> None:
    azure.az(f"ml endpoint create -n houses -f {FLOW}/1-create-endpoint-with-blue.yml")
    assert shown(azure) == ({"blue": 100}, {"blue": 1})
    states: list[Any] = []
    for file in (
        "2-scale-blue",
        "3-create-green",
        "4-flight-green",
        "5-full-green",
        "6-delete-blue",
    ):
        azure.az(f"ml endpoint update -n houses -f {FLOW}/{file}.yml")
        states.append(shown(azure))
        if file == "3-create-green":
            answers(azure, "green")
    assert states == [
        ({"blue": 100}, {"blue": 2}),
        ({"blue": 100}, {"blue": 2, "green": 1}),
        ({"blue": 90, "green": 10}, {"blue": 2, "green": 1}),
        ({"green": 100}, {"blue": 2, "green": 1}),
        ({"green": 100}, {"green": 1}),
    ]
    assert azure.simulator.journal.refused() == []


def test_a_rollout_with_options(azure: Azure) -> None:
    azure.az(f"ml endpoint create -n houses -f {CANARY}/1-create-endpoint.yml")
    update = "ml endpoint update -n houses"
    azure.az(f"{update} --deployment blue --deployment-file {CANARY}/2-create-blue.yml")
    azure.az(f"{update} --traffic blue:100")
    assert shown(azure) == ({"blue": 100}, {"blue": 1})
    azure.az(f"{update} --deployment blue --instance-count 2")
    green = f"--deployment-file {CANARY}/3-create-green.yml"
    azure.az([*f"{update} {green} --traffic".split(), "blue:100,green:0"])
    answers(azure, "green")
    azure.az([*f"{update} --traffic".split(), "blue:90,green:10"])
    azure.az([*f"{update} --traffic".split(), "blue:0,green:100"])
    azure.az("ml endpoint delete -n houses --deployment blue --yes")
    traffic, counts = shown(azure)
    assert (traffic, list(counts)) == ({"green": 100}, ["green"])
    azure.az("ml endpoint delete -n houses --yes --no-wait")
    assert azure.simulator.journal.refused() == []


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (
            f"{ONLINE}/kubernetes/1-create-endpoint-with-blue.yml --set target=azureml:aks-test",
            ("target", "/computes/aks-test"),
        ),
        (f"{ONLINE}/managed/managed-identity/system-assigned.yml", ("identity", "system_assigned")),
        (f"{ONLINE}/managed/managed-identity/user-assigned.yml", ("identity", "user_assigned")),
        (f"{ONLINE}/custom-container/endpoint.yml", ("auth_mode", "key")),
        (f"{ONLINE}/managed/blue-green/endpoint.yml", ("traffic", "blue")),
    ],
)
def test_every_other_sample_is_created_called_and_deleted(
    azure: Azure, file: str, expected: tuple[str, str]
) -> None:
    az = azure.az.having(SUBSCRIPTION_ID=azure.playground.world.subscription, RESOURCE_GROUP="rg")
    made = az(f"ml endpoint create -n houses -f {file}").json
    key, text = expected
    assert text in str(made[key])
    assert made["provisioning_state"] == "Succeeded"
    answers(azure, "blue")
    again = az(f"ml endpoint update -n houses -f {file}")
    assert "houses: nothing to do" in again.stderr
    azure.az("ml endpoint delete -n houses --yes")
    assert azure.simulator.journal.refused() == []
