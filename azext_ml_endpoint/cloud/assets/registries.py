"""What is in registries: models, environments, code and templates; and what opens their content.

A registry is found by its name, in the region that a cloud has for that, and answers at a host of
its own. Source: azure-ai-ml 1.35 (``_utils/_registry_utils.py``), whose addresses these are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from azext_ml_endpoint.cloud import hosts
from azext_ml_endpoint.cloud.contract import Arm, Json
from azext_ml_endpoint.errors import ServiceError

ASSET = re.compile(
    r"azureml://registries/(?P<registry>[^/]+)/(?P<kind>models|environments|codes|deploymenttemplates)"
    r"/(?P<name>[^/]+)/(?P<place>(?:versions|labels)/[^/]+)",
    re.IGNORECASE,
)
_DISCOVERY = {"api-version": "v1.0"}
_ASSETS = {"api-version": "2021-10-01-dataplanepreview"}
_TEMPLATES = {"api-version": "2026-05-01-preview"}


@dataclass(frozen=True)
class Registries:
    """Where a cloud has them. domains: whose hosts get a token; the first has a host per region."""

    region: str
    domains: tuple[str, ...]


CLOUDS: Mapping[str, Registries] = {
    "management.chinacloudapi.cn": Registries("chinaeast2", ("api.ml.azure.cn", "ml.azure.cn")),
    "management.usgovcloudapi.net": Registries("usgovarizona", ("api.ml.azure.us", "ml.azure.us")),
}
"""By the host of the resource manager."""
PUBLIC = Registries("eastus", ("api.azureml.ms", "azureml.ms", "azureml.net"))


class RegistryReader:
    """open_at: a client for a host, given as ``https://host``, with the caller's own token.

    Every method raises EndpointError and its kin, and KeyError for answers that lack what they
    should have.
    """

    def __init__(self, open_at: Callable[[str], Arm], registries: Registries = PUBLIC) -> None:
        self._open_at = open_at
        self._registries = registries
        self._found: dict[str, Json] = {}

    def find(self, text: str) -> Json | None:
        """A model, an environment or code, as ARM would say it; None where it is no such id."""
        asset = ASSET.fullmatch(text)
        if asset is None:
            return None
        there = self._registry(asset["registry"])
        kind, path = asset["kind"].lower(), f"{asset['name']}/{asset['place']}"
        if kind == "deploymenttemplates":
            path = f"/genericasset/v2.0{_id(there)}/{kind}/{path}"
            return self._region(there["primaryRegion"]).get(path, _TEMPLATES).body
        return self._own(there).get(f"{_managed(there)}/{kind}/{path}", _ASSETS).body

    def opened(self, text: str, uri: str) -> tuple[str, str]:
        """URL of the container that the content of a version is in, and the SAS that opens it.

        uri: of the content. Raises ServiceError where it may not be read.
        """
        asset = ASSET.fullmatch(text)
        if asset is None:
            raise KeyError(text)
        there = self._registry(asset["registry"])
        path = f"{_managed(there)}/datarefs/{asset['name']}/{asset['place']}"
        asked = {"assetId": text, "blobUri": uri}
        found = self._own(there).post(f"{path}?api-version={_ASSETS['api-version']}", asked).body
        url, _, token = str(
            found["blobReferenceForConsumption"]["credential"].get("sasUri") or ""
        ).partition("?")
        if not token:
            raise ServiceError(f"The registry {asset['registry']} gives no access to {text}.")
        return url, token

    def _own(self, registry: Json) -> Arm:
        return self._trusted(registry["primaryRegionResourceProviderUri"])

    def _registry(self, name: str) -> Json:
        if name not in self._found:
            path = f"/registrymanagement/v1.0/registries/{name}/discovery"
            self._found[name] = self._region(self._registries.region).get(path, _DISCOVERY).body
        return self._found[name]

    def _region(self, region: str) -> Arm:
        return self._trusted(f"https://{region}.{self._registries.domains[0]}")

    def _trusted(self, url: str) -> Arm:
        """A token is for Azure's own hosts. Raises KeyError for any other."""
        host = urlsplit(url).netloc
        if not any(hosts.is_below(url, each) for each in self._registries.domains):
            raise KeyError(f"{host} is no host of Azure Machine Learning")
        return self._open_at(f"https://{host}")


def nowhere(url: str) -> Arm:
    """Where there are no registries to ask."""
    raise KeyError(url)


def _id(registry: Json) -> str:
    return (
        f"/subscriptions/{registry['subscriptionId']}/resourceGroups/{registry['resourceGroup']}"
        f"/providers/Microsoft.MachineLearningServices/registries/{registry['registryName']}"
    )


def _managed(registry: Json) -> str:
    return f"/mferp/managementfrontend{_id(registry)}"
