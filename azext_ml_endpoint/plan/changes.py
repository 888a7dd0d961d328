"""What a step changes, field by field, with the document's names: ``tags.team: a → b``.

Assets are told by their names and the beginning of what their content comes to; values of
variables that are marked as secret are not told at all.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from azext_ml_endpoint.document.model import HIDDEN, Deployment, Endpoint
from azext_ml_endpoint.plan.aspects import (
    ENTRIES,
    SECTIONS,
    aspects,
    is_same,
    lasting,
    of_endpoint,
)
from azext_ml_endpoint.plan.observed import ObservedDeployment, ObservedEndpoint, present
from azext_ml_endpoint.plan.steps import (
    DeleteDeployment,
    DeleteEndpoint,
    DeploymentStep,
    EndpointStep,
    Keep,
    RegisterCode,
    RegisterData,
    RegisterEnvironment,
    RegisterModel,
    SetTraffic,
    Step,
    never,
)
from azext_ml_endpoint.plan.traffic import nonzero

_SHOWN_DIGITS = 12
_DIGEST = re.compile(r"(?P<digest>[0-9a-f]{40,})(?:/(?P<name>.+))?")
_ASSET_ID = re.compile(r".*/(?:models|codes|environments)/([^/]+)/versions/([^/]+)")
_VARIABLES = "environment_variables."


@dataclass(frozen=True)
class Change:
    """``path`` is a place in the document; None is what is not said.

    ``dropped``: the document said it before, and what the service has by itself comes instead.
    """

    path: str
    old: Any
    new: Any
    dropped: bool = False


def of(step: Step, there: ObservedEndpoint | None, honours: frozenset[str]) -> tuple[Change, ...]:
    """honours: the aspects of deployments that count where the step is carried out."""
    match step:
        case EndpointStep():
            return _endpoint(step.endpoint, there)
        case DeploymentStep():
            return of_deployment(step.deployment, there, honours)
        case SetTraffic():
            return tuple(_traffic(step, there))
        case RegisterModel() | RegisterCode() | RegisterEnvironment() | RegisterData():
            return ()
        case DeleteDeployment() | DeleteEndpoint() | Keep():
            return ()
        case _:
            never(step)


def _traffic(step: SetTraffic, there: ObservedEndpoint | None) -> Iterator[Change]:
    before, mirrored = (there.traffic, there.mirror_traffic) if there else ({}, {})
    yield from _differing("traffic", nonzero(before), nonzero(step.traffic))
    if step.mirror is not None:
        yield from _differing("mirror_traffic", dict(mirrored), nonzero(step.mirror))


def of_deployment(
    wanted: Deployment, there: ObservedEndpoint | None, honours: frozenset[str]
) -> tuple[Change, ...]:
    return _deployment(wanted, present(there).get(wanted.name), honours)


def described(asset: Any) -> Any:
    """An aspect that is an asset, for people; any other one as it is."""
    if isinstance(asset, str):
        if known := _ASSET_ID.fullmatch(asset):
            return ":".join(known.groups())
        if known := _DIGEST.fullmatch(asset):
            digest = known["digest"][:_SHOWN_DIGITS]
            return f"{known['name']} ({digest})" if known["name"] else digest
        return asset
    if isinstance(asset, Mapping) and "digest" in asset:
        name = asset.get("folder") or f"{asset['name']}:{asset['version']}"
        digest = str(asset["digest"])[:_SHOWN_DIGITS]
        return f"{name} ({digest})" if digest else name
    return asset


def _endpoint(wanted: Endpoint, there: ObservedEndpoint | None) -> tuple[Change, ...]:
    new = {**({} if there else lasting(wanted)), **_said(of_endpoint(wanted))}
    old = there.aspects if there else {}
    changed = _differing("", _spoken_of(old, new), new)
    return (*changed, *_dropped(wanted.dropped, old))


def _deployment(
    wanted: Deployment, there: ObservedDeployment | None, honours: frozenset[str]
) -> tuple[Change, ...]:
    new = {name: each for name, each in _said(aspects(wanted)).items() if name in honours}
    old = {name: each for name, each in there.aspects.items() if name in honours} if there else {}
    said = there.said if there else {}
    secrets = wanted.secrets | (there.secrets if there else frozenset())
    found = [
        _masked(each, secrets)
        for each in _differing("", _spoken_of(old, new), new)
        if not is_same(each.new, each.old, said.get(each.path))
    ]
    place = f"deployments[{wanted.name}]"
    dropped = _dropped(wanted.dropped, old)
    return tuple(replace(each, path=f"{place}.{each.path}") for each in (*found, *dropped))


def _said(aspects: Mapping[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in aspects.items() if each is not None}


def _spoken_of(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Of what is there that which the document has too. Variables are the whole truth."""
    return {
        name: {each: old[name][each] for each in new[name] if each in old[name]}
        if name in ENTRIES and old[name]
        else old[name]
        for name in new
        if name in old
    }


def _dropped(keys: Collection[str], old: Mapping[str, Any]) -> Iterator[Change]:
    """In the order of what is there. Tags have no default that would come instead."""
    for name, found in old.items():
        entries = found if name in SECTIONS and found else {}
        for entry, value in entries.items():
            if (path := f"{name}.{entry}") in keys:
                yield Change(path, value, None, dropped=name != "tags")
        if name in keys and found is not None:
            yield Change(name, described(found), None, dropped=True)


def _differing(path: str, old: Any, new: Any) -> Iterator[Change]:
    """Mappings are compared entry by entry; a mapping and nothing is a mapping and an empty one."""
    if old == new:
        return
    inner = [each for each in (old, new) if isinstance(each, Mapping) and "digest" not in each]
    if not inner or any(each is not None and each not in inner for each in (old, new)):
        yield Change(path, described(old), described(new))
        return
    before, after = old or {}, new or {}
    for name in dict.fromkeys((*before, *after)):
        below = f"{path}.{name}" if path else str(name)
        yield from _differing(below, before.get(name), after.get(name))


def _masked(change: Change, secrets: frozenset[str]) -> Change:
    name = change.path.removeprefix(_VARIABLES)
    if name == change.path or name not in secrets:
        return change
    old, new = (None if each is None else HIDDEN for each in (change.old, change.new))
    return replace(change, old=old, new=new)
