"""Online endpoints."""

from __future__ import annotations

import copy
import re

from tests.simulator import fields
from tests.simulator.backend import Backend
from tests.simulator.keys import Keys
from tests.simulator.message import Json, Reply, json_reply
from tests.simulator.operations import ENDPOINT as PREFIX
from tests.simulator.operations import Operation
from tests.simulator.refusal import invalid, resource_not_found
from tests.simulator.resources import SERVICE, Resource
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

_SYSTEM_DATA = ("createdAt", "createdBy", "lastModifiedAt")
_FAILED = "Specified endpoint [{}] has not been created successfully. Please recreate the endpoint."
"""Pasted: Azure/carnegie-mop, ``AmlEndpointCreating.md``, and users since."""
_UNUSABLE = (
    "This endpoint has not been created successfully or is in deleting provisioning state. Please "
    "recreate endpoint and then try again to create deployment."
)
"""Pasted by two users, 2026-08: of a deployment's PUT."""


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
        return self._backend.page(call, [document(each, call.api_version) for each in shown])

    def _get(self, call: Call) -> Reply:
        return json_reply(200, document(require_endpoint(self._backend, call), call.api_version))

    def _put(self, call: Call) -> Reply:
        body = call.body(fields.ENDPOINT)
        backend = self._backend
        existing = backend.resources.find(endpoint_id(backend, call))
        self._check(call, body, existing)
        if existing is not None:
            self._check_update(body, existing)
        endpoint = existing or self._create(call, body)
        completed = self._completed(body, existing)
        if existing is not None and completed["properties"] != existing.properties:
            # Recorded 2026-03 (test_online_endpoint_e2e.json): other tags alone leave the time.
            endpoint.touch(call.now)
        endpoint.body = completed
        endpoint.state = "Creating" if existing is None else "Updating"
        operation = self._begin(call, endpoint, backend.durations.endpoint)
        return backend.created(call, operation, document(endpoint, call.api_version))

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
        traffic = properties.get("traffic", {})
        _check_traffic(traffic, deployments, "Traffic", most=100)
        if sum(traffic.values()) not in (0, 100) and not self._backend.assumptions.partial_traffic:
            raise invalid("The percentages must sum to 0 or 100.", "Traffic")
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
        if endpoint.state == "Deleting":
            raise invalid(_UNUSABLE)
        self._backend.require_idle(endpoint.id, below=True)
        _check_made(endpoint)
        self._check_same(body, endpoint)
        self._check_identity_change(body, endpoint)

    def _check_same(self, body: Json, endpoint: Resource) -> None:
        properties = body["properties"]
        if properties.get("compute") != endpoint.properties["compute"]:
            raise invalid("The compute of an endpoint cannot be changed.", "Compute")
        if "keys" in properties:
            raise invalid("Keys can be chosen only when an endpoint is created.", "Keys")
        same_mode = properties["authMode"] == endpoint.properties["authMode"]
        if not (same_mode or self._backend.assumptions.auth_mode_in_place):
            raise invalid("The authMode of an endpoint cannot be changed.", "AuthMode")

    def _check_identity_change(self, body: Json, endpoint: Resource) -> None:
        check_identity(body.get("identity", {}))
        same = _kept_identity(body, endpoint) is not None
        if not (same or self._backend.assumptions.identity_in_place):
            raise invalid("The identity of an endpoint cannot be changed.", "Identity")

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
        if existing and not self._backend.assumptions.endpoint_description:
            properties["description"] = previous["description"]
        return {
            "location": world.location,
            "tags": body.get("tags", {}),
            "kind": "Kubernetes" if properties["compute"] else "Managed",
            "identity": _kept_identity(body, existing) or _identity(body, world.tenant),
            "properties": properties,
        }

    def _change(self, call: Call) -> Reply:
        body = call.body(fields.ENDPOINT_CHANGE)
        endpoint = require_endpoint(self._backend, call)
        self._backend.require_idle(endpoint.id, below=True)
        _check_made(endpoint)
        self._check_identity_change(body, endpoint)
        if _kept_identity(body, endpoint) is None:
            endpoint.body["identity"] = _identity(body, self._backend.world.tenant)
        endpoint.body["tags"] = body.get("tags", endpoint.body["tags"])
        endpoint.state = "Updating"
        operation = self._begin(call, endpoint, self._backend.durations.endpoint)
        return self._backend.accepted(call, operation)

    def _begin(self, call: Call, endpoint: Resource, seconds: float) -> Operation:
        def finish(operation: Operation) -> None:
            endpoint.state = operation.status
            if operation.succeeded:
                self._go_live(endpoint)

        def result() -> Json:
            return document(endpoint, call.api_version)

        return self._backend.begin(call, endpoint, PREFIX, seconds, finish, result)

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

        operation = backend.begin(call, endpoint, PREFIX, backend.durations.delete, finish)
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


def document(resource: Resource, api_version: str) -> Json:
    """An endpoint or a deployment as a GET with this api-version answers it.

    Recorded 2025-02 and 2026-03 (azure-sdk-assets, ``online_services``): ``systemData`` has three
    members; ``AzureAsyncOperationUri`` has no signature, and the api-version of whoever reads it.
    """
    whole = resource.document()
    whole["systemData"] = {name: whole["systemData"][name] for name in _SYSTEM_DATA}
    inner = resource.properties["properties"] | _identifier(resource)
    if resource.operation is not None:
        inner["AzureAsyncOperationUri"] = f"{resource.operation}?api-version={api_version}"
    state = {"provisioningState": resource.state, "properties": inner}
    whole["properties"] = resource.properties | state
    return whole


def _identifier(resource: Resource) -> Json:
    """An endpoint's own id once more, in lower case (recorded 2025-02; deployments have none)."""
    is_endpoint = resource.type.endswith("/onlineEndpoints")
    return {"azureml.onlineendpointid": resource.id.lower()} if is_endpoint else {}


def _check_made(endpoint: Resource) -> None:
    """Raises 400 for an endpoint whose creation has failed."""
    if endpoint.live is None:
        raise invalid(_FAILED.format(endpoint.name))


def check_usable(endpoint: Resource) -> None:
    """Raises 400 unless the endpoint can have deployments made in it."""
    if endpoint.state == "Deleting" or (endpoint.live is None and endpoint.state != "Creating"):
        raise invalid(_UNUSABLE)


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


def _kept_identity(body: Json, existing: Resource | None) -> Json | None:
    """The identity that is there, where the body asks for no other."""
    if existing is None:
        return None
    known: Json = existing.body["identity"]
    wanted = body.get("identity", known)
    return known if _principals(wanted) == _principals(known) else None


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
    if sum(traffic.values()) > most:
        raise invalid(f"The percentages must sum to {most} or less.", member)


def _is_listed(call: Call, endpoint: Resource) -> bool:
    name = call.query.get("name", endpoint.name).lower()
    kind = call.query.get("computetype", endpoint.body["kind"])
    return (name, kind) == (endpoint.name.lower(), endpoint.body["kind"])
