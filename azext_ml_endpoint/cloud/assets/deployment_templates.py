"""The deployment template that a registry's model brings, or that a deployment names instead.

Three requests: where the registry is, the model there, its template. Sources: Microsoft's "Deploy
models that use deployment templates" (2026-05) and azure-ai-ml 1.35, whose addresses these are. As
there, a template that cannot be read is no failure: only that much is not told.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from azext_ml_endpoint.cloud import hosts
from azext_ml_endpoint.cloud.contract import Arm, Json
from azext_ml_endpoint.cloud.wire import keys, values
from azext_ml_endpoint.document.model import Deployment, Reference
from azext_ml_endpoint.errors import EndpointError

OVERRIDE = "azureml.deploymentTemplateOverride"
"""The user's property of a deployment that names another template than the model's own."""
_ASSET = re.compile(
    r"azureml://registries/(?P<registry>[^/]+)/(?P<kind>models|deploymenttemplates)"
    r"/(?P<name>[^/]+)/(?P<place>(?:versions|labels)/[^/]+)",
    re.IGNORECASE,
)
_DISCOVERY = {"api-version": "v1.0"}
_MODELS = {"api-version": "2021-10-01-dataplanepreview"}
_TEMPLATES = {"api-version": "2026-05-01-preview"}
_log = logging.getLogger("cli.azext_ml_endpoint")


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


class DeploymentTemplates:
    """open_at: a client for a host, given as ``https://host``, with the caller's own token."""

    def __init__(self, open_at: Callable[[str], Arm], registries: Registries = PUBLIC) -> None:
        self._open_at = open_at
        self._registries = registries
        self._found: dict[str, Json] = {}

    def of(self, deployment: Deployment) -> Mapping[str, Any] | None:
        """What the template says, by the document's keys. None where there is none to be read.

        It rules beside an environment that the deployment names, too.
        """
        model = deployment.model.text if isinstance(deployment.model, Reference) else ""
        try:
            found = self._template(model, deployment.properties.get(OVERRIDE))
        except (EndpointError, KeyError, TypeError) as why:
            _log.info("The deployment template of %s is not known: %s", model, why)
            return None
        return found and _said(found)

    def _template(self, model: str, override: str | None) -> Json | None:
        named = override or self._default(model)
        asset = _ASSET.fullmatch(named or "")
        if asset is None:
            return None
        there = self._registry(asset["registry"])
        name = f"deploymenttemplates/{asset['name']}/{asset['place']}"
        path = f"/genericasset/v2.0{_id(there)}/{name}"
        return self._region(there["primaryRegion"]).get(path, _TEMPLATES).body

    def _default(self, model: str) -> str | None:
        asset = _ASSET.fullmatch(model)
        if asset is None:
            return None
        there = self._registry(asset["registry"])
        path = f"/mferp/managementfrontend{_id(there)}/models/{asset['name']}/{asset['place']}"
        own = self._trusted(there["primaryRegionResourceProviderUri"]).get(path, _MODELS).body
        default = own["properties"].get("defaultDeploymentTemplate") or {}
        return default.get("assetId")

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


def _nowhere(url: str) -> Arm:
    raise KeyError(url)


NO_TEMPLATES = DeploymentTemplates(_nowhere)
"""Where there are no registries to ask."""


def _id(registry: Json) -> str:
    return (
        f"/subscriptions/{registry['subscriptionId']}/resourceGroups/{registry['resourceGroup']}"
        f"/providers/Microsoft.MachineLearningServices/registries/{registry['registryName']}"
    )


def _said(template: Json) -> dict[str, Any]:
    """It has a deployment's own keys, but for what is around them, and the machines."""
    said = {
        **keys.found({"properties": template}),
        "environment": template.get("environmentId"),
        "environment_variables": template.get("environmentVariables"),
        "instance_type": template.get("defaultInstanceType"),
        "scale_settings": values.said({"instance_count": template.get("instanceCount")}) or None,
    }
    return values.said(said)
