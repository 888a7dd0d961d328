"""A deployment as ARM's ``OnlineDeployment``, and back.

One rule: what the document says is compared and sent, and all else of the live resource is carried
along as it is. What the service adds by itself is neither.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

from azext_ml_endpoint.cloud.contract import Json
from azext_ml_endpoint.cloud.wire import keys, values
from azext_ml_endpoint.cloud.wire.endpoint import TROUBLE, state, writable_identity
from azext_ml_endpoint.document.model import (
    HIDDEN,
    SECTIONS,
    Code,
    Deployment,
    Endpoint,
    Environment,
    Model,
    Reference,
    ScaleSettings,
)
from azext_ml_endpoint.plan import memory, own_tags
from azext_ml_endpoint.plan.aspects import aspects
from azext_ml_endpoint.plan.observed import ObservedDeployment
from azext_ml_endpoint.plan.steps import registration_key

_ASSETS: dict[str, keys.Pointer] = {
    "model": ("properties", "model"),
    "code": ("properties", "codeConfiguration", "codeId"),
    "environment": ("properties", "environmentId"),
}
_VARIABLES = ("properties", "environmentVariables")
_READ_ONLY = ("provisioningState",)
_SKU = "Default"
_LONGEST = 4096
"""Characters of what is remembered of a document. ARM has no limit for a property's value."""
_NOT_SENDABLE = (
    ("properties", "requestSettings", "requestTimeout"),
    ("properties", "requestSettings", "maxConcurrentRequestsPerInstance"),
)
"""Zeros there are the answer where a deployment template supplies them, and no value to send."""
_NO_WAIT = ("properties", "requestSettings", "maxQueueWait")
"""Every managed deployment shows ``PT0S`` there, whatever was sent."""
_MODEL_ID = re.compile(r".*/models/([^/]+)/versions/([^/]+)", re.IGNORECASE)
_APP = "/var/azureml-app/"


# To the service


def body(
    wanted: Deployment,
    kind: str,
    location: str,
    ids: Mapping[str, str],
    there: Json | None = None,
) -> Json:
    """The body of the PUT that makes or changes a deployment.

    kind: ``managed`` or ``kubernetes``. ids: key of an asset's registration -> ARM id.
    there: what a GET answered.
    """
    body = _writable(there) if there else _new(kind, location)
    keys.put(body, aspects(wanted), wanted.dropped)
    for name, place in _ASSETS.items():
        _put_asset(body, place, getattr(wanted, name), ids, gone=name in wanted.dropped)
    _settle_scale(body, wanted.scale_settings, there)
    keys.set_at(body, _VARIABLES, dict(wanted.environment_variables) or None)
    own = body["properties"].get("properties")
    noted = {**values.users_own(own), **wanted.properties, **_notes(wanted, there)}
    body["properties"]["properties"] = noted
    return {**body, "tags": own_tags.changed(body.get("tags") or {}, wanted)}


def scaled(wanted: Deployment) -> Json:
    """The body of the PATCH that changes nothing but the number of instances."""
    count = wanted.scale_settings and wanted.scale_settings.instance_count
    return {"sku": values.said({"name": _SKU, "capacity": count})}


def with_secrets(wanted: Deployment, there: Json) -> Deployment:
    """The secrets that are there, where ``wanted`` was made of what was shown of them."""
    found = keys.get(there, _VARIABLES) or {}
    hidden = secrets(there) & {
        name for name, value in wanted.environment_variables.items() if value == HIDDEN
    }
    kept = {name: found[name] for name in hidden if name in found}
    return replace(
        wanted,
        environment_variables={**wanted.environment_variables, **kept},
        secrets=wanted.secrets | frozenset(kept),
    )


def all_with_secrets(wanted: Endpoint, there: Mapping[str, Json]) -> Endpoint:
    """As :func:`with_secrets`. there: by the names of deployments."""
    return replace(
        wanted,
        deployments=tuple(
            with_secrets(each, there[each.name]) if each.name in there else each
            for each in wanted.deployments
        ),
    )


def _new(kind: str, location: str) -> Json:
    compute = "Kubernetes" if kind == "kubernetes" else "Managed"
    return {
        "location": location,
        "sku": {"name": _SKU},
        "properties": {"endpointComputeType": compute},
    }


def _writable(there: Json) -> Json:
    """What a GET answered, as a PUT may say it: ARM takes null for a value."""
    own = {name: each for name, each in there["properties"].items() if name not in _READ_ONLY}
    body: Json = _without_nulls(deepcopy({**values.carried(there), "properties": own}))
    if identity := there.get("identity"):
        body["identity"] = writable_identity(identity)
    is_managed = own.get("endpointComputeType") == "Managed"
    for place in (*_NOT_SENDABLE, *([_NO_WAIT] if is_managed else [])):
        if keys.is_nothing(keys.get(body, place)):
            keys.set_at(body, place, None)
    return body


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(each) for name, each in value.items() if each is not None}
    return value


def _put_asset(
    body: Json,
    place: keys.Pointer,
    asset: Model | Code | Environment | Reference | None,
    ids: Mapping[str, str],
    *,
    gone: bool,
) -> None:
    if gone:
        keys.set_at(body, place, None)
    elif asset:
        named = asset.text if isinstance(asset, Reference) else ids[registration_key(asset)]
        if named.lower() != str(keys.get(body, place)).lower():
            keys.set_at(body, place, named)


def _settle_scale(body: Json, wanted: ScaleSettings | None, there: Json | None) -> None:
    """Each way of scaling has settings that the other one refuses."""
    before = keys.found(there)["scale_settings"]["scale_type"] if there else None
    if wanted is None or wanted.scale_type == before:
        return
    if wanted.scale_type == "auto":
        keys.set_at(body, ("sku", "capacity"), None)
    elif "scaleSettings" in body["properties"]:
        body["properties"]["scaleSettings"] = {"scaleType": "Default"}


def _notes(wanted: Deployment, there: Json | None) -> dict[str, str]:
    """What this tool needs to know of it later. An empty one removes: the service never does."""
    kept = keys.get(there, ("properties", "properties")) or {}
    remembered = memory.next_of_deployment(wanted, said(there) if there else {})
    notes = {
        values.SECRETS: ",".join(sorted(wanted.secrets)),
        values.SAID: memory.text(remembered, _LONGEST) or "",
    }
    return {name: text for name, text in notes.items() if text or kept.get(name)}


# From the service


def described(there: Json) -> Deployment:
    """What the body says, in the document's words. Assets are references to their ids."""
    found = keys.found(there)
    given: dict[str, Any] = {
        name: SECTIONS[name](**said) if name in SECTIONS else said for name, said in found.items()
    }
    given |= {name: _reference(keys.get(there, place)) for name, place in _ASSETS.items()}
    return Deployment(
        name=there["name"],
        environment_variables=_users_variables(there),
        secrets=secrets(there),
        tags=own_tags.users(there.get("tags") or {}),
        properties=values.users_own(keys.get(there, ("properties", "properties"))),
        **given,
    )


def ruled(wanted: Deployment, there: Json | None) -> Deployment:
    """With what chooses its deployment template and is there, where the document says nothing."""
    if there is None:
        return wanted
    found = described(there)
    properties = {**found.properties, **wanted.properties}
    return replace(wanted, model=wanted.model or found.model, properties=properties)


def observed(
    there: Json, wanted: Deployment | None = None, aliases: Mapping[str, str] | None = None
) -> ObservedDeployment:
    """What the planner compares with what is wanted.

    aliases: lower-case ARM id -> key of the registration of the asset that the id means.
    """
    current = state(there)
    found = aspects(described(there))
    if wanted:
        same = aspects(wanted)
        for name, place in _ASSETS.items():
            if _means(keys.get(there, place), getattr(wanted, name), aliases or {}):
                found[name] = same[name]
        found["environment_variables"] = _users_variables(there, wanted.environment_variables)
    return ObservedDeployment(
        name=there["name"],
        provisioning_state=current,
        aspects=found,
        secrets=secrets(there),
        said=said(there),
        trouble=TROUBLE.get(current),
    )


def used_ids(there: Json) -> set[str]:
    """The assets that it is made of: ARM ids in lower case."""
    named = (keys.get(there, place) for place in _ASSETS.values())
    return {each.lower() for each in named if each}


def secrets(there: Json) -> frozenset[str]:
    """The environment variables whose values nobody is shown."""
    noted = _note(there, values.SECRETS)
    return frozenset(noted.split(",") if noted else ())


def said(there: Json) -> dict[str, Any]:
    """What a document said of it last: see :mod:`azext_ml_endpoint.plan.memory`."""
    return memory.read(_note(there, values.SAID))


def _note(there: Json, name: str) -> str | None:
    """What we wrote there is text; what somebody else wrote over it may be a number."""
    noted = keys.get(there, ("properties", "properties", name))
    return noted if isinstance(noted, str) else None


def variables(there: Json) -> dict[str, str]:
    """The user's environment variables, as they may be shown."""
    hidden = secrets(there)
    return {
        name: HIDDEN if name in hidden else value for name, value in _users_variables(there).items()
    }


def _reference(live: str | None) -> Reference | None:
    return Reference(text=live, name=live) if live else None


def _means(
    live: str | None,
    asked: Model | Code | Environment | Reference | None,
    aliases: Mapping[str, str],
) -> bool:
    """Whether a live id means the asset that is wanted."""
    if live is None or asked is None:
        return False
    if isinstance(asked, Reference):
        return asked.text.lower() == live.lower()
    return aliases.get(live.lower()) == registration_key(asked)


def _users_variables(there: Json, wanted: Mapping[str, str] | None = None) -> dict[str, str]:
    """Without those that the service has added, as far as ``wanted`` does not have them too.

    A user's own value of such a name is the user's.
    """
    found = keys.get(there, _VARIABLES) or {}
    return {
        name: value
        for name, value in found.items()
        if value is not None and (name in (wanted or {}) or not _is_services(name, value, there))
    }


def _is_services(name: str, value: str, there: Json) -> bool:
    """The three that a deployment with code shows once it has succeeded (recorded since 2025)."""
    match name:
        case "AZUREML_MODEL_DIR":
            model = _MODEL_ID.fullmatch(str(keys.get(there, _ASSETS["model"])))
            return bool(model and value == f"{_APP}azureml-models/{'/'.join(model.groups())}")
        case "AZUREML_ENTRY_SCRIPT":
            script = keys.get(there, ("properties", "codeConfiguration", "scoringScript"))
            return bool(value == script)
        case "AML_APP_ROOT":
            folder = value.removeprefix(_APP)
            return folder != value and "/" not in folder
    return False
