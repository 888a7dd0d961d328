"""A registry, on the way that the official clients take to a model's template."""

from __future__ import annotations

import pytest

from tests.simulator.message import Json, Request
from tests.simulator.world import OTHER_TEMPLATE, TEMPLATE
from tests.unit.simulator.client import Client

REGION = "https://eastus.api.azureml.ms"
DISCOVERY = REGION + "/registrymanagement/v1.0/registries/azureml/discovery?api-version=v1.0"


def status(client: Client, url: str, token: str | None = None) -> int:
    headers = {"authorization": f"Bearer {token or client.token}"}
    return client.simulator.handle(Request("GET", url, headers)).status


def read(client: Client, url: str) -> Json:
    token = client.simulator.tokens.issue("https://ml.azure.com/.default")
    reply = client.simulator.handle(Request("GET", url, {"authorization": f"Bearer {token}"}))
    assert reply.status == 200, reply.body
    answer: Json = reply.json()
    return answer


def below(found: Json, rest: str) -> str:
    return (
        f"subscriptions/{found['subscriptionId']}/resourceGroups/{found['resourceGroup']}"
        f"/providers/Microsoft.MachineLearningServices/registries/azureml/{rest}"
    )


def model_url(found: Json, name: str = "phi/versions/4") -> str:
    base = found["primaryRegionResourceProviderUri"] + "mferp/managementfrontend/"
    return f"{base}{below(found, f'models/{name}')}?api-version=2021-10-01-dataplanepreview"


def template_url(found: Json, version: str = "2") -> str:
    base = f"https://{found['primaryRegion']}.api.azureml.ms/genericasset/v2.0/"
    path = below(found, f"deploymenttemplates/vllm-1gpu/versions/{version}")
    return f"{base}{path}?api-version=2026-05-01-preview"


def test_the_way_leads_from_the_registry_s_name_to_the_template(client: Client) -> None:
    found = read(client, DISCOVERY)
    model = read(client, model_url(found))["properties"]
    assert model["defaultDeploymentTemplate"] == {"assetId": TEMPLATE}
    assert [each["assetId"] for each in model["allowedDeploymentTemplates"]] == [
        TEMPLATE,
        OTHER_TEMPLATE,
    ]
    template = read(client, template_url(found))
    assert (template["name"], template["version"]) == ("vllm-1gpu", "2")
    assert template["requestSettings"] == {
        "requestTimeout": "PT1M30S",
        "maxConcurrentRequestsPerInstance": 10,
    }


def test_a_token_for_arm_opens_a_registry_too(client: Client) -> None:
    assert status(client, DISCOVERY) == 200
    other = client.simulator.tokens.issue("https://storage.azure.com/")
    assert status(client, DISCOVERY, other) == 401


def test_what_a_registry_has_not_is_not_there(client: Client) -> None:
    found = read(client, DISCOVERY)
    assert status(client, DISCOVERY.replace("registries/azureml", "registries/other")) == 404
    assert status(client, model_url(found, "phi/versions/5")) == 404
    assert status(client, template_url(found, "3")) == 404
    assert status(client, model_url(found | {"resourceGroup": "rg"})) == 404


@pytest.mark.parametrize("version", ["2025-12-01", ""])
def test_each_route_has_api_versions_of_its_own(client: Client, version: str) -> None:
    url = DISCOVERY.replace("api-version=v1.0", f"api-version={version}")
    assert status(client, url) == 400
