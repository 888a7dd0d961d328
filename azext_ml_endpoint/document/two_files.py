"""Files of the later format, that of Microsoft's extension ``ml``: an endpoint in one file, each of
its deployments in another. They may well be sound here too, but are not what is expected."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from azext_ml_endpoint.document.finding import Finding
from azext_ml_endpoint.document.node import Node
from azext_ml_endpoint.document.spot import Spot

_ENDPOINTS = ("managedonlineendpoint", "kubernetesonlineendpoint")
_DEPLOYMENTS = ("managedonlinedeployment", "kubernetesonlinedeployment")
_TYPES = ("managed", "kubernetes")
# Keys that only one of its two files has.
_OF_ITS_ENDPOINT = ("public_network_access", "mirror_traffic")
_OF_ITS_DEPLOYMENT = (
    "egress_public_network_access",
    "model_mount_path",
    "data_collector",
    "resources",
)


def kind(node: Node) -> str | None:
    """``endpoint`` or ``deployment``; None for all other documents.

    ``endpoint_name`` alone is no sign: a deployment in a file of its own may have it here too.

    A file that has an endpoint with its deployments is none of the later format, whatever schema
    it names: files of 2021 name the endpoint's.
    """
    document = Spot(node)
    if not isinstance(node.value, dict) or document.has("deployments"):
        return None
    schema, given = _schema(document), document.get("type")
    type_name = (given.text or "").lower() if given else ""
    if schema.startswith(_DEPLOYMENTS) or any(map(document.has, _OF_ITS_DEPLOYMENT)):
        return "deployment"
    if type_name in _TYPES and document.has("model"):
        return "deployment"
    if schema.startswith(_ENDPOINTS) or any(map(document.has, _OF_ITS_ENDPOINT)):
        return "endpoint"
    return None


def remarks(node: Node) -> Iterator[Finding]:
    """What to say of such a file before anything else."""
    if found := kind(node) or ("deployment" if Spot(node).has("endpoint_name") else None):
        file = PurePath(node.place.file).name
        yield _spot(node).finding(
            f"this is the file of one {found} in the two-file format of the extension ml",
            command(found, file),
            severity="warning",
        )


def command(found: str, file: str) -> str:
    """The next step with it."""
    files = f"{file} DEPLOYMENT.yml" if found == "endpoint" else f"ENDPOINT.yml {file}"
    return f"Make one file of both: az ml endpoint export --from {files} --out NEW.yml."


def _schema(document: Spot) -> str:
    said = document.get("$schema")
    return (said.text or "").rpartition("/")[2].lower() if said else ""


def _spot(node: Node) -> Spot:
    """Where it says so; else its beginning."""
    document = Spot(node)
    names = ("$schema", "endpoint_name", *_OF_ITS_DEPLOYMENT, *_OF_ITS_ENDPOINT)
    return next((spot for name in names if (spot := document.get(name))), document)
