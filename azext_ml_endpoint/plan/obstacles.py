"""What a document asks for and no step can bring about. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from azext_ml_endpoint.document.model import Deployment, Endpoint
from azext_ml_endpoint.plan.aspects import differences, lasting
from azext_ml_endpoint.plan.observed import ObservedEndpoint, present


@dataclass(frozen=True, kw_only=True)
class Obstacle:
    """What the document asks for and no step can bring about. Sentences: what, and what to do.

    ``deployment``: the one that has to be replaced by another, where that is the way.
    """

    what: str
    way: str
    deployment: str | None = None


def stillborn(there: ObservedEndpoint) -> Obstacle:
    """It can only be deleted, and something would be lost with it."""
    return Obstacle(
        what=f"The creation of endpoint {there.name} failed, and it can only be deleted.",
        way=f"az ml endpoint delete -n {there.name}, and all that it has goes too; "
        f"az ml endpoint apply -n {there.name} -f FILE makes it anew.",
    )


def stuck(
    endpoint_name: str,
    wanted: Iterable[Deployment],
    there: ObservedEndpoint | None,
    fixed: frozenset[str],
) -> list[Obstacle]:
    """The deployments that differ in what cannot be changed while they exist."""
    known = present(there)
    differing = [
        (each.name, differences(each, known[each.name], fixed))
        for each in wanted
        if each.name in known
    ]
    return [
        Obstacle(
            what=f"The {' and the '.join(changed)} of deployment {name} of {endpoint_name} "
            "cannot be changed while the deployment exists.",
            way=f"az ml endpoint apply --replace {name} makes another one beside it, moves the "
            f"traffic and removes {name}. Or give the deployment in the file another name.",
            deployment=name,
        )
        for name, changed in differing
        if changed
    ]


def settled(wanted: Endpoint, there: ObservedEndpoint | None) -> list[Obstacle]:
    """Some things about an endpoint are settled when it is made, where the driver knows them."""
    known = there.lasting if there else {}
    asked = lasting(wanted).items()
    changed = [name for name, value in asked if name in known and value != known[name]]
    if not changed:
        return []
    return [
        Obstacle(
            what=f"The {' and the '.join(changed)} of endpoint {wanted.name} cannot be changed "
            "while the endpoint exists.",
            way=f"Make an endpoint with another name, or delete {wanted.name} first: "
            "az ml endpoint delete.",
        )
    ]


def serving(
    wanted: Endpoint, there: ObservedEndpoint | None, only: frozenset[str] | None
) -> list[Obstacle]:
    """The deployments that would have to go while they receive traffic."""
    left = shares_left(wanted, there)
    return [
        Obstacle(
            what=f"Deployment {name} of {wanted.name} is not in the file, "
            f"but receives {left[name]} % of the traffic.",
            way="Say under traffic: in the file which deployments receive it instead.",
        )
        for name in gone(wanted, there, only)
        if left.get(name)
    ]


def down(
    wanted: Endpoint, there: ObservedEndpoint | None, compared: Collection[str]
) -> list[Obstacle]:
    """The deployments that would get more traffic, although they do not serve and stay so."""
    before = there.traffic if there else {}
    return [
        Obstacle(
            what=f"Deployment {each.name} of {wanted.name} cannot get more traffic: "
            f"{each.trouble}.",
            way=f"Update it first: az ml endpoint update -n {wanted.name} -f FILE.",
        )
        for each in present(there).values()
        if each.trouble
        and each.name not in compared
        and (wanted.traffic or {}).get(each.name, 0) > before.get(each.name, 0)
    ]


def gone(
    wanted: Endpoint, there: ObservedEndpoint | None, only: frozenset[str] | None
) -> list[str]:
    kept = {each.name for each in wanted.deployments}
    return [name for name in present(there) if name not in kept and (only is None or name in only)]


def shares_left(wanted: Endpoint, there: ObservedEndpoint | None) -> Mapping[str, int]:
    """The traffic once the plan is carried out."""
    before = there.traffic if there else {}
    return before if wanted.traffic is None else wanted.traffic
