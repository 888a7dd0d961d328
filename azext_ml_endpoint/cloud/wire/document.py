"""ARM's bodies as the document that describes them, and what no document can say of them.

What the service fills in by itself, such as an identity of the system, is left to it. Assets are
named as short as their place allows: ``name:version`` for those of the workspace.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal, cast

from azext_ml_endpoint.cloud.contract import Json
from azext_ml_endpoint.cloud.wire import deployment as deployments
from azext_ml_endpoint.cloud.wire import endpoint as endpoints
from azext_ml_endpoint.cloud.wire import keys
from azext_ml_endpoint.cloud.workspace import Workspace
from azext_ml_endpoint.document.model import (
    PLAIN,
    Deployment,
    Endpoint,
    Identity,
    Reference,
    ScaleSettings,
)
from azext_ml_endpoint.plan.aspects import PROBES
from azext_ml_endpoint.plan.memory import USUAL, USUAL_OF_ENDPOINTS
from azext_ml_endpoint.plan.traffic import nonzero

_UNSAID = {
    "privateNetworkConnection": "private_network_connection",
}


def endpoint(there: Json, deployed: Iterable[Json], workspace: Workspace) -> Endpoint:
    """With the deployments in the order of their names."""
    present = sorted(deployed, key=lambda each: str(each["name"]))
    compute = there.get("properties", {}).get("compute")
    found = endpoints.described(there)
    usual: dict[str, Any] = {
        key: None for key, value in USUAL_OF_ENDPOINTS.items() if getattr(found, key) == value
    }
    return replace(
        found,
        **usual,
        kind=cast("Any", endpoints.kind(there)),
        traffic=_traffic(there, present),
        mirror_traffic=_split(there, present, "mirrorTraffic") or None,
        target=_reference(compute, workspace) if compute else None,
        identity=_identity(there),
        deployments=tuple(_deployment(each, workspace) for each in present),
    )


def unsaid(there: Json, deployed: Iterable[Json]) -> Iterator[str]:
    """What is left out of the document: each in a few words that begin with a place."""
    present = list(deployed)
    found = endpoints.identity(there)
    split = _split(there, present)
    if not _is_sayable(found):
        yield "endpoint: an identity of several identities"
    if split and sum(split.values()) != 100:
        yield f"endpoint: traffic, which adds up to {sum(split.values())} and not to 100"
    for each in present:
        yield from (f"deployment {each['name']}: {what}" for what in _unsaid(each))


def _unsaid(there: Json) -> Iterator[str]:
    own = there.get("properties", {})
    yield from (words for name, words in _UNSAID.items() if own.get(name))
    yield from (key.path for key in keys.TABLE if key.is_unsayable(there))


def _traffic(there: Json, present: Iterable[Json]) -> dict[str, int] | None:
    """None where a document could not say it: it then speaks of no traffic, and none changes."""
    split = _split(there, present)
    return split if sum(split.values()) == 100 else None


def _split(
    there: Json,
    present: Iterable[Json],
    key: Literal["traffic", "mirrorTraffic"] = "traffic",
) -> dict[str, int]:
    return nonzero(endpoints.traffic(there, (each["name"] for each in present), key))


def _identity(there: Json) -> Identity | None:
    """None where it is what the service makes without being asked."""
    found = endpoints.identity(there)
    is_usual = found.type == "system_assigned"
    return None if is_usual or not _is_sayable(found) else found


def _is_sayable(identity: Identity) -> bool:
    by_user = "user_assigned" in identity.type.split(",")
    return len(identity.user_assigned_identities) == by_user


def _deployment(there: Json, workspace: Workspace) -> Deployment:
    """Assets by their shortest names."""
    found = deployments.described(there)
    named: dict[str, Any] = {
        name: _reference(asset.text, workspace)
        for name in ("model", "code", "environment")
        if (asset := getattr(found, name))
    }
    if found.data_collector:
        named["data_collector"] = _collector(found.data_collector, workspace)
    return _without_the_usual(replace(found, **named))


def _collector(found: Mapping[str, Any], workspace: Workspace) -> dict[str, Any]:
    """With the names of its data assets, as a file has them."""
    collections = {
        name: {**each, "data": _named(each["data"], workspace)} if "data" in each else each
        for name, each in found["collections"].items()
    }
    return {**found, "collections": collections}


def _named(live: str, workspace: Workspace) -> str:
    text = _reference(live, workspace).text
    return text if text.startswith("azureml:") else f"azureml:{text}"


def _without_the_usual(found: Deployment) -> Deployment:
    """What the service fills in by itself need not be said, but where a deployment template does:
    there the same value was sent."""
    usual: dict[str, Any] = {
        key: None for key in PLAIN if key in USUAL and getattr(found, key) == USUAL[key]
    }
    found = replace(found, **usual)
    if found.scale_settings == ScaleSettings(scale_type="manual"):
        found = replace(found, scale_settings=None)
    if found.environment is None:
        return found
    sections: dict[str, Any] = {
        name: section and _unusual(name, section)
        for name in ("request_settings", *PROBES)
        for section in [getattr(found, name)]
    }
    return replace(found, **sections)


def _unusual(name: str, section: Any) -> Any:
    """None where nothing is left."""
    said = {
        key: value
        for key, value in vars(section).items()
        if value is not None and value != USUAL.get(f"{name}.{key}")
    }
    return type(section)(**said) if said else None


def _reference(live: str, workspace: Workspace) -> Reference:
    """live: an id as ARM says it."""
    inside = f"{workspace.id}/".lower()
    if not live.lower().startswith(inside) or "/labels/" in live.lower():
        return Reference(text=live, name=live)
    _, name, *version = live[len(inside) :].split("/")
    text = f"{name}:{version[1]}" if version else name
    return Reference(text=text, name=name, version=version[1] if version else None)
