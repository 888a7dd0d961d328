"""ARM's bodies as `show` prints them: the shape of 2021.

Keys and units are the document's own, so that what is printed could be written in a file. Assets
are ``azureml:`` and their ARM id. What is null is left out, and so is what Azure notes for itself.
Values that the file marks as secret are not shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from azext_ml_endpoint.cloud.contract import Json
from azext_ml_endpoint.cloud.wire import deployment as deployments
from azext_ml_endpoint.cloud.wire import endpoint as endpoints
from azext_ml_endpoint.cloud.wire import keys, values
from azext_ml_endpoint.document.model import ENDPOINT_KEYS, KEYS, PLAIN, SECTIONS
from azext_ml_endpoint.plan import own_tags

_KEYS = tuple(key for key in KEYS if key in {*PLAIN, *SECTIONS} and key != "scoring_script")


def endpoint(there: Json, deployed: Iterable[Json] | None = None) -> dict[str, Any]:
    """deployed: the bodies of its deployments; None leaves them out, as `list` does."""
    own, said = there.get("properties", {}), endpoints.described(there)
    present = None if deployed is None else _in_order(deployed)
    names = [each["name"] for each in present or ()]
    shown = {
        "id": there.get("id"),
        "name": there["name"],
        "type": "online",
        **{key: getattr(said, key) for key in ENDPOINT_KEYS},
        "traffic": endpoints.traffic(there, names),
        "mirror_traffic": endpoints.traffic(there, names, "mirrorTraffic") or None,
        "location": there.get("location"),
        "target": _asset(own.get("compute")),
        "identity": _identity(there),
        "provisioning_state": endpoints.state(there),
        "scoring_uri": own.get("scoringUri"),
        "swagger_uri": own.get("swaggerUri"),
        "deployments": present,
    }
    return values.said(shown)


def _in_order(deployed: Iterable[Json]) -> list[dict[str, Any]]:
    """By name: ``deployments[0]`` is the same one whenever Azure lists them."""
    return [deployment(each) for each in sorted(deployed, key=lambda each: str(each["name"]))]


def deployment(there: Json) -> dict[str, Any]:
    own = there.get("properties", {})
    code = own.get("codeConfiguration") or {}
    found = keys.found(there)
    shown = {
        "id": there.get("id"),
        "name": there["name"],
        "type": str(own.get("endpointComputeType", "Managed")).lower(),
        "model": _asset(own.get("model")),
        "code_configuration": _code(code) or None,
        "environment": _asset(own.get("environmentId")),
        "environment_variables": deployments.variables(there),
        **{name: found.get(name) for name in _KEYS},
        "tags": own_tags.users(there.get("tags") or {}),
        "properties": values.users_own(own.get("properties")),
        "provisioning_state": endpoints.state(there),
    }
    return values.said(shown)


def _asset(live: str | None) -> str | None:
    """Ids of a registry say ``azureml:`` themselves."""
    if not live:
        return None
    return live if live.startswith("azureml:") else f"azureml:{live}"


def _code(code: Json) -> dict[str, Any]:
    return values.said(
        {"code": _asset(code.get("codeId")), "scoring_script": code.get("scoringScript")}
    )


def _identity(there: Json) -> dict[str, Any] | None:
    body = there.get("identity")
    if not body:
        return None
    users = [
        values.said(
            {
                "resource_id": name,
                "principal_id": (known or {}).get("principalId"),
                "client_id": (known or {}).get("clientId"),
            }
        )
        for name, known in (body.get("userAssignedIdentities") or {}).items()
    ]
    return values.said(
        {
            "type": endpoints.identity(there).type,
            "principal_id": body.get("principalId"),
            "tenant_id": body.get("tenantId"),
            "user_assigned_identities": users or None,
        }
    )
