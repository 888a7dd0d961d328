"""An endpoint as ARM's ``OnlineEndpoint``, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, cast

from azext_ml_endpoint.cloud.contract import Json
from azext_ml_endpoint.cloud.wire import keys, values
from azext_ml_endpoint.cloud.workspace import Workspace
from azext_ml_endpoint.document.model import AuthMode, Endpoint, Identity, Reference
from azext_ml_endpoint.plan import own_tags
from azext_ml_endpoint.plan.aspects import of_endpoint
from azext_ml_endpoint.plan.observed import (
    ObservedDeployment,
    ObservedEndpoint,
    ProvisioningState,
)
from azext_ml_endpoint.plan.own_tags import NO_CHANGES, Changes
from azext_ml_endpoint.plan.traffic import nonzero

_IDENTITY_TYPES = {
    "system_assigned": "SystemAssigned",
    "user_assigned": "UserAssigned",
    "system_assigned,user_assigned": "SystemAssigned,UserAssigned",
    "none": "None",
}
TROUBLE = {"Failed": "its last operation failed", "Canceled": "its last operation was canceled"}
_READ_ONLY = ("provisioningState", "scoringUri", "swaggerUri")


def created(
    endpoint: Endpoint, workspace: Workspace, location: str, kept: Changes = NO_CHANGES
) -> Json:
    """The body of the PUT that makes an endpoint. It has no traffic: there is nothing to route to.

    location: the workspace's; the document's own wins.
    """
    body: Json = {
        "location": endpoint.location or location,
        "identity": _identity(endpoint.identity),
        "tags": own_tags.merged(endpoint.tags, kept),
        "properties": {
            "authMode": "Key",  # it is required
            "properties": dict(endpoint.properties),
            "traffic": {},
        },
    }
    if endpoint.target:
        body["properties"]["compute"] = compute_id(endpoint.target, workspace)
    return _with_keys(body, endpoint)


def changed(there: Json, endpoint: Endpoint, kept: Changes = NO_CHANGES) -> Json:
    """The body of the PUT that changes what is there: what the document says of it, but for
    traffic and what cannot change.

    Properties are added and overwritten: the service removes none.
    """
    body = writable(there)
    own = body["properties"]
    own["properties"] = {**own["properties"], **endpoint.properties}
    return {**_with_keys(body, endpoint), "tags": tags(there, endpoint, kept)}


def _with_keys(body: Json, endpoint: Endpoint) -> Json:
    """The same body, with what the document says."""
    keys.put(body, of_endpoint(endpoint), endpoint.dropped, keys.ENDPOINT_TABLE)
    return body


def tags(there: Json, endpoint: Endpoint, kept: Changes = NO_CHANGES) -> dict[str, str]:
    """Those of the document, beside those of others and what the tool keeps."""
    return own_tags.merged(own_tags.changed(there.get("tags") or {}, endpoint), kept)


def keeping(there: Json, kept: Changes) -> dict[str, str]:
    """The tags with such changes of what the tool keeps."""
    return own_tags.merged(there.get("tags") or {}, kept)


def with_traffic(
    there: Json,
    traffic: Mapping[str, int],
    kept: Changes = NO_CHANGES,
    mirror: Mapping[str, int] | None = None,
) -> Json:
    """The body of the PUT that changes nothing but traffic, and what is kept with it.

    mirror: None leaves it as it is. Shares of 0 are left out, and names are in lower case: the
    service keeps them so.
    """
    body = writable(there)
    body["properties"]["traffic"] = _lower_names(traffic)
    if mirror is not None:
        body["properties"]["mirrorTraffic"] = _lower_names(mirror)
    return {**body, "tags": keeping(there, kept)} if kept else body


def _lower_names(traffic: Mapping[str, int]) -> dict[str, int]:
    return {name.lower(): share for name, share in nonzero(traffic).items()}


def writable(there: Json) -> Json:
    """What a GET answered, as a PUT may say it: a PUT without something removes it."""
    properties = {
        name: value
        for name, value in there.get("properties", {}).items()
        if name not in _READ_ONLY and value is not None
    }
    properties["properties"] = values.users_own(properties.get("properties"))
    body = values.said(values.carried(there))
    if identity := there.get("identity"):
        body["identity"] = writable_identity(identity)
    return {**body, "properties": properties}


def only_tags_differ(there: Json, endpoint: Endpoint) -> bool:
    """Whether a PATCH can bring about what is wanted: it knows nothing but tags."""
    wanted = changed(there, endpoint)
    before = writable(there)
    return before.get("tags", {}) != wanted["tags"] and {**before, "tags": 0} == {
        **wanted,
        "tags": 0,
    }


def described(there: Json) -> Endpoint:
    """What the body says that can change, in the document's words."""
    found: dict[str, Any] = keys.of_endpoint(there)
    return Endpoint(
        name=there["name"],
        tags=own_tags.users(there.get("tags") or {}),
        properties=values.users_own(keys.get(there, ("properties", "properties"))),
        **found,
    )


def observed(
    there: Json,
    deployments: tuple[ObservedDeployment, ...],
    workspace: Workspace,
    wanted: Endpoint | None = None,
) -> ObservedEndpoint:
    """What the planner compares with ``wanted``."""
    names = [each.name for each in deployments]
    return ObservedEndpoint(
        name=there["name"],
        provisioning_state=state(there),
        aspects=of_endpoint(described(there)),
        kept=own_tags.kept(there.get("tags") or {}),
        traffic=nonzero(traffic(there, names)),
        mirror_traffic=nonzero(traffic(there, names, "mirrorTraffic")),
        trouble=TROUBLE.get(state(there)),
        stillborn=_is_stillborn(there),
        lasting=_lasting(there, workspace, wanted),
        deployments=deployments,
    )


def compute_id(target: Reference, workspace: Workspace) -> str:
    """The ARM id of a cluster that is attached to the workspace."""
    return target.text if "/" in target.text else f"{workspace.id}/computes/{target.text}"


def auth_mode(there: Json) -> AuthMode:
    """In the document's words; ``key`` where the service does not say."""
    return cast("AuthMode", keys.of_endpoint(there)["auth_mode"])


def kind(there: Json) -> str:
    """``kubernetes`` where it has a cluster."""
    return "kubernetes" if there.get("properties", {}).get("compute") else "managed"


def identity(there: Json) -> Identity:
    """Without the ids that the service gave it."""
    body = there.get("identity") or {"type": "None"}
    spelled = {theirs.lower(): ours for ours, theirs in _IDENTITY_TYPES.items()}
    users = tuple(body.get("userAssignedIdentities") or ())
    written = str(body.get("type")).lower().replace(" ", "")
    found = spelled.get(written, "user_assigned" if users else "none")
    return Identity(type=cast("Any", found), user_assigned_identities=users)


def state(there: Json) -> ProvisioningState:
    """``Succeeded`` where the service does not say."""
    return cast(
        "ProvisioningState", there.get("properties", {}).get("provisioningState", "Succeeded")
    )


def traffic(
    there: Json,
    deployments: Iterable[str],
    key: Literal["traffic", "mirrorTraffic"] = "traffic",
) -> dict[str, int]:
    """The shares, by the names of the deployments, of which the service keeps the lower case."""
    spelled = {name.lower(): name for name in deployments}
    found = there.get("properties", {}).get(key) or {}
    return {spelled.get(name.lower(), name): values.whole(share) for name, share in found.items()}


def _is_stillborn(there: Json) -> bool:
    """Its creation failed. One that was made once has a scoring URI, whatever has failed since."""
    own = there.get("properties", {})
    return state(there) in TROUBLE and not own.get("scoringUri")


def _lasting(there: Json, workspace: Workspace, wanted: Endpoint | None) -> dict[str, Any]:
    found = identity(there)
    users = found.user_assigned_identities
    asked = wanted.identity.user_assigned_identities if wanted and wanted.identity else ()
    if _lower(users) == _lower(asked):
        users = asked
    known: dict[str, Any] = {
        "kind": kind(there),
        "identity": {"type": found.type, "user_assigned_identities": users},
    }
    if compute := there.get("properties", {}).get("compute"):
        target = wanted and wanted.target
        same = target and compute_id(target, workspace).lower() == compute.lower()
        known["target"] = target.text if target and same else compute
    return known


def _lower(ids: tuple[str, ...]) -> set[str]:
    return {each.lower() for each in ids}


def _identity(identity: Identity | None) -> Json:
    """Where the document does not say, the service makes one, as it has since 2021."""
    if identity is None:
        return {"type": _IDENTITY_TYPES["system_assigned"]}
    users: Json = {each: {} for each in identity.user_assigned_identities}
    body: Json = {"type": _IDENTITY_TYPES[identity.type]}
    return {**body, "userAssignedIdentities": users} if users else body


def writable_identity(there: Json) -> Json:
    users: Json = {each: {} for each in there.get("userAssignedIdentities") or {}}
    body: Json = {"type": there["type"]}
    return {**body, "userAssignedIdentities": users} if users else body
