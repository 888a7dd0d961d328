"""A deployment as its deployment template completes it. Pure.

What the file says goes before what the template says, key by key: as in Azure, as far as anybody
knows, where docs/azure.md has it among what is assumed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

from azext_ml_endpoint.document import reference
from azext_ml_endpoint.document.model import (
    SECTIONS,
    TEMPLATE_OVERRIDE,
    Deployment,
    Environment,
    Reference,
)
from azext_ml_endpoint.errors import ServiceError
from azext_ml_endpoint.local import remembered

T = TypeVar("T")

_REGISTRIES = "azureml://registries/"
_VARIABLES = "environment_variables"


def may_have_one(deployment: Deployment) -> bool:
    """Models of registries bring templates, or the deployment names one."""
    model = deployment.model.text if isinstance(deployment.model, Reference) else ""
    return model.startswith(_REGISTRIES) or TEMPLATE_OVERRIDE in deployment.properties


def completed(deployment: Deployment, said: Mapping[str, Any]) -> Deployment:
    """said: by the document's keys, as JSON. Raises ServiceError where it is not so."""
    template = _deployment(said)
    variables = {**_variables(said), **deployment.environment_variables}
    sections: dict[str, Any] = {
        name: _over(getattr(deployment, name), getattr(template, name)) for name in SECTIONS
    }
    return replace(
        deployment,
        **sections,
        environment=deployment.environment or _environment(said),
        instance_type=deployment.instance_type or template.instance_type,
        model_mount_path=deployment.model_mount_path or template.model_mount_path,
        environment_variables=variables,
    )


def with_routes(
    asset: Environment | Reference | None, said: Mapping[str, Any]
) -> Environment | Reference | None:
    """The template's environment, with the routes that the template knows where it has none.

    Raises ServiceError.
    """
    routes = said.get("inference_config")
    if not (routes and isinstance(asset, Environment)) or asset.inference_config:
        return asset
    there = _read(lambda: remembered.environment({"inference_config": routes}))
    return replace(asset, inference_config=there.inference_config)


def _deployment(said: Mapping[str, Any]) -> Deployment:
    whole = {remembered.FORMAT: remembered.NEWEST, **said}
    return _read(lambda: remembered.recall(whole, name="of a template"))


def _variables(said: Mapping[str, Any]) -> dict[str, str]:
    there = _read(lambda: remembered.mapping(said.get(_VARIABLES, {}), _VARIABLES))
    return _read(
        lambda: {
            name: remembered.text(each, f"{_VARIABLES}.{name}") for name, each in there.items()
        }
    )


def _environment(said: Mapping[str, Any]) -> Reference | None:
    """Raises ServiceError."""
    if not said.get("environment"):
        return None
    text = _read(lambda: remembered.text(said["environment"], "environment"))
    try:
        return reference.parse(text, "environment")
    except reference.Malformed as why:
        raise ServiceError(f"The template's environment {text} {why.message}.") from why


def _read(read: Callable[[], T]) -> T:
    """Raises ServiceError where what is read is damaged."""
    try:
        return read()
    except remembered.Damaged as why:
        raise ServiceError(f"The deployment template cannot be read: it {why}.") from why


def _over(said: Any, template: Any) -> Any:
    """A section, with what only the template says in it."""
    if said is None or template is None:
        return said or template
    names = [each.name for each in fields(said)]
    missing = {name: getattr(template, name) for name in names if getattr(said, name) is None}
    return replace(said, **missing)
