"""The model, code and environment that a deployment refers to."""

from __future__ import annotations

from tests.simulator.backend import Backend
from tests.simulator.message import Json
from tests.simulator.refusal import invalid
from tests.simulator.registries import template_of
from tests.simulator.resources import Resource

WITHOUT_CODE = ("mlflow_model", "MLFlowModel", "triton_model", "TritonModel")
"""Model types that the service can serve without code and environment."""


def require_assets(backend: Backend, properties: Json) -> None:
    """Raises 400 for what is not registered, and for what is missing beside it."""
    model = _require(backend, "models", properties.get("model"))
    code = properties.get("codeConfiguration", {}).get("codeId")
    _require(backend, "codes", code)
    _require(backend, "environments", properties.get("environmentId"))
    for collection in (properties.get("dataCollector") or {}).get("collections", {}).values():
        # An "arm resource id", of which "client side will ensure" that it is there: the published
        # description of a collection's dataId (2025-12-01).
        _require(backend, "data", collection.get("dataId"))
    template = template_of(backend.world, properties)
    if template and properties.get("instanceType") not in template["allowedInstanceType"]:
        # Microsoft's document names the check, and no words of the service.
        text = "The instance type isn't allowed for this deployment template."
        raise invalid(text, "InstanceType")
    served = model is not None and model.properties["modelType"] in WITHOUT_CODE
    complete = served or template or _is_registry(properties.get("model"))
    if "environmentId" not in properties and not complete:
        raise invalid("The deployment needs an environment.", "EnvironmentId")


def _require(backend: Backend, collection: str, reference: str | None) -> Resource | None:
    """The registered asset; None for no reference, and for one into a registry."""
    if reference is None or reference.lower() in backend.world.registry_assets:
        return None
    prefix = f"{backend.world.workspace_id}/{collection}/".lower()
    found = backend.resources.find(reference)
    if not reference.lower().startswith(prefix) or "/versions/" not in reference or found is None:
        raise invalid(f"The asset '{reference}' does not exist in {collection}.", collection)
    return found


def _is_registry(reference: str | None) -> bool:
    return reference is not None and reference.startswith("azureml://registries/")
