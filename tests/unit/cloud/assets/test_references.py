"""What a document names becomes the id of something that is there."""

from __future__ import annotations

import pytest

from azext_ml_endpoint.document import reference
from azext_ml_endpoint.document.model import (
    Deployment,
    Environment,
    Reference,
)
from azext_ml_endpoint.errors import (
    MissingResourceError,
)
from tests.fakes.asset_command import IMAGE, Command, only
from tests.fakes.cloud_world import CloudWorld
from tests.fakes.simulated_arm import WORKSPACE


def resolved(world: CloudWorld, text: str, used: frozenset[str] = frozenset()) -> Reference:
    found = Command(world, used).resolve(only(environment=reference.parse(text, "environment")))
    (deployment,) = found.endpoint.deployments
    assert isinstance(deployment.environment, Reference)
    assert not found.ids and not found.registered
    return deployment.environment


@pytest.fixture
def registered(world: CloudWorld) -> CloudWorld:
    for version in ("9", "10"):
        environment = Environment(name="e", version=version, image=f"{IMAGE}.{version}")
        Command(world).register(only(environment=environment))
    world.simulator.journal.clear()
    return world


def test_a_version_becomes_its_id(registered: CloudWorld) -> None:
    found = resolved(registered, "azureml:e:9")
    assert (found.text, found.version) == (WORKSPACE.asset("environments", "e", "9"), "9")


@pytest.mark.parametrize("text", ["azureml:e@latest", "azureml:e:latest"])
def test_latest_becomes_the_version_that_was_registered_last(
    registered: CloudWorld, text: str
) -> None:
    found = resolved(registered, text)
    assert (found.text, found.version) == (WORKSPACE.asset("environments", "e", "10"), "10")
    assert found.label is None
    assert len(registered.simulator.journal.entries()) == 1


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("azureml:e:8", "environment e:8"),
        ("azureml:f:1", "environment f:1"),
        ("azureml:f@latest", "environment f"),
        ("azureml:e@stable", "environment e@stable"),
    ],
)
def test_what_is_not_there_is_named(registered: CloudWorld, text: str, named: str) -> None:
    with pytest.raises(MissingResourceError, match=f"There is no {named} in this workspace"):
        resolved(registered, text)


@pytest.mark.parametrize(
    "text",
    [
        "azureml://registries/azureml/environments/sklearn-1.5/versions/1",
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices"
        "/workspaces/other/environments/e/versions/1",
    ],
)
def test_ids_are_left_to_the_service(registered: CloudWorld, text: str) -> None:
    assert resolved(registered, text).text == text
    assert registered.lines() == []


def test_a_label_in_a_registry_is_left_to_the_service_with_a_warning(
    registered: CloudWorld,
) -> None:
    text = "azureml://registries/azureml/environments/sklearn-1.5/labels/latest"
    assert resolved(registered, text).text == text
    (warning,) = registered.report.warnings
    assert "every update" in warning


def test_what_a_live_deployment_uses_is_not_looked_up(registered: CloudWorld) -> None:
    used = WORKSPACE.asset("environments", "e", "9")
    assert resolved(registered, "azureml:e:9", frozenset({used.lower()})).text == used
    assert registered.lines() == []


def test_a_reference_in_two_deployments_is_looked_up_once(registered: CloudWorld) -> None:
    named = reference.parse("azureml:e:9", "environment")
    deployments = [Deployment(name=name, environment=named) for name in ("blue", "green")]
    found = Command(registered).resolve(*deployments).endpoint
    assert (
        len(
            {
                each.environment.text
                for each in found.deployments
                if isinstance(each.environment, Reference)
            }
        )
        == 1
    )
    assert registered.lines() == ["GET environments/e/versions/9"]


@pytest.mark.parametrize("live", ["e", "azureml:e:7", "runs:/x"])
def test_a_form_of_the_services_own_is_left_as_it_is(world: CloudWorld, live: str) -> None:
    used = frozenset({live.lower()})
    asked = only(environment=reference.unknown(live))
    (deployment,) = Command(world, used).resolve(asked).endpoint.deployments
    assert isinstance(deployment.environment, Reference)
    assert deployment.environment.text == live
    assert world.lines() == []
