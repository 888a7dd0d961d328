"""How a deployment template is found; any failure is silence."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from azext_ml_endpoint.cloud.arm.client import ArmClient
from azext_ml_endpoint.cloud.assets.deployment_templates import DeploymentTemplates
from azext_ml_endpoint.cloud.assets.registries import CLOUDS, PUBLIC, Registries, RegistryReader
from azext_ml_endpoint.cloud.contract import Arm, Response
from azext_ml_endpoint.document.model import TEMPLATE_OVERRIDE, Deployment, Reference
from tests.fakes.builders import environment, model
from tests.fakes.cloud_world import CloudWorld
from tests.fakes.simulated_arm import WORKSPACE, StaticCredential, simulated_arm
from tests.simulator.faults import Fault, Status
from tests.simulator.world import CHINA, OTHER_TEMPLATE, TEMPLATED

GREEN = Deployment(name="green", model=Reference(text=TEMPLATED, name=TEMPLATED))


def templates(world: CloudWorld, registries: Registries | None = None) -> DeploymentTemplates:
    def open_at(url: str) -> Arm:
        token = world.simulator.tokens.issue("https://management.azure.com", 1e9)
        client: ArmClient = simulated_arm(
            world.handle, WORKSPACE, credential=StaticCredential(token), base_url=url
        )
        return client

    return DeploymentTemplates(RegistryReader(open_at, registries or PUBLIC))


def test_the_models_own_template_is_told_by_the_documents_keys() -> None:
    said = templates(CloudWorld()).of(GREEN)
    assert said is not None
    assert said["request_settings"] == {
        "request_timeout_ms": 90_000,
        "max_concurrent_requests_per_instance": 10,
    }
    assert said["environment"].startswith("azureml://registries/azureml/environments/")
    assert said["scale_settings"] == {"instance_count": 1}
    assert said["instance_type"] == "Standard_NC40ads_H100_v5"
    assert said["environment_variables"]["VLLM_MAX_NUM_SEQS"] == "48"
    assert said["inference_config"] == {
        "scoring_route": {"port": 8000, "path": "/v1"},
        "readiness_route": {"port": 8000, "path": "/health"},
        "liveness_route": {"port": 8000, "path": "/health"},
    }


def test_it_rules_beside_an_environment_of_the_deployment() -> None:
    own = Deployment(name="green", model=GREEN.model, environment=environment())
    assert templates(CloudWorld()).of(own) == templates(CloudWorld()).of(GREEN)


def test_a_deployment_can_name_another_one() -> None:
    named = Deployment(
        name="green", model=GREEN.model, properties={TEMPLATE_OVERRIDE: OTHER_TEMPLATE}
    )
    said = templates(CloudWorld()).of(named)
    assert said is not None and said["request_settings"]["request_timeout_ms"] == 180_000


def test_a_registry_is_looked_up_once() -> None:
    world = CloudWorld()
    both = templates(world)
    both.of(GREEN)
    both.of(GREEN)
    asked = [each for each in world.simulator.journal.requests() if "discovery" in each.path]
    assert len(asked) == 1


@pytest.mark.parametrize(
    "deployment",
    [
        Deployment(name="green"),
        Deployment(name="green", model=model()),
        Deployment(
            name="green", model=Reference(text="/subscriptions/s/models/m/versions/1", name="m")
        ),
    ],
)
def test_others_are_not_asked_about(deployment: Deployment) -> None:
    world = CloudWorld()
    assert templates(world).of(deployment) is None
    assert world.simulator.journal.requests() == []


@pytest.mark.parametrize("path", ["/discovery", "/models/", "/deploymenttemplates/"])
@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_what_cannot_be_read_is_not_told(path: str, status: int) -> None:
    world = CloudWorld()
    world.simulator.faults.add(Fault(Status(status), "GET", path, 100))
    assert templates(world).of(GREEN) is None


@pytest.mark.parametrize(
    "odd",
    [
        {"properties": {"defaultDeploymentTemplate": "text"}},
        {"properties": ["text"]},
        {"properties": None},
        ["text"],
    ],
)
def test_a_model_in_other_types_has_none(odd: Any) -> None:
    reader = cast(RegistryReader, SimpleNamespace(find=lambda _: odd))
    assert DeploymentTemplates(reader).of(GREEN) is None


@pytest.mark.parametrize("probe", [5, "text", ["a"], True])
def test_a_template_with_probes_of_other_types_is_not_told(probe: Any) -> None:
    told = {"scoringPort": 80, "readinessProbe": probe}
    reader = cast(RegistryReader, SimpleNamespace(find=lambda _: told))
    named = replace(GREEN, properties={TEMPLATE_OVERRIDE: OTHER_TEMPLATE})
    assert DeploymentTemplates(reader).of(named) is None


@pytest.mark.parametrize(
    "text",
    [
        "azureml://registries/azureml/models/unknown/versions/1",
        "azureml://registries/other/models/phi/versions/4",
        "azureml://registries/azureml/models/phi",
    ],
)
def test_a_model_without_a_template_has_none(text: str) -> None:
    deployment = Deployment(name="green", model=Reference(text=text, name=text))
    assert templates(CloudWorld()).of(deployment) is None


def test_clouds_have_registries_of_their_own() -> None:
    assert CLOUDS[CHINA.management].domains[0] == CHINA.registry_suffix


@pytest.mark.parametrize(
    "place",
    [
        "https://evil.example",
        "http://eastus.api.azureml.ms",
        "https://api.azureml.ms.evil.example",
        "https://evilazureml.ms",
        "https://eastus.api.azureml.ms@evil.example",
        "https://evil.example\\.api.azureml.ms",
    ],
)
def test_a_token_goes_to_hosts_of_azure_machine_learning_only(place: str) -> None:
    opened: list[str] = []

    class Registry:
        def get(self, *_: object) -> Response:
            body = {"primaryRegionResourceProviderUri": place, "subscriptionId": "s"}
            names = {"resourceGroup": "g", "registryName": "azureml"}
            return Response(status=200, body={**body, **names}, headers={})

    def open_at(url: str) -> Arm:
        opened.append(url)
        return cast("Arm", Registry())

    assert DeploymentTemplates(RegistryReader(open_at)).of(GREEN) is None
    assert opened == ["https://eastus.api.azureml.ms"]
