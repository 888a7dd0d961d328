"""Online endpoints."""

from __future__ import annotations

import copy
import re

from tests.simulator import fields
from tests.simulator.backend import Backend
from tests.simulator.keys import Keys
from tests.simulator.message import Json, Reply, json_reply
from tests.simulator.operations import Operation
from tests.simulator.refusal import invalid, resource_not_found
from tests.simulator.resources import SERVICE, Resource, timestamp
from tests.simulator.routes import WORKSPACE, Call, Route

COLLECTION = WORKSPACE + "/onlineEndpoints"
ENDPOINT = COLLECTION + "/{endpoint}"
NAME = re.compile(r"[a-zA-Z]([-a-zA-Z0-9]{1,30}[a-zA-Z0-9])")
_DEFAULTS: Json = {
    "description": None,
    "compute": None,
    "traffic": {},
    "mirrorTraffic": {},
    "publicNetworkAccess": "Enabled",
    "properties": {},
}


class Endpoints:
    """The handlers of ``onlineEndpoints``."""

    def __init__(self, backend: Backend, keys: Keys) -> None:
        self._backend, self._keys = backend, keys

    def routes(self) -> list[Route]:
        return [
            Route("GET", COLLECTION, self._list),
            Route("GET", ENDPOINT, self._get),
            Route("PUT", ENDPOINT, self._put),
            Route("PATCH", ENDPOINT, self._change),
            Route("DELETE", ENDPOINT, self._delete),
        ]

    def _list(self, call: Call) -> Reply:
        endpoints = self._backend.resources.children(
            f"{self._backend.world.workspace_id}/onlineEndpoints"
        )
        shown = [each for each in endpoints if _is_listed(call, each)]
        return self._backend.page(call, map(document, shown))

    def _get(self, call: Call) -> Reply:
        return json_reply(200, document(require_endpoint(self._backend, call)))

    def _put(self, call: Call) -> Reply:
        body = call.body(fields.ENDPOINT)
        backend = self._backend
        existing = backend.resources.find(endpoint_id(backend, call))
        self._check(call, body, existing)
        if existing is None:
            endpoint = self._create(call, body)
        else:
            endpoint = existing
            backend.require_idle(endpoint.id, below=True)
            self._check_update(body, endpoint)
        endpoint.body = self._completed(body, existing)
        endpoint.state = "Creating" if existing is None else "Updating"
        operation = self._begin(call, endpoint, backend.durations.endpoint)
        return backend.created(call, operation, document(endpoint))

    def _create(self, call: Call, body: Json) -> Resource:
        endpoint = Resource(endpoint_id(self._backend, call), {}, call.now, call.now)
        self._keys.create(endpoint.id, body["properties"].get("keys", {}))
        self._backend.resources.add(endpoint)
        return endpoint

    def _check(self, call: Call, body: Json, existing: Resource | None) -> None:
        if NAME.fullmatch(call.names["endpoint"]) is None:
            raise invalid("The endpoint name must be 3 to 32 letters, digits and '-'.", "Name")
        check_location(self._backend, body)
        check_identity(body.get("identity", {}))
        properties = body["properties"]
        self._check_compute(properties)
        deployments = _deployments(self._backend, existing)
        _check_traffic(properties.get("traffic", {}), deployments, "Traffic", most=100)
        _check_traffic(properties.get("mirrorTraffic", {}), deployments, "MirrorTraffic", most=50)

    def _check_compute(self, properties: Json) -> None:
        known = [
            f"{self._backend.world.workspace_id}/computes/{name}".lower()
            for name in self._backend.world.computes
        ]
        compute = properties.get("compute")
        if compute is not None and compute.lower() not in known:
            raise invalid(f"The compute '{compute}' does not exist.", "Compute")

    def _check_update(self, body: Json, endpoint: Resource) -> None:
        properties = body["properties"]
        if properties.get("compute") != endpoint.properties["compute"]:
            raise invalid("The compute of an endpoint cannot be changed.", "Compute")
        if "keys" in properties:
            raise invalid("Keys can be chosen only when an endpoint is created.", "Keys")
        _check_same_identity(body, endpoint)

    def _completed(self, body: Json, existing: Resource | None) -> Json:
        """The body with what the service adds to it."""
        world = self._backend.world
        given = {name: value for name, value in body["properties"].items() if name != "keys"}
        properties = copy.deepcopy(_DEFAULTS) | given
        for name in ("traffic", "mirrorTraffic"):
            shares = properties[name].items()
            properties[name] = {key.lower(): share for key, share in shares}
        previous = existing.properties if existing else {"scoringUri": None, "swaggerUri": None}
        properties |= {name: previous[name] for name in ("scoringUri", "swaggerUri")}
        identity = existing.body["identity"] if existing else _identity(body, world.tenant)
        return {
            "location": world.location,
            "tags": body.get("tags", {}),
            "kind": "Kubernetes" if properties["compute"] else "Managed",
            "identity": identity,
            "properties": properties,
        }

    def _change(self, call: Call) -> Reply:
        body = call.body(fields.ENDPOINT_CHANGE)
        endpoint = require_endpoint(self._backend, call)
        self._backend.require_idle(endpoint.id, below=True)
        _check_same_identity(body, endpoint)
        endpoint.body["tags"] = body.get("tags", endpoint.body["tags"])
        endpoint.state = "Updating"
        operation = self._begin(call, endpoint, self._backend.durations.endpoint)
        return self._backend.accepted(call, operation)

    def _begin(self, call: Call, endpoint: Resource, seconds: float) -> Operation:
        def finish(operation: Operation) -> None:
            endpoint.state = operation.status
            endpoint.touch(operation.ends)
            if operation.succeeded:
                self._go_live(endpoint)

        endpoint.touch(call.now)
        return self._backend.begin(
            call, endpoint, "oe", seconds, finish, lambda: document(endpoint)
        )

    def _go_live(self, endpoint: Resource) -> None:
        origin = f"https://{self._backend.world.scoring_host(endpoint.name)}"
        endpoint.properties["scoringUri"] = f"{origin}/score"
        endpoint.properties["swaggerUri"] = f"{origin}/swagger.json"
        endpoint.live = copy.deepcopy(endpoint.body)

    def _delete(self, call: Call) -> Reply:
        backend = self._backend
        endpoint = backend.resources.find(endpoint_id(backend, call))
        if endpoint is None:
            return Reply(204)
        backend.require_idle(endpoint.id, below=True)
        endpoint.state = "Deleting"

        def finish(operation: Operation) -> None:
            endpoint.state = operation.status
            if operation.succeeded:
                backend.resources.remove(endpoint.id)
                self._keys.remove(endpoint.id)

        operation = backend.begin(call, endpoint, "oe", backend.durations.delete, finish)
        return backend.accepted(call, operation, monitored=True)


def endpoint_id(backend: Backend, call: Call) -> str:
    return f"{backend.world.workspace_id}/onlineEndpoints/{call.names['endpoint']}"


def require_endpoint(backend: Backend, call: Call) -> Resource:
    """Raises 404."""
    found = backend.resources.find(endpoint_id(backend, call))
    if found is None:
        kind = f"{SERVICE}/workspaces/onlineEndpoints"
        parent = f"{backend.world.workspace}/{call.names['endpoint']}"
        raise resource_not_found(kind, parent, call.names["group"])
    return found


def document(resource: Resource) -> Json:
    """An endpoint or a deployment as a GET answers it."""
    whole = resource.document()
    inner = resource.properties["properties"] | {
        "createdBy": "A User",
        "createdAt": timestamp(resource.created),
        "lastModifiedAt": timestamp(resource.modified),
    }
    if resource.operation is not None:
        inner["AzureAsyncOperationUri"] = resource.operation
    state = {"provisioningState": resource.state, "properties": inner}
    whole["properties"] = resource.properties | state
    return whole


def check_location(backend: Backend, body: Json) -> None:
    """Raises 400 unless the resource is where its workspace is."""
    location, wanted = body["location"], backend.world.location
    if location.replace(" ", "").lower() != wanted:
        raise invalid(f"The location must be that of the workspace: '{wanted}'.", "Location")


def check_identity(identity: Json) -> None:
    """Raises 400 unless user assigned identities are given exactly where the type has them."""
    by_user = "UserAssigned" in identity.get("type", "").split(",")
    if by_user != bool(identity.get("userAssignedIdentities")):
        raise invalid("userAssignedIdentities must fit the identity's type.", "Identity")


def _identity(body: Json, tenant: str) -> Json:
    wanted: Json = body.get("identity", {"type": "SystemAssigned"})
    ids = {"principalId": "00000000-0000-0000-0000-0000000000dd"}
    identity: Json = {"type": wanted["type"]}
    if "SystemAssigned" in wanted["type"].split(","):
        identity |= ids | {"tenantId": tenant}
    if users := wanted.get("userAssignedIdentities"):
        client = {"clientId": "00000000-0000-0000-0000-0000000000ee"}
        identity["userAssignedIdentities"] = dict.fromkeys(users, ids | client)
    return identity


def _check_same_identity(body: Json, endpoint: Resource) -> None:
    if "identity" not in body:
        return
    check_identity(body["identity"])
    if _principals(body["identity"]) != _principals(endpoint.body["identity"]):
        raise invalid("The identity of an endpoint cannot be changed.", "Identity")


def _principals(identity: Json) -> tuple[str, set[str]]:
    users = identity.get("userAssignedIdentities", {})
    return identity["type"], {user.lower() for user in users}


def _deployments(backend: Backend, endpoint: Resource | None) -> dict[str, Resource]:
    if endpoint is None:
        return {}
    children = backend.resources.children(f"{endpoint.id}/deployments")
    return {child.name.lower(): child for child in children}


def _check_traffic(
    traffic: Json, deployments: dict[str, Resource], member: str, *, most: int
) -> None:
    for name in traffic:
        deployment = deployments.get(name.lower())
        if deployment is None:
            raise invalid(f"The deployment '{name}' does not exist.", member)
        if traffic[name] and deployment.live is None:
            raise invalid(f"The deployment '{name}' is not ready.", member)
    # The documents want 0 or 100, but the official clients let less than 100 through.
    if sum(traffic.values()) > most:
        raise invalid(f"The percentages must sum to {most} or less.", member)


def _is_listed(call: Call, endpoint: Resource) -> bool:
    name = call.query.get("name", endpoint.name).lower()
    kind = call.query.get("computetype", endpoint.body["kind"])
    return (name, kind) == (endpoint.name.lower(), endpoint.body["kind"])
