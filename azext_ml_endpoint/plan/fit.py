"""What a file means for what is there: which deployments its names are, what it says no longer.

Pure: from what is wanted and what is there to what is wanted there, and what is to be kept of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from azext_ml_endpoint.document.model import Endpoint
from azext_ml_endpoint.plan import memory, twins
from azext_ml_endpoint.plan.history import LONGEST, Provenance
from azext_ml_endpoint.plan.observed import ObservedEndpoint
from azext_ml_endpoint.plan.own_tags import Changes
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


@dataclass(frozen=True, kw_only=True)
class Intent:
    """How a file is meant.

    create: True makes what is missing and changes nothing; False is for endpoints that exist;
        None is for either. only: the deployments to compare, None for all.
    others_stay: the deployments that the file does not have are none of its business.
    live: the names are those that deployments have there already, whatever a file calls them.
    replaced: the deployments, by their names in the file, that twins take the places of.
    rollout: the word of the rollout under way that asks for it: see :mod:`.under_way`.
    provenance: who asks for it, for the history of the endpoint's traffic.
    """

    create: bool | None = None
    only: frozenset[str] | None = None
    others_stay: bool = False
    live: bool = False
    replaced: tuple[str, ...] = ()
    rollout: str | None = None
    provenance: Provenance | None = None


EITHER = Intent()
"""Whatever is there becomes what the file says."""


def adapt(wanted: Endpoint, there: ObservedEndpoint | None, intent: Intent) -> Endpoint:
    """Raises NotFoundError where there is nothing to be replaced."""
    if there is None:
        return wanted
    known = wanted if intent.live else twins.named_as_there(wanted, there)
    known = memory.recalled(known, there)
    for name in intent.replaced:
        known = twins.replacing(wanted, known, there, name)
    return memory.recalled(known, there)  # a twin that was left has a memory of its own


def aimed(
    intent: Intent, wanted: Endpoint, fitted: Endpoint, there: ObservedEndpoint | None
) -> Intent:
    """With the deployments that it is about: those of the file, by the names that they have there,
    and those that they take the places of."""
    if not intent.others_stay or there is None or not there.deployments:
        return intent  # there are no others
    names = {each.name for each in fitted.deployments}
    replaced = {each.old for each in swaps(wanted, fitted, there, intent)}
    return replace(intent, only=frozenset(names | replaced))


def swaps(
    wanted: Endpoint, fitted: Endpoint, there: ObservedEndpoint | None, intent: Intent
) -> list[Swap]:
    """Which deployments take the places of which. wanted: the file's."""
    if there is None:
        return []
    return [Swap.of(name, wanted, fitted, there) for name in intent.replaced]


def remember(
    plan: Plan,
    wanted: Endpoint,
    fitted: Endpoint,
    there: ObservedEndpoint | None,
    intent: Intent,
) -> Plan:
    """The plan, with all that is to be kept on the endpoint in the steps that write it.

    wanted: the file's. Which deployment a name means is kept as soon as its traffic has moved.
    """
    tags = memory.next_of_endpoint(wanted, there, LONGEST)
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
            return replace(step, reason=f"it takes the place of {swap.old}", like=swap.old)
        case DeleteDeployment(deployment_name=swap.old):
            return replace(step, reason=f"{swap.new} takes its place")
    return step
