"""What is there before the first request: one subscription, group, workspace, and its names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.simulator.message import Json

TENANT = "00000000-0000-0000-0000-0000000000aa"
REGISTRY = "azureml://registries/azureml"
TEMPLATED = REGISTRY + "/models/phi/versions/4"
"""A model with a deployment template."""
UNTEMPLATED = REGISTRY + "/models/words/versions/2"
"""A model without one."""
TEMPLATE = REGISTRY + "/deploymenttemplates/vllm-1gpu/versions/2"
OTHER_TEMPLATE = REGISTRY + "/deploymenttemplates/vllm-long/versions/1"
VLLM = REGISTRY + "/environments/vllm/versions/7"
_PROBE: Json = {
    "initialDelay": "PT10M",
    "period": "PT10S",
    "timeout": "PT10S",
    "successThreshold": 1,
    "scheme": "http",
    "httpMethod": "GET",
    "path": "/health",
    "port": 8000,
}


def _template(timeout: str, concurrent: int) -> Json:
    """As a registry answers it (pasted by a user, 2026-04; the SDK's DeploymentTemplate 1.35)."""
    return {
        "deploymentTemplateType": "managed",
        "description": "Serves one model with vLLM.",
        "stage": "Development",
        "environmentId": VLLM,
        "environmentVariables": {"HF_HOME": "/tmp/hf_cache", "VLLM_MAX_NUM_SEQS": "48"},
        "modelMountPath": "/opt/ml/model",
        "requestSettings": {
            "requestTimeout": timeout,
            "maxConcurrentRequestsPerInstance": concurrent,
        },
        "livenessProbe": _PROBE,
        "readinessProbe": _PROBE,
        "allowedInstanceType": ["Standard_NC24ads_A100_v4", "Standard_NC40ads_H100_v5"],
        "defaultInstanceType": "Standard_NC40ads_H100_v5",
        "instanceCount": 1,
        "scoringPath": "/v1",
        "scoringPort": 8000,
        "tags": {},
        "properties": {},
    }


@dataclass(frozen=True, kw_only=True)
class World:
    """Names. The hosts are those of the public cloud; another cloud has others.

    computes: Kubernetes clusters that are attached to the workspace.
    registry_assets: lower-case references to what is in registries.
    templates: lower-case reference of a deployment template -> what a registry says of it.
    templated: lower-case reference of a model -> its templates, the default one first.
    images: lower-case reference of a registry's environment -> its image, if it is a certain one.
    page: the number of items that a list answers at once.
    """

    subscription: str = "00000000-0000-0000-0000-000000000001"
    tenant: str = TENANT
    group: str = "rg"
    workspace: str = "ws"
    workspace_guid: str = "00000000-0000-0000-0000-0000000000bb"
    location: str = "eastus2"
    container: str = "azureml-blobstore"
    computes: tuple[str, ...] = ("aks-test",)
    registry_assets: frozenset[str] = frozenset(
        {
            REGISTRY + "/environments/sklearn-1.5/versions/1",
            REGISTRY + "/environments/sklearn-1.5/labels/latest",
            VLLM,
            TEMPLATED,
            UNTEMPLATED,
        }
    )
    templates: Mapping[str, Json] = field(
        default_factory=lambda: {
            TEMPLATE: _template("PT1M30S", 10),
            OTHER_TEMPLATE: _template("PT3M", 2),
        }
    )
    templated: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {TEMPLATED: (TEMPLATE, OTHER_TEMPLATE)}
    )
    images: dict[str, str] = field(default_factory=dict)
    page: int = 100
    management: str = "management.azure.com"
    storage_suffix: str = "core.windows.net"
    scoring_suffix: str = "inference.ml.azure.com"
    registry_suffix: str = "api.azureml.ms"
    provider_suffix: str = "experiments.azureml.net"
    ml_audience: str = "https://ml.azure.com"

    @property
    def group_id(self) -> str:
        return f"/subscriptions/{self.subscription}/resourceGroups/{self.group}"

    @property
    def workspace_id(self) -> str:
        return (
            f"{self.group_id}/providers/Microsoft.MachineLearningServices"
            f"/workspaces/{self.workspace}"
        )

    @property
    def management_audiences(self) -> tuple[str, str]:
        """What tokens for ARM may be for: its address, or the name of the service before it."""
        return f"https://{self.management}", f"https://management.{self.storage_suffix}"

    def scoring_host(self, endpoint: str) -> str:
        return f"{endpoint}.{self.location}.{self.scoring_suffix}".lower()

    def registry_host(self, region: str) -> str:
        """Where registries are found and their templates read; ``primaryRegion`` names one."""
        return f"{region}.{self.registry_suffix}".lower()

    @property
    def provider_host(self) -> str:
        """Where the assets of registries are read: ``primaryRegionResourceProviderUri``."""
        return f"{self.location}.{self.provider_suffix}".lower()

    def blob_host(self, account: str) -> str:
        return f"{account}.blob.{self.storage_suffix}"


CHINA = World(
    location="chinaeast2",
    management="management.chinacloudapi.cn",
    storage_suffix="core.chinacloudapi.cn",
    scoring_suffix="inference.ml.azure.cn",
    registry_suffix="api.ml.azure.cn",
    provider_suffix="experiments.ml.azure.cn",
    ml_audience="https://ml.azure.cn",
)
"""A workspace in the cloud that az knows as AzureChinaCloud."""
