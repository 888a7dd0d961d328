"""A plan in a file, to be looked at and carried out later, as long as it would be the same.

What it was made from is kept as digests, aspect by aspect, so that it can be said what has changed
since. Values of secrets are neither in the file nor in a digest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from azext_ml_endpoint import foreign_json
from azext_ml_endpoint.document.model import HIDDEN
from azext_ml_endpoint.errors import ConflictError, UsageError
from azext_ml_endpoint.plan import picture
from azext_ml_endpoint.plan.aspects import aspects, lasting, of_endpoint
from azext_ml_endpoint.plan.planned import Planned

_FORMAT = 2
_LATER = ("simulate", "gpus", "platform")
"""What earlier versions knew nothing of."""
_PLACE = {"local", "runtime", "resource_group", "workspace", *_LATER}
_SWITCHES = ("local", "simulate")
_MADE_AGAIN = "Make a new plan with az ml endpoint plan --out, and look at it again."


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What a plan was asked for.

    asked: absolute files, folders and patterns, as the options said. files: the absolute names of
    all files that these meant, and their SHA-256.
    place: ``local``, ``runtime``, ``resource_group``, ``workspace``, ``simulate``, ``gpus`` and
    ``platform``, as the options said.
    """

    asked: tuple[str, ...]
    files: Mapping[str, str]
    settings: tuple[str, ...] = ()
    traffic: Mapping[str, int] | None = None
    endpoint_name: str | None = None
    replaced: tuple[str, ...] = ()
    place: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Saved:
    """``wanted`` and ``there``: places in a document -> digests of what was there."""

    origin: Origin
    wanted: Mapping[str, str]
    there: Mapping[str, str]


def text(origin: Origin, planned: Planned) -> str:
    """The file's content: JSON, with the plan as people and programs are shown it."""
    content = {
        "format": _FORMAT,
        "origin": asdict(origin),
        "wanted": _wanted(planned),
        "there": _there(planned),
        "plan": picture.data(planned),
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def read(content: str | bytes, name: str) -> Saved:
    """name: the file's, for messages. Raises UsageError for what is no saved plan."""
    try:
        data = foreign_json.loads(content)
        if data["format"] != _FORMAT:
            raise UsageError(f"{name} is a plan of another version of this tool.", _MADE_AGAIN)
        return Saved(
            origin=_origin(data["origin"]),
            wanted=_texts(data["wanted"]),
            there=_texts(data["there"]),
        )
    except (ValueError, LookupError, TypeError) as error:
        raise UsageError(f"{name} is no saved plan.", _MADE_AGAIN) from error


def _origin(said: Mapping[str, Any]) -> Origin:
    """Raises LookupError and TypeError for what nobody has written who makes plans."""
    place = {**dict.fromkeys(_LATER), **said["place"]}
    if set(place) != _PLACE:
        raise TypeError(f"a place has {', '.join(sorted(_PLACE))}")
    return Origin(
        asked=_list(said["asked"]),
        files=_texts(said["files"]),
        settings=_list(said["settings"]),
        traffic=None if said["traffic"] is None else _shares(said["traffic"]),
        endpoint_name=_of((str, type(None)), said["endpoint_name"]),
        replaced=_list(said["replaced"]),
        place={
            name: _of((bool if name in _SWITCHES else str, type(None)), value)
            for name, value in place.items()
        },
    )


def _list(said: object) -> tuple[str, ...]:
    return tuple(_of(str, each) for each in _of(list, said))


def _shares(said: object) -> dict[str, int]:
    return {name: _of(int, value) for name, value in _of(dict, said).items()}


def _texts(said: object) -> dict[str, str]:
    return {name: _of(str, value) for name, value in _of(dict, said).items()}


def _of(kind: type | tuple[type, ...], value: Any) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"{value!r} is out of place")
    return value


def require_same_files(saved: Saved, now: Mapping[str, str]) -> None:
    """now: as in Origin. Raises ConflictError where one has been edited, added or removed."""
    changed = _differing(saved.origin.files, now)
    if changed:
        verb = "has" if len(changed) == 1 else "have"
        files = ", ".join(changed)
        raise ConflictError(f"{files} {verb} changed since it was planned.", _MADE_AGAIN)


def require_same(saved: Saved, now: Planned) -> None:
    """Raises ConflictError where another plan would come of it today."""
    pairs = (
        ("What the file describes", saved.wanted, _wanted(now)),
        (f"Endpoint {now.name}", saved.there, _there(now)),
    )
    for what, before, after in pairs:
        if changed := _places(before, after):
            raise ConflictError(
                f"{what} has changed since it was planned: {', '.join(changed)}. "
                "Nothing was changed.",
                _MADE_AGAIN,
            )


def _places(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Of an endpoint or a deployment that is new, or gone, that alone, and not each field."""
    if not (before and after):
        return ["it is gone" if before else "it exists by now"] if before or after else []
    here, there = (_deployments(side) for side in (before, after))
    changed = _differing(before, after)
    return list(
        dict.fromkeys(_owner(each) if _owner(each) in here ^ there else each for each in changed)
    )


def _deployments(known: Iterable[str]) -> set[str]:
    return {_owner(each) for each in known if each.startswith("deployments[")}


def _owner(place: str) -> str:
    """``deployments[blue]`` of ``deployments[blue].model``."""
    return place.partition(".")[0]


def _differing(before: Mapping[str, str | None], after: Mapping[str, str | None]) -> list[str]:
    places = dict.fromkeys((*before, *after))
    absent = "absent"
    return [each for each in places if before.get(each, absent) != after.get(each, absent)]


def _wanted(planned: Planned) -> dict[str, str]:
    wanted = planned.wanted
    known: dict[str, Any] = {
        **lasting(wanted),
        **of_endpoint(wanted),
        "traffic": wanted.traffic,
        "mirror_traffic": wanted.mirror_traffic,
    }
    for each in wanted.deployments:
        secret = each.secrets | _secrets_there(planned).get(each.name, frozenset())
        known |= _deployment(each.name, {**aspects(each), "dropped": sorted(each.dropped)}, secret)
    return _digests(known)


def _there(planned: Planned) -> dict[str, str]:
    there = planned.there
    if there is None:
        return {}
    known: dict[str, Any] = {
        **there.lasting,
        "name": there.name,
        **there.aspects,
        "traffic": there.traffic,
        "mirror_traffic": there.mirror_traffic,
        "trouble": there.trouble,
    }
    asked = {each.name: each.secrets for each in planned.wanted.deployments}
    for one in there.deployments:
        secret = one.secrets | asked.get(one.name, frozenset())
        known |= _deployment(one.name, {**one.aspects, "trouble": one.trouble}, secret)
    return _digests(known)


def _secrets_there(planned: Planned) -> dict[str, frozenset[str]]:
    return {each.name: each.secrets for each in planned.there.deployments} if planned.there else {}


def _deployment(name: str, found: Mapping[str, Any], secrets: frozenset[str]) -> dict[str, Any]:
    variables = found.get("environment_variables") or {}
    shown = {each: HIDDEN if each in secrets else value for each, value in variables.items()}
    place = f"deployments[{name}]"
    return {f"{place}.{key}": value for key, value in found.items()} | {
        f"{place}.environment_variables": shown
    }


def _digests(known: Mapping[str, Any]) -> dict[str, str]:
    return dict(_digest(*each) for each in known.items())


def _digest(place: str, value: Any) -> tuple[str, str]:
    """The order of mappings does not matter, nor does that of JSON's kinds of lists."""
    written = json.dumps(value, sort_keys=True, default=_plain)
    return place, hashlib.sha256(written.encode()).hexdigest()[:16]


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)
