"""What a file means for what is there: which deployments its names are, whose tags stay.

Pure: from what is wanted and what is there to what is wanted there, and what is to be kept of it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from azext_ml_endpoint import foreign_json
from azext_ml_endpoint.document.model import Endpoint
from azext_ml_endpoint.plan import own_tags, twins
from azext_ml_endpoint.plan.history import LONGEST, Provenance
from azext_ml_endpoint.plan.observed import ObservedDeployment, ObservedEndpoint
from azext_ml_endpoint.plan.own_tags import NO_CHANGES, Changes
from azext_ml_endpoint.plan.steps import (
    CreateDeployment,
    CreateEndpoint,
    DeleteDeployment,
    Keep,
    Plan,
    SetTraffic,
    Step,
    UpdateEndpoint,
)
from azext_ml_endpoint.plan.twins import Swap

_APPLIED = f"{own_tags.PREFIX}tags"
"""The names of the tags that were applied last, as a JSON list."""


@dataclass(frozen=True, kw_only=True)
class Intent:
    """How a file is meant.

    create: True makes what is missing and changes nothing; False is for endpoints that exist;
        None is for either. only: the deployments to compare, None for all.
    live: the names are those that deployments have there already, whatever a file calls them.
    own_tags_only: tags that the file does not have, and never had, stay.
    replaced: the deployments, by their names in the file, that twins take the places of.
    rollout: the word of the rollout under way that asks for it: see :mod:`.under_way`.
    provenance: who asks for it, for the history of the endpoint's traffic.
    """

    create: bool | None = None
    only: frozenset[str] | None = None
    live: bool = False
    own_tags_only: bool = False
    replaced: tuple[str, ...] = ()
    rollout: str | None = None
    provenance: Provenance | None = None


EITHER = Intent()
"""Whatever is there becomes what the file says."""


def fitted(wanted: Endpoint, there: ObservedEndpoint | None, intent: Intent) -> Endpoint:
    """Raises NotFoundError where there is nothing to be replaced."""
    if there is None:
        return wanted
    known = wanted if intent.live else twins.named_as_there(wanted, there)
    if intent.own_tags_only:
        known = _with_others_tags(known, there)
    for name in intent.replaced:
        known = twins.replacing(wanted, known, there, name)
    return known


def swaps(
    wanted: Endpoint, fitted: Endpoint, there: ObservedEndpoint | None, intent: Intent
) -> list[Swap]:
    """Which deployments take the places of which. wanted: the file's."""
    if there is None:
        return []
    return [Swap.of(name, wanted, fitted, there) for name in intent.replaced]


def kept(
    plan: Plan,
    wanted: Endpoint,
    fitted: Endpoint,
    there: ObservedEndpoint | None,
    intent: Intent,
) -> Plan:
    """The plan, with all that is to be kept on the endpoint in the steps that write it.

    wanted: the file's. Which deployment a name means is kept as soon as its traffic has moved.
    """
    tags = {_APPLIED: _applied(wanted)} if intent.own_tags_only else NO_CHANGES
    steps = [_keeping(step, tags) for step in plan]
    for swap in swaps(wanted, fitted, there, intent):
        steps = _swapping(steps, fitted.name, swap)
    return Plan(tuple(steps))


def _keeping(step: Step, kept: Changes) -> Step:
    """kept: for writes of the endpoint itself."""
    if isinstance(step, (CreateEndpoint, UpdateEndpoint)):
        return replace(step, kept={**step.kept, **kept})
    return step


def _swapping(steps: Sequence[Step], name: str, swap: Swap) -> list[Step]:
    """What is kept of it is written with the traffic, or else before the old one goes."""
    told = [_told(step, swap) for step in steps]
    if any(isinstance(step, (SetTraffic, Keep)) for step in told):
        return told
    last = [step for step in told if isinstance(step, DeleteDeployment)]
    first = [step for step in told if step not in last]
    keep = Keep(
        reason=f"the file calls it {swap.name}",
        after=tuple(step.key for step in first),
        endpoint_name=name,
        kept=swap.note,
    )
    return [*first, keep, *(replace(step, after=(*step.after, keep.key)) for step in last)]


def _told(step: Step, swap: Swap) -> Step:
    match step:
        case SetTraffic() | Keep():
            return replace(step, kept={**step.kept, **swap.note})
        case CreateDeployment(deployment=deployment) if deployment.name == swap.new:
            return replace(step, reason=f"it takes the place of {swap.old}")
        case DeleteDeployment(deployment_name=swap.old):
            return replace(step, reason=f"{swap.new} takes its place")
    return step


def _with_others_tags(wanted: Endpoint, there: ObservedEndpoint) -> Endpoint:
    """Tags that others have set stay; those that the file had before and has no longer go."""
    present = {each.name: each for each in there.deployments}
    return replace(
        wanted,
        tags=_merged(wanted.tags, there.tags, _last_applied(there)),
        deployments=tuple(
            replace(each, tags=_merged(each.tags, _tags(present.get(each.name)), ()))
            for each in wanted.deployments
        ),
    )


def _merged(
    wanted: Mapping[str, str], there: Mapping[str, str], applied: Collection[str]
) -> dict[str, str]:
    others = {name: value for name, value in there.items() if name not in applied}
    return {**others, **wanted}


def _tags(there: ObservedDeployment | None) -> Mapping[str, str]:
    return (there.aspects.get("tags") or {}) if there else {}


def _last_applied(there: ObservedEndpoint) -> list[str]:
    """Nothing where it is not known: then no tag is removed."""
    try:
        names = foreign_json.loads(there.kept.get(_APPLIED, "[]"))
    except ValueError:  # somebody has edited the tag
        return []
    return [str(name) for name in names] if isinstance(names, list) else []


def _applied(wanted: Endpoint) -> str | None:
    text = json.dumps(sorted(wanted.tags), separators=(",", ":"), ensure_ascii=False)
    return text if wanted.tags and len(text) <= LONGEST else None
