"""Answers of ARM to bodies that were sent to it: what the service adds is added here."""

from __future__ import annotations

import copy
from typing import Any

from azext_ml_endpoint.cloud.contract import Json
from azext_ml_endpoint.cloud.workspace import Workspace

WORKSPACE = Workspace(subscription="sub", resource_group="rg", name="ws")
OPERATION = "https://management.azure.com/subscriptions/sub/mfeOperationsStatus/oe:1"


def answered(name: str, body: Json, **properties: Any) -> Json:
    """What a GET gives after the PUT of ``body`` has succeeded."""
    there = copy.deepcopy(body)
    there["properties"] |= {"provisioningState": "Succeeded", **properties}
    noted = there["properties"].get("properties") or {}
    there["properties"]["properties"] = {**noted, "AzureAsyncOperationUri": OPERATION}
    there.setdefault("sku", {})["tier"] = "Standard"
    there |= {"name": name, "id": f"{WORKSPACE.id}/{name}", "type": "Microsoft…", "systemData": {}}
    if identity := there.get("identity"):
        identity |= {"principalId": "principal", "tenantId": "tenant"}
    return there
