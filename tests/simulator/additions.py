"""What the service adds to the properties of a deployment: at once, and when it serves."""

from __future__ import annotations

import copy
from typing import Any
from urllib.parse import urlsplit

from tests.simulator.backend import Backend
from tests.simulator.message import Json
from tests.simulator.registries import template_of

_PROBE: Json = {
    "failureThreshold": 30,
    "successThreshold": 1,
    "timeout": "PT2S",
    "period": "PT10S",
    "initialDelay": "PT10S",
}
_DEFAULTS: Json = {
    "description": None,
    "properties": {},
    "model": None,
    "modelMountPath": None,
    "codeConfiguration": None,
    "environmentId": None,
    "environmentVariables": {},
    "appInsightsEnabled": False,
    "egressPublicNetworkAccess": "Enabled",
    "scaleSettings": {"scaleType": "Default"},
    "requestSettings": {
        "maxQueueWait": "PT0S",
        "requestTimeout": "PT5S",
        "maxConcurrentRequestsPerInstance": 1,
    },
    "livenessProbe": _PROBE,
    "readinessProbe": _PROBE,
    "startupProbe": None,
    "dataCollector": None,
    "instanceType": None,
}
"""Where a body says nothing (recorded 2025-02, azure-sdk-assets, test_online_deployment.json; an
Ansible module's sample of 2026-04 has the same numbers). The 201 of the PUT has them already."""
_BY_TEMPLATE: Json = {
    "environmentVariables": None,
    "requestSettings": {
        "maxQueueWait": "PT0S",
        "requestTimeout": "PT0S",
        "maxConcurrentRequestsPerInstance": 0,
    },
    "livenessProbe": None,
    "readinessProbe": None,
}
"""Instead, where a deployment template rules at run time: it never shows (pasted by a user,
2026-04, a GET with 2025-04-01-preview)."""
_APP = "/var/azureml-app"


def completed(backend: Backend, given: Json) -> Json:
    """The properties of a PUT, with what the service fills in where they say nothing."""
    assumptions = backend.assumptions
    given = copy.deepcopy(given)
    if not assumptions.keeps_queue_wait:
        given.get("requestSettings", {}).pop("maxQueueWait", None)
    if template_of(backend.world, given) is None:
        return _filled(_DEFAULTS, given)
    if assumptions.template_wins:
        given = {name: value for name, value in given.items() if name not in _BY_TEMPLATE}
    if not given.get("environmentVariables"):
        given.pop("environmentVariables", None)
    return _filled(_DEFAULTS | _BY_TEMPLATE, given)


def add_variables(backend: Backend, properties: Json, before: Json | None) -> None:
    """The variables that show once a deployment with code has succeeded, beside the user's own.

    Recorded 2025-02 (azure-sdk-assets, test_online_deployment.json); an Ansible module's sample of
    2026-04. In 2022 they did not show. before: the properties that were true until now.
    """
    own = dict(properties["environmentVariables"] or {})
    if before is not None and backend.assumptions.renews_variables:
        echoed = _of_service(backend, before).items()
        own = {name: value for name, value in own.items() if (name, value) not in echoed}
    shown = _of_service(backend, properties) | own
    properties["environmentVariables"] = shown or properties["environmentVariables"]


def _of_service(backend: Backend, properties: Json) -> dict[str, str]:
    if not (properties["codeConfiguration"] or backend.assumptions.variables_without_code):
        return {}
    return _of_model(properties) | _of_code(backend, properties)


def _of_model(properties: Json) -> dict[str, str]:
    model = properties["model"]
    if model is None:
        return {}
    *_, name, _, version = model.split("/")
    return {"AZUREML_MODEL_DIR": f"{_APP}/azureml-models/{name}/{version}"}


def _of_code(backend: Backend, properties: Json) -> dict[str, str]:
    configuration = properties["codeConfiguration"] or {}
    code = backend.resources.find(configuration.get("codeId", ""))
    if code is None:
        return {}
    folder = urlsplit(code.properties["codeUri"]).path.rstrip("/").rpartition("/")[2]
    return {
        "AZUREML_ENTRY_SCRIPT": configuration["scoringScript"],
        "AML_APP_ROOT": f"{_APP}/{folder}",
    }


def _filled(defaults: Json, given: Json) -> Json:
    """``given`` with the defaults of what it leaves open, in nested objects too."""
    filled: dict[str, Any] = copy.deepcopy(defaults)
    for name, value in given.items():
        nested = isinstance(value, dict) and isinstance(filled.get(name), dict)
        filled[name] = _filled(filled[name], value) if nested else value
    return filled
