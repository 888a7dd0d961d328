"""The deployment template that a registry's model brings, or that a deployment names instead.

Three requests: where the registry is, the model there, its template. Sources: Microsoft's "Deploy
models that use deployment templates" (2026-05) and azure-ai-ml 1.35, whose addresses these are. As
there, a template that cannot be read is no failure: only that much is not told.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from azext_ml_endpoint.cloud.assets.registries import RegistryReader, nowhere
from azext_ml_endpoint.cloud.contract import Json
from azext_ml_endpoint.cloud.wire import keys, values
from azext_ml_endpoint.document.model import TEMPLATE_OVERRIDE, Deployment, Reference
from azext_ml_endpoint.errors import EndpointError

_log = logging.getLogger("cli.azext_ml_endpoint")


class DeploymentTemplates:
    """Of models in registries."""

    def __init__(self, reader: RegistryReader) -> None:
        self._reader = reader

    def of(self, deployment: Deployment) -> Mapping[str, Any] | None:
        """What the template says, by the document's keys. None where there is none to be read.

        It rules beside an environment that the deployment names, too.
        """
        try:
            return self.read(deployment)[1]
        except (EndpointError, LookupError, TypeError, AttributeError) as why:
            _log.info("The deployment template of %s is not known: %s", deployment.name, why)
            return None

    def read(self, deployment: Deployment) -> tuple[str, dict[str, Any] | None]:
        """Its id, and as :meth:`of` what it says. Raises what a :class:`.RegistryReader` raises."""
        model = deployment.model.text if isinstance(deployment.model, Reference) else ""
        name = deployment.properties.get(TEMPLATE_OVERRIDE) or self._default(model) or ""
        found = self._reader.find(name)
        return name, found and _said(found)

    def _default(self, model: str) -> str | None:
        own = self._reader.find(model)
        default = (own or {}).get("properties", {}).get("defaultDeploymentTemplate") or {}
        return default.get("assetId")


NO_TEMPLATES = DeploymentTemplates(RegistryReader(nowhere))
"""Where there are no registries to ask."""


def _said(template: Json) -> dict[str, Any]:
    """It has a deployment's own keys, but for what is around them, the machines and the routes."""
    said = {
        **keys.found({"properties": template}),
        "environment": template.get("environmentId"),
        "environment_variables": template.get("environmentVariables"),
        "instance_type": template.get("defaultInstanceType"),
        "scale_settings": values.said({"instance_count": template.get("instanceCount")}) or None,
        "inference_config": _routes(template),
    }
    return values.said(said)


def _routes(template: Json) -> dict[str, dict[str, Any]] | None:
    """Those of a server that has its own. Probes ask where they say, or where requests go."""
    port = template.get("scoringPort")
    if not port:
        return None
    asked = {"path": "/", **_target(template.get("readinessProbe"))}
    return {
        "scoring_route": {"port": port, "path": template.get("scoringPath") or "/"},
        "readiness_route": {"port": port, **asked},
        "liveness_route": {"port": port, **asked, **_target(template.get("livenessProbe"))},
    }


def _target(probe: Json | None) -> dict[str, Any]:
    return {key: probe[key] for key in ("port", "path") if probe.get(key)} if probe else {}
