"""What is there before the first request: one subscription, group, workspace, and its names."""

from __future__ import annotations

from dataclasses import dataclass

TENANT = "00000000-0000-0000-0000-0000000000aa"
REGISTRY = "azureml://registries/azureml"


@dataclass(frozen=True, kw_only=True)
class World:
    """Names. The hosts are those of the public cloud; another cloud has others.

    computes: Kubernetes clusters that are attached to the workspace.
    registry_assets: lower-case references to what is in registries.
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
    registry_assets: frozenset[str] = frozenset({REGISTRY + "/environments/sklearn-1.5/versions/1"})
    page: int = 100
    management: str = "management.azure.com"
    storage_suffix: str = "core.windows.net"
    scoring_suffix: str = "inference.ml.azure.com"
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

    def blob_host(self, account: str) -> str:
        return f"{account}.blob.{self.storage_suffix}"


CHINA = World(
    location="chinaeast2",
    management="management.chinacloudapi.cn",
    storage_suffix="core.chinacloudapi.cn",
    scoring_suffix="inference.ml.azure.cn",
    ml_audience="https://ml.azure.cn",
)
"""A workspace in the cloud that az knows as AzureChinaCloud."""
