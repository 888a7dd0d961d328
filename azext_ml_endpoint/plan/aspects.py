"""The aspects of endpoints and deployments: plain data, an entry per thing that can change.

Both sides of a comparison have this shape: what is wanted comes from here, what is there comes
from a driver. Equal aspects mean that nothing needs to be done about them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from azext_ml_endpoint.document.model import (
    Code,
    Deployment,
    Endpoint,
    Environment,
    Model,
    Reference,
)


def aspects(deployment: Deployment) -> dict[str, Any]:
    """Keys are the document's own; assets are reduced to their identity."""
    environment = deployment.environment
    return {
        "model": _model(deployment.model),
        "code": _code(deployment.code),
        "scoring_script": deployment.scoring_script,
        "environment": _environment(environment),
        "inference_config": _inference_config(environment),
        "environment_variables": dict(deployment.environment_variables),
        "instance_type": deployment.instance_type,
        "scale_settings": _plain(deployment.scale_settings),
        "request_settings": _plain(deployment.request_settings),
        "liveness_probe": _plain(deployment.liveness_probe),
        "readiness_probe": _plain(deployment.readiness_probe),
        "resource_requirements": _plain(deployment.resource_requirements),
        "app_insights_enabled": deployment.app_insights_enabled,
        "description": deployment.description,
        "tags": dict(deployment.tags),
        "properties": dict(deployment.properties),
    }


def lasting(endpoint: Endpoint) -> dict[str, Any]:
    """What is settled when an endpoint is made; without what the document does not say."""
    said: dict[str, Any] = {"kind": endpoint.kind}
    if endpoint.target:
        said["target"] = endpoint.target.text
    if endpoint.identity:
        said["identity"] = _plain(endpoint.identity)
    return said


def differences(
    wanted: Mapping[str, Any], there: Mapping[str, Any], honours: frozenset[str]
) -> list[str]:
    """The names of the aspects that differ, in the order of :func:`aspects`."""
    return [key for key in wanted if key in honours and wanted[key] != there.get(key)]


def _model(model: Model | Reference | None) -> Any:
    if isinstance(model, Model):
        return {"name": model.name, "version": model.version, "digest": model.digest}
    return model and model.text


def _code(code: Code | Reference | None) -> Any:
    if isinstance(code, Code):
        return {"folder": code.path.name, "digest": code.digest}
    return code and code.text


def _environment(environment: Environment | Reference | None) -> Any:
    return (
        environment.digest
        if isinstance(environment, Environment)
        else environment and environment.text
    )


def _inference_config(environment: Environment | Reference | None) -> Any:
    return _plain(environment.inference_config) if isinstance(environment, Environment) else None


def _plain(data: Any) -> Any:
    return None if data is None else asdict(data)
