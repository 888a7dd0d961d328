"""What a file is: of an endpoint with its deployments, as in 2021; or, as today with Microsoft's
extension ``ml``, of an endpoint alone or of one deployment.

There is no key that says so in every file. The address in ``$schema`` does, and what only one of
them has.
"""

from __future__ import annotations

from typing import Literal

from azext_ml_endpoint.document import official_values
from azext_ml_endpoint.document.node import Node
from azext_ml_endpoint.document.spot import Spot

Role = Literal["whole", "endpoint", "deployment"]

KINDS = ("managed", "kubernetes")
_ENDPOINTS = ("managedonlineendpoint", "kubernetesonlineendpoint")
_DEPLOYMENTS = ("managedonlinedeployment", "kubernetesonlinedeployment")
_OF_A_DEPLOYMENT = frozenset(
    {"model", "code_configuration", "environment", "instance_type", "endpoint_name"}
)
_OF_AN_ENDPOINT = frozenset({"deployments", "traffic", "auth_mode", "target", "compute"})
# Keys that only one of today's two files has.
_OF_TODAYS_ENDPOINT = frozenset({"public_network_access", "mirror_traffic", "compute"})
_OF_TODAYS_DEPLOYMENT = frozenset(
    {"egress_public_network_access", "model_mount_path", "data_collector", "resources"}
)
_OF_OTHER_FILES = frozenset(
    {"version", "path", "local_path", "image", "conda_file", "channels", "dependencies", "command"}
)
"""Of models, environments, conda, jobs."""
_OF_ALL_ENDPOINTS = frozenset(
    {
        "$schema",
        "name",
        "type",
        "description",
        "tags",
        "properties",
        "identity",
        "location",
        "tests",
    }
)


def role(node: Node) -> Role | None:
    """None for what is no file of an endpoint or a deployment, such as a conda file."""
    keys, address = _keys(node), schema(node)
    if "deployments" in keys:
        return "whole"
    if address.endswith(".schema.json"):
        return _role_by_schema(address, node)
    if keys & (_OF_AN_ENDPOINT | _OF_TODAYS_ENDPOINT) and "endpoint_name" not in keys:
        return "endpoint"
    if keys & (_OF_A_DEPLOYMENT | _OF_TODAYS_DEPLOYMENT):
        return "deployment"
    if "name" not in keys or keys & _OF_OTHER_FILES:
        return None
    return "endpoint" if 2 * len(keys & _OF_ALL_ENDPOINTS) >= len(keys) else None


def _role_by_schema(address: str, node: Node) -> Role | None:
    """Deployments of 2021 name the endpoint's schema too."""
    if address.endswith("deployment.schema.json"):
        return "deployment"
    if not address.endswith("endpoint.schema.json"):
        return None
    return "deployment" if is_deployment(node) else "endpoint"


def kind(node: Node) -> Role | None:
    """``endpoint`` or ``deployment`` where something of today's format is in the file.

    A file that has an endpoint with its deployments is none of it, whatever schema it names: files
    of 2021 name the endpoint's.
    """
    keys, name = _keys(node), schema(node)
    if not keys or "deployments" in keys:
        return None
    if name.startswith(_DEPLOYMENTS) or keys & _OF_TODAYS_DEPLOYMENT:
        return "deployment"
    if "model" in keys and _has_type(node, KINDS):
        return "deployment"
    if is_deployment(node):
        return None
    return "endpoint" if name.startswith(_ENDPOINTS) or keys & _OF_TODAYS_ENDPOINT else None


def is_deployment(node: Node) -> bool:
    """Whether the document has keys of a deployment, and none that only an endpoint has."""
    keys = _keys(node)
    return bool(keys & _OF_A_DEPLOYMENT) and not keys & _OF_AN_ENDPOINT


def is_batch(node: Node) -> bool:
    return "batch" in schema(node) or _has_type(node, ("batch",))


def schema(node: Node) -> str:
    """The last part of its address, which says what the file is of; in lower case, or empty."""
    said = Spot(node).get("$schema")
    return (said.text or "").rpartition("/")[2].lower() if said else ""


def _has_type(node: Node, words: tuple[str, ...]) -> bool:
    said = Spot(node).get("type")
    return bool(said and official_values.one_of(said.node, words))


def _keys(node: Node) -> frozenset[str]:
    return frozenset(node.value) if isinstance(node.value, dict) else frozenset()
