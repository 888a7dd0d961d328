"""Registries, as far as a client can read a model there and its deployment template.

Three hosts and paths: Microsoft's "Deploy models that use deployment templates" (2026-05), and
azure-ai-ml 1.35.2 (``_restclient/registry_discovery``, ``_utils/_registry_utils.py``,
``_restclient/azure_ai_assets_v2024_04_01``). What ARM's own host says of the model lacks the
templates, by the same document. A registry has a subscription and a group of its own.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

from tests.simulator.message import Json, Reply, Request, json_reply
from tests.simulator.refusal import Refusal, user_error
from tests.simulator.routes import Call, Route, find
from tests.simulator.storage import Storage
from tests.simulator.world import World

NAME, SUBSCRIPTION, GROUP = "azureml", "00000000-0000-0000-0000-0000000000ff", "registries"
"""Of the one registry that there is."""
OVERRIDE = "azureml.deploymentTemplateOverride"
"""The property of a deployment that names another template than the model's default."""
_REGISTRY = (
    "/subscriptions/{subscription}/resourceGroups/{group}"
    "/providers/Microsoft.MachineLearningServices/registries/{registry}"
)
DISCOVERY = "/registrymanagement/v1.0/registries/{registry}/discovery"
MODEL = f"/mferp/managementfrontend{_REGISTRY}/models/{{name}}/versions/{{version}}"
ENVIRONMENT = f"/mferp/managementfrontend{_REGISTRY}/environments/{{name}}/versions/{{version}}"
DATA_REFERENCE = f"/mferp/managementfrontend{_REGISTRY}/datarefs/{{name}}/versions/{{version}}"
CONTAINER, FOLDER = "registry-content", "LocalUpload/0123/model"
"""Of what is in the registry, in storage of its own; every model has the same content."""
_SAS_HOURS = 1
TEMPLATE = f"/genericasset/v2.0{_REGISTRY}/deploymenttemplates/{{name}}/versions/{{version}}"
API_VERSIONS = {
    DISCOVERY: ("v1.0",),
    MODEL: ("2021-10-01-dataplanepreview",),
    ENVIRONMENT: ("2021-10-01-dataplanepreview",),
    DATA_REFERENCE: ("2021-10-01-dataplanepreview",),
    TEMPLATE: ("2024-04-01-preview", "2026-05-01-preview"),
}


def template_of(world: World, properties: Json) -> Json | None:
    """The deployment template that rules a deployment's properties, if one does.

    Raises 400 for an override that does not exist. It need not be one that the model allows: its
    list is guidance, says the document.
    """
    override = properties.get("properties", {}).get(OVERRIDE)
    if override is None:
        default = world.templated.get((properties.get("model") or "").lower())
        return world.templates[default[0]] if default else None
    if override.lower() not in world.templates:
        raise user_error(f"The deployment template '{override}' does not exist.")
    return world.templates[override.lower()]


class Registries:
    """Answers at the hosts of registries; ``serves`` says which those are."""

    def __init__(self, world: World, storage: Storage) -> None:
        self._world, self._storage = world, storage
        self._routes = [
            Route("GET", DISCOVERY, self._discover),
            Route("GET", MODEL, self._get_model),
            Route("GET", ENVIRONMENT, self._get_environment),
            Route("POST", DATA_REFERENCE, self._open),
            Route("GET", TEMPLATE, self._get_template),
        ]

    def serves(self, host: str) -> bool:
        suffix = f".{self._world.registry_suffix}"
        return host.endswith(suffix) or host == self._world.provider_host

    def answer(self, request: Request, now: float) -> Reply:
        """Raises a Refusal for what is not there, and for an api-version that is not known."""
        route, names = find(self._routes, request)
        if request.query.get("api-version") not in API_VERSIONS[route.path]:
            raise Refusal(400, "UserError", "The api-version is missing or not supported.")
        if names["registry"].lower() != NAME or names.get("group", GROUP).lower() != GROUP:
            raise user_error(f"Registry {names['registry']} was not found.", 404)
        return route.handler(Call(request, names, now))

    def _discover(self, call: Call) -> Reply:
        world = self._world
        return json_reply(
            200,
            {
                "registryName": NAME,
                "tenantId": world.tenant,
                "primaryRegion": world.location,
                "regions": [world.location],
                "subscriptionId": SUBSCRIPTION,
                "resourceGroup": GROUP,
                "workspaceName": None,
                "primaryRegionResourceProviderUri": f"https://{world.provider_host}/",
            },
        )

    def _get_model(self, call: Call) -> Reply:
        reference = self._reference("models", call)
        if reference.lower() not in self._world.registry_assets:
            raise user_error(f"Not found: {reference}", 404)
        templates = [{"assetId": each} for each in self._world.templated.get(reference.lower(), ())]
        properties = {
            "description": None,
            "tags": {},
            "properties": {},
            "isArchived": False,
            "isAnonymous": False,
            "modelType": "custom_model",
            "flavors": {},
            "jobName": None,
            "stage": "Development",
            "modelUri": f"{self._container()}/{FOLDER}",
            "provisioningState": "Succeeded",
            "defaultDeploymentTemplate": templates[0] if templates else None,
            "allowedDeploymentTemplates": templates,
        }
        name = call.names["version"]
        return json_reply(200, {"id": reference, "name": name, "properties": properties})

    def _get_environment(self, call: Call) -> Reply:
        reference = self._reference("environments", call)
        if reference.lower() not in self._world.registry_assets:
            raise user_error(f"Not found: {reference}", 404)
        image = self._world.images.get(reference.lower(), "python:3.12")
        properties = {"image": image, "condaFile": "", "osType": "Linux"}
        name = call.names["version"]
        return json_reply(200, {"id": reference, "name": name, "properties": properties})

    def _open(self, call: Call) -> Reply:
        """As the SDK asks (azure-ai-ml 1.35, get_storage_details_for_registry_assets).

        The SAS is of the container, and lets its blobs be read and listed: the SDK and others
        (the program ahead of KAITO's model servers, 2026) list the container by it. For how long
        it does is made up.
        """
        asked = json.loads(call.request.body)
        if asked["assetId"].lower() != self._reference("models", call).lower():
            raise user_error("The asset is another one than that of the path.")
        if not asked["blobUri"].startswith(self._container()):
            raise user_error("The blob is not of this registry.")
        until = datetime.fromtimestamp(call.now, timezone.utc) + timedelta(hours=_SAS_HOURS)
        sas = f"{self._container()}?{self._storage.sas(CONTAINER, 'rl', until)}"
        credential = {"credentialType": "SAS", "sasUri": sas}
        place = {"blobUri": asked["blobUri"], "credential": credential}
        return json_reply(200, {"blobReferenceForConsumption": place})

    def _container(self) -> str:
        return f"https://{self._world.blob_host(self._storage.account)}/{CONTAINER}"

    def _get_template(self, call: Call) -> Reply:
        reference = self._reference("deploymenttemplates", call)
        template = self._world.templates.get(reference.lower())
        if template is None:
            raise user_error(f"Not found: {reference}", 404)
        known = {name: call.names[name] for name in ("name", "version")}
        return json_reply(200, {"id": reference, **known, **template})

    def _reference(self, collection: str, call: Call) -> str:
        version = f"{call.names['name']}/versions/{call.names['version']}"
        return f"azureml://registries/{NAME}/{collection}/{version}"
