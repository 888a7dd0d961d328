"""Somebody who works on the same workspace with another tool, by requests of their own."""

from __future__ import annotations

import copy
from typing import Any

from azext_ml_endpoint.cloud.contract import Json
from tests.fakes.simulated_arm import StaticCredential, simulated_arm
from tests.simulator.simulator import Simulator
from tests.simulator.world import OTHER_TEMPLATE, TEMPLATED

HOUSES, BLUE = "onlineEndpoints/houses", "onlineEndpoints/houses/deployments/blue"
OTHERS, GREEN = "onlineEndpoints/others", "onlineEndpoints/others/deployments/green"
_PARTS = ("model", "codeConfiguration", "environmentId", "instanceType")

OVERRIDE = {"azureml.deploymentTemplateOverride": OTHER_TEMPLATE}
MINIMAL: Json = {}
EVERYTHING: Json = {
    "tags": {"team": "houses", "stage": "test"},
    "sku": {"name": "Default", "capacity": 4},
    "properties": {
        "appInsightsEnabled": True,
        "dataCollector": {
            "collections": {"model_inputs": {"dataCollectionMode": "Enabled", "samplingRate": 0.5}},
            "requestLogging": {"captureHeaders": ["x-user"]},
            "rollingRate": "Hour",
        },
        "description": "by another tool",
        "egressPublicNetworkAccess": "Disabled",
        "environmentVariables": {"LEVEL": "debug", "AZUREML_MODEL_DIR": "/models/mine"},
        "livenessProbe": {"initialDelay": "PT1M", "timeout": "PT0.5S", "failureThreshold": 3},
        "readinessProbe": {"period": "PT7S", "successThreshold": 2},
        "startupProbe": {"failureThreshold": 90},
        "modelMountPath": "/models",
        "properties": {"owner": "ada", "azureml.other": "theirs"},
        "requestSettings": {
            "requestTimeout": "PT1M30S",
            "maxConcurrentRequestsPerInstance": 7,
            "maxQueueWait": "PT0.25S",
        },
        "scaleSettings": {"scaleType": "Default"},
    },
}
"""Every field that the published schema knows, half a second and a model's folder among them."""
COMPLETED: Json = {
    "properties": {
        "model": TEMPLATED,
        "instanceType": "Standard_NC24ads_A100_v4",
        "properties": OVERRIDE,
    }
}
"""The rest of it is a deployment template's."""


class ForeignTool:
    def __init__(self, simulator: Simulator) -> None:
        token = simulator.tokens.issue("https://management.azure.com", 1e9)
        self._arm = simulated_arm(simulator.handle, credential=StaticCredential(token))

    def get(self, path: str) -> Json:
        return copy.deepcopy(dict(self._arm.get(path).body))

    def put(self, path: str, body: Json) -> None:
        self._arm.put(path, body)

    def settled(self, path: str) -> Json:
        """What a GET shows, but for what every write changes."""
        there = self.get(path)
        del there["systemData"]
        for noted in ("AzureAsyncOperationUri", "mlEndpointSaid"):
            there["properties"]["properties"].pop(noted, None)
        there["tags"] = {n: each for n, each in there["tags"].items() if "ml-endpoint." not in n}
        return there

    def make(self, deployment: Json) -> None:
        """``others`` with ``green``; what it is made of, where it does not say, is blue's."""
        own = {"authMode": "Key"}
        if deployment:
            own |= {"description": "theirs", "publicNetworkAccess": "Disabled"}
        identity = {"type": "SystemAssigned"}
        self.put(OTHERS, {"location": "eastus2", "identity": identity, "properties": own})
        body = {"location": "eastus2", "sku": {"name": "Default"}, **copy.deepcopy(deployment)}
        said = body.get("properties", {})
        parts = {} if "model" in said else {name: self._of_blue(name) for name in _PARTS}
        body["properties"] = {"endpointComputeType": "Managed", **parts, **said}
        self.put(GREEN, body)

    def _of_blue(self, name: str) -> Any:
        return self.get(BLUE)["properties"][name]
