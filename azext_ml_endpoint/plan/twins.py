"""Twins: deployments that have taken the place of one that could not be changed.

A file that calls its deployment ``blue`` goes on doing so when ``blue-2`` has taken its place: an
own tag of the endpoint (:mod:`.own_tags`) says which deployment the name means there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from azext_ml_endpoint.document.model import Deployment, Endpoint
from azext_ml_endpoint.errors import NotFoundError, no_deployment
from azext_ml_endpoint.plan.observed import ObservedEndpoint
from azext_ml_endpoint.plan.own_tags import PREFIX, Changes
from azext_ml_endpoint.plan.traffic import renamed

_LONGEST = 32
"""Letters in the name of a deployment that Azure takes."""


@dataclass(frozen=True, kw_only=True)
class Swap:
    """One deployment in place of another. name: what the file calls both."""

    name: str
    old: str
    new: str

    @classmethod
    def of(cls, name: str, wanted: Endpoint, fitted: Endpoint, there: ObservedEndpoint) -> Swap:
        pairs = zip(wanted.deployments, fitted.deployments, strict=True)
        new = next(new.name for each, new in pairs if each.name == name)
        return cls(name=name, old=_meanings(wanted, there).get(name, name), new=new)

    @property
    def note(self) -> Changes:
        """What to keep on the endpoint, so that the file's name goes on meaning the new one."""
        return {_tag(self.name): None if self.new == self.name else self.new}


def named_as_there(wanted: Endpoint, there: ObservedEndpoint) -> Endpoint:
    """Every deployment by the name that it has there."""
    return _renamed(wanted, _meanings(wanted, there))


def replacing(asked: Endpoint, known: Endpoint, there: ObservedEndpoint, name: str) -> Endpoint:
    """With a twin of the deployment that the file calls ``name``; it gets its traffic.

    asked: what the file says. known: the same with the names that deployments have there.
    Raises NotFoundError where the file or the endpoint has no such deployment.
    """
    pairs = zip(asked.deployments, known.deployments, strict=True)
    old = next((there_.name for each, there_ in pairs if each.name == name), None)
    if old is None:
        raise no_deployment("The file", name, [each.name for each in asked.deployments])
    if old not in {each.name for each in there.deployments}:
        raise NotFoundError(
            f"Endpoint {there.name} has no deployment {old} that could be replaced.",
            "Leave --replace out: it is created.",
        )
    others = {each.name for each in known.deployments} - {old}
    new = next(each for each in known.deployments if each.name == old)
    stale = there.kept.get(_tag(name))  # once that is there again, the name would mean it at once
    free = (each for each in _candidates(name) if each not in {old, stale, *others})
    twin = next(each for each in free if _is_free(replace(new, name=each), there))
    renamed = _renamed(known, {old: twin})
    return (
        renamed
        if renamed.traffic is not None
        else replace(renamed, traffic=_moved(there, old, twin))
    )


def _meanings(wanted: Endpoint, there: ObservedEndpoint) -> dict[str, str]:
    """The document's names that mean a twin: not where it has a deployment of that name too."""
    present = {each.name for each in there.deployments}
    asked = {each.name for each in wanted.deployments}
    twins = {name: there.kept.get(_tag(name), name) for name in asked}
    return {a: b for a, b in twins.items() if b in present and b not in asked}


def _moved(there: ObservedEndpoint, old: str, new: str) -> dict[str, int]:
    return {new if name == old else name: share for name, share in there.traffic.items()}


def _tag(name: str) -> str:
    return f"{PREFIX}twin.{name}"


def _candidates(name: str) -> Iterator[str]:
    yield name
    for number in range(2, 1000):
        yield f"{name[: _LONGEST - 1 - len(str(number))]}-{number}"


def _is_free(twin: Deployment, there: ObservedEndpoint) -> bool:
    """A twin that an earlier attempt has left, and that nobody uses, is as good as none.

    Unless it is what could not be changed: after the traffic has moved, the old one is still there.
    """
    left = next((each for each in there.deployments if each.name == twin.name), None)
    same = left is None or left.aspects.get("instance_type") == twin.instance_type
    return same and not there.traffic.get(twin.name)


def _renamed(wanted: Endpoint, names: Mapping[str, str]) -> Endpoint:
    deployments = tuple(
        replace(each, name=names.get(each.name, each.name)) for each in wanted.deployments
    )
    return replace(
        wanted,
        deployments=deployments,
        traffic=renamed(wanted.traffic, names),
        mirror_traffic=renamed(wanted.mirror_traffic, names),
    )
