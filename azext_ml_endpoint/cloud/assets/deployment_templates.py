"""The deployment template that a registry's model brings, or that a deployment names instead.

Three requests: where the registry is, the model there, its template. Sources: Microsoft's "Deploy
models that use deployment templates" (2026-05) and azure-ai-ml 1.35, whose addresses these are. As
there, a template that cannot be read is no failure: only that much is not told.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from azext_ml_endpoint.cloud.assets.registries import (
    PUBLIC,
    Registries,
    RegistryReader,
    nowhere,
)
from azext_ml_endpoint.cloud.contract import Arm, Json
from azext_ml_endpoint.cloud.wire import keys, values
from azext_ml_endpoint.document.model import Deployment, Reference
from azext_ml_endpoint.errors import EndpointError

OVERRIDE = "azureml.deploymentTemplateOverride"
"""The user's property of a deployment that names another template than the model's own."""
_log = logging.getLogger("cli.azext_ml_endpoint")


class DeploymentTemplates:
    """Of models in registries. open_at, registries: as in :class:`.registries.RegistryReader`."""

    def __init__(self, open_at: Callable[[str], Arm], registries: Registries = PUBLIC) -> None:
        self._reader = RegistryReader(open_at, registries)

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
        return self._reader.find(override or self._default(model) or "")

    def _default(self, model: str) -> str | None:
        own = self._reader.find(model)
        default = (own or {}).get("properties", {}).get("defaultDeploymentTemplate") or {}
        return default.get("assetId")


NO_TEMPLATES = DeploymentTemplates(nowhere)
"""Where there are no registries to ask."""


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
