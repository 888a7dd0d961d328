"""Deployments of online endpoints."""

from __future__ import annotations

import copy

from tests.simulator import fields
from tests.simulator.additions import add_variables, completed
from tests.simulator.backend import Backend
from tests.simulator.endpoints import (
    ENDPOINT,
    NAME,
    check_location,
    check_usable,
    document,
    endpoint_id,
    require_endpoint,
)
from tests.simulator.fate import fate
from tests.simulator.faults import Outcome
from tests.simulator.logs import Logs
from tests.simulator.message import Json, Reply, json_reply
from tests.simulator.operations import DEPLOYMENT as PREFIX
from tests.simulator.operations import Operation
from tests.simulator.references import require_assets
from tests.simulator.refusal import Refusal, invalid, resource_not_found
from tests.simulator.resources import SERVICE, Resource
from tests.simulator.routes import Call, Route
from tests.simulator.schema import seconds

COLLECTION = ENDPOINT + "/deployments"
DEPLOYMENT = COLLECTION + "/{deployment}"
MOST = 20
LONGEST = {"Managed": 180, "Kubernetes": 300}
"""Seconds that a request may take."""


class Deployments:
    """The handlers of ``onlineEndpoints/deployments``."""

    def __init__(self, backend: Backend, logs: Logs) -> None:
        self._backend, self._logs = backend, logs

    def routes(self) -> list[Route]:
        return [
            Route("GET", COLLECTION, self._list),
            Route("GET", DEPLOYMENT, self._get),
            Route("PUT", DEPLOYMENT, self._put),
            Route("PATCH", DEPLOYMENT, self._change),
            Route("DELETE", DEPLOYMENT, self._delete),
            Route("POST", DEPLOYMENT + "/getLogs", self._get_logs),
            Route("GET", DEPLOYMENT + "/skus", self._list_skus),
        ]

    def _list(self, call: Call) -> Reply:
        endpoint = require_endpoint(self._backend, call)
        children = self._backend.resources.children(f"{endpoint.id}/deployments")
        return self._backend.page(call, [document(each, call.api_version) for each in children])

    def _get(self, call: Call) -> Reply:
        return json_reply(200, document(self._require(call), call.api_version))

    def _put(self, call: Call) -> Reply:
        body = _checked_body(call)
        backend = self._backend
        endpoint = self._parent(call)
        existing = backend.resources.find(self._id(call))
        check_usable(endpoint)
        self._check(call, body, endpoint)
        self._require_idle(endpoint, self._id(call))
        if existing is not None:
            _check_live(existing)
            _check_instance(body, existing)
        deployment = existing or self._create(call, endpoint)
        deployment.touch(call.now)
        deployment.body = self._completed(body)
        # Recorded 2025-02 (azure-sdk-assets, test_online_deployment.json); 2022 said Updating.
        deployment.state = "Creating" if existing is None else "Updating"
        ends = fate(backend, deployment.properties)
        operation = self._begin(call, deployment, backend.durations.deployment, ends)
        return backend.created(call, operation, document(deployment, call.api_version))

    def _create(self, call: Call, endpoint: Resource) -> Resource:
        siblings = self._backend.resources.children(f"{endpoint.id}/deployments")
        if len(siblings) >= MOST:
            raise invalid(f"An endpoint has at most {MOST} deployments.")
        deployment = Resource(self._id(call), {}, call.now, call.now)
        self._backend.resources.add(deployment)
        return deployment

    def _check(self, call: Call, body: Json, endpoint: Resource) -> None:
        if NAME.fullmatch(call.names["deployment"]) is None:
            raise invalid("The deployment name must be 3 to 32 letters, digits and '-'.", "Name")
        check_location(self._backend, body)
        kind = body["properties"]["endpointComputeType"]
        if kind != endpoint.body["kind"]:
            raise invalid(f"A {kind} deployment needs a {kind} endpoint.", "EndpointComputeType")
        if body["sku"]["name"].lower() != "default":
            raise invalid("The name of the sku must be 'Default'.", "Sku")
        if body["sku"].get("capacity", 1) < 1:
            raise invalid("A deployment has at least one instance.", "Sku")
        _check_timeout(kind, body["properties"])
        require_assets(self._backend, body["properties"])

    def _completed(self, body: Json) -> Json:
        """The body with what the service adds to it at once."""
        properties = completed(self._backend, body["properties"])
        return {
            "location": self._backend.world.location,
            "tags": body.get("tags", {}),
            "kind": properties["endpointComputeType"],
            "sku": {"tier": "Standard", "capacity": 1} | body["sku"] | {"name": "Default"},
            "properties": properties,
        }

    def _change(self, call: Call) -> Reply:
        body = call.body(fields.DEPLOYMENT_CHANGE)
        deployment = self._require(call)
        self._require_idle(self._parent(call), deployment.id)
        _check_live(deployment)
        sku = deployment.body["sku"] | body.get("sku", {})
        if sku["name"].lower() != "default" or sku["capacity"] < 1:
            raise invalid("The sku must be 'Default', with at least one instance.", "Sku")
        deployment.body |= {"sku": sku, "tags": body.get("tags", deployment.body["tags"])}
        deployment.state = "Scaling" if "sku" in body else "Updating"
        operation = self._begin(call, deployment, self._backend.durations.scale)
        return self._backend.accepted(call, operation)

    def _begin(
        self, call: Call, deployment: Resource, seconds: float, ends: Outcome | None = None
    ) -> Operation:
        def finish(operation: Operation) -> None:
            deployment.state = operation.status
            if operation.succeeded:
                before = deployment.live and deployment.live["properties"]
                add_variables(self._backend, deployment.properties, before)
                deployment.live = copy.deepcopy(deployment.body)

        def result() -> Json:
            return document(deployment, call.api_version)

        return self._backend.begin(call, deployment, PREFIX, seconds, finish, result, ends)

    def _delete(self, call: Call) -> Reply:
        backend = self._backend
        deployment = backend.resources.find(self._id(call))
        if deployment is None:
            return Reply(204)
        endpoint = require_endpoint(backend, call)
        self._require_idle(endpoint, deployment.id)
        _check_without_traffic(endpoint, deployment.name)
        deployment.state = "Deleting"

        def finish(operation: Operation) -> None:
            deployment.state = operation.status
            if operation.succeeded:
                backend.resources.remove(deployment.id)

        operation = backend.begin(call, deployment, PREFIX, backend.durations.delete, finish)
        return backend.accepted(call, operation, monitored=True)

    def _require_idle(self, endpoint: Resource, deployment: str) -> None:
        self._backend.require_idle(endpoint.id, below=self._backend.serialize_deployments)
        self._backend.require_idle(deployment)

    def _get_logs(self, call: Call) -> Reply:
        wanted = call.optional_body(fields.LOGS_REQUEST)
        deployment = self._require(call)
        container = wanted.get("containerType", "InferenceServer")
        content = self._logs.read(call.names["endpoint"], deployment, container, wanted.get("tail"))
        return json_reply(200, {"content": content})

    def _list_skus(self, call: Call) -> Reply:
        deployment = self._require(call)
        sku = {
            "resourceType": "Microsoft.MachineLearning.Services/endpoints/deployments",
            "sku": {"name": "Default", "tier": "Standard"},
            "capacity": {
                "default": deployment.body["sku"]["capacity"],
                "minimum": 1,
                "maximum": 50,
                "scaleType": "Manual",
            },
        }
        return self._backend.page(call, [sku])

    def _parent(self, call: Call) -> Resource:
        """The endpoint. Raises 404 in ARM's words for a parent that is missing."""
        endpoint = self._backend.resources.find(endpoint_id(self._backend, call))
        if endpoint is None:
            message = (
                "Failed to perform 'write' on resource(s) of type 'workspaces/onlineEndpoints/"
                "deployments', because the parent resource "
                f"'{endpoint_id(self._backend, call)}' could not be found."
            )
            raise Refusal(404, "ParentResourceNotFound", message)
        return endpoint

    def _id(self, call: Call) -> str:
        parent = endpoint_id(self._backend, call)
        return f"{parent}/deployments/{call.names['deployment']}"

    def _require(self, call: Call) -> Resource:
        found = self._backend.resources.find(self._id(call))
        if found is None:
            kind = f"{SERVICE}/workspaces/onlineEndpoints/deployments"
            workspace = self._backend.world.workspace
            name = f"{workspace}/{call.names['endpoint']}/{call.names['deployment']}"
            raise resource_not_found(kind, name, call.names["group"])
        return found


def _checked_body(call: Call) -> Json:
    """Against the schema of the compute type that it names."""
    kind = call.body(fields.ANY_DEPLOYMENT)["properties"]["endpointComputeType"]
    return call.body(fields.DEPLOYMENTS[kind])


def _check_timeout(kind: str, properties: Json) -> None:
    timeout = properties.get("requestSettings", {}).get("requestTimeout")
    if timeout is not None and seconds(timeout) > LONGEST[kind]:
        raise invalid(f"The requestTimeout is at most PT{LONGEST[kind]}S.", "RequestSettings")


def _check_live(deployment: Resource) -> None:
    if deployment.live is None:
        raise invalid(
            f"Specified deployment [{deployment.name}] failed during initial provisioning and is "
            "in an unrecoverable state. Delete and re-create."
        )


def _check_instance(body: Json, deployment: Resource) -> None:
    live = deployment.live or deployment.body
    if body["properties"].get("instanceType") != live["properties"]["instanceType"]:
        raise invalid("The instance type of a deployment cannot be changed.", "InstanceType")


def _check_without_traffic(endpoint: Resource, name: str) -> None:
    live = endpoint.live or {"properties": {"traffic": {}, "mirrorTraffic": {}}}
    for kind in ("traffic", "mirrorTraffic"):
        if live["properties"][kind].get(name.lower(), 0):
            # Pasted by two users (READMEs of 2026); the status was not.
            raise invalid(f"Can't delete deployment [{name}] with non-zero traffic weight")
