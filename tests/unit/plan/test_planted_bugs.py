"""The proof of the planner finds what is wrong with it: each of these planners has one bug."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import pytest
from hypothesis import Phase, given, settings

from azext_ml_endpoint.document.model import Endpoint
from azext_ml_endpoint.plan import fit
from azext_ml_endpoint.plan.fit import Intent
from azext_ml_endpoint.plan.ground import Ground, Sight
from azext_ml_endpoint.plan.observed import ObservedEndpoint
from azext_ml_endpoint.plan.planned import Planned, draw_up
from azext_ml_endpoint.plan.steps import (
    CreateDeployment,
    CreateEndpoint,
    DeleteDeployment,
    Keep,
    Plan,
    RegisterCode,
    RegisterEnvironment,
    RegisterModel,
    ScaleDeployment,
    SetTraffic,
    Step,
    UpdateDeployment,
    UpdateEndpoint,
)
from tests.unit.plan.cases import MODES, Case, some_case
from tests.unit.plan.properties import Planner, prove, the_planner

ENOUGH = 600
"""Worlds, in which every bug below is found."""
REGISTRATIONS = (RegisterModel, RegisterCode, RegisterEnvironment)
CHANGES = (CreateDeployment, UpdateDeployment, ScaleDeployment)

Steps = list[Step]
Kinds = tuple[type[Step], ...]


def found(planner: Planner, modes: Sequence[str] = MODES) -> AssertionError:
    """The first world in which a property does not hold, as an error."""

    @settings(
        max_examples=ENOUGH,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        report_multiple_bugs=False,
    )
    @given(some_case(modes))
    def in_any_world(case: Case) -> None:
        prove(case, planner)

    with pytest.raises(AssertionError) as error:
        in_any_world()
    return error.value


def altering(change: Callable[[Steps], Iterable[Step]]) -> Planner:
    """The planner, whose steps come out otherwise."""

    def planner(*asked: object) -> Planned:
        whole = the_planner(*asked)  # type: ignore[arg-type]
        return replace(whole, plan=Plan(tuple(change(list(whole.plan)))))

    return planner


def without(*kinds: type[Step]) -> Planner:
    return altering(lambda steps: (step for step in steps if not isinstance(step, kinds)))


def not_waiting(kinds: Kinds, awaited: Kinds) -> Planner:
    """These steps stand where they should, but do not wait for those."""

    def change(steps: Steps) -> Iterable[Step]:
        forgotten = {step.key for step in steps if isinstance(step, awaited)}
        for step in steps:
            waits = tuple(key for key in step.after if key not in forgotten)
            yield replace(step, after=waits) if isinstance(step, kinds) else step

    return altering(change)


def first(*kinds: type[Step]) -> Planner:
    """These steps come before all others, and wait for nothing."""

    def change(steps: Steps) -> Iterable[Step]:
        chosen = [replace(step, after=()) for step in steps if isinstance(step, kinds)]
        return [*chosen, *(step for step in steps if not isinstance(step, kinds))]

    return altering(change)


def told(change: Callable[[Ground], Ground]) -> Planner:
    """The planner, that knows something wrong of the place."""

    def planner(
        asked: Endpoint, there: ObservedEndpoint | None, ground: Ground, intent: Intent
    ) -> Planned:
        return the_planner(asked, there, change(ground), intent)

    return planner


def forgetting(aspect: str) -> Planner:
    return told(lambda ground: replace(ground, honours=ground.honours - {aspect}))


def seeing(change: Callable[[ObservedEndpoint], ObservedEndpoint]) -> Planner:
    """The planner, to which something there looks otherwise."""

    def planner(
        asked: Endpoint, there: ObservedEndpoint | None, ground: Ground, intent: Intent
    ) -> Planned:
        return the_planner(asked, there and change(there), ground, intent)

    return planner


def meaning(**otherwise: object) -> Planner:
    """The planner, to which every file is meant otherwise."""

    def planner(
        asked: Endpoint, there: ObservedEndpoint | None, ground: Ground, intent: Intent
    ) -> Planned:
        return the_planner(asked, there, ground, replace(intent, **otherwise))  # type: ignore[arg-type]

    return planner


def obliging(
    asked: Endpoint, there: ObservedEndpoint | None, ground: Ground, intent: Intent
) -> Planned:
    """Does what it can, and says nothing of the rest."""
    return replace(the_planner(asked, there, ground, intent), obstacles=())


def fitting(**otherwise: object) -> Planner:
    """The planner, to which every file says otherwise."""

    def planner(
        asked: Endpoint, there: ObservedEndpoint | None, ground: Ground, intent: Intent
    ) -> Planned:
        ones = tuple(replace(each, **otherwise) for each in asked.deployments)  # type: ignore[arg-type]
        altered = replace(asked, deployments=ones, **otherwise)  # type: ignore[arg-type]
        return the_planner(altered, there, ground, intent)

    return planner


def without_memory(there: ObservedEndpoint) -> ObservedEndpoint:
    return replace(there, deployments=tuple(replace(each, said={}) for each in there.deployments))


def losing_names(
    asked: Endpoint, there: ObservedEndpoint | None, ground: Ground, intent: Intent
) -> Planned:
    """Takes every name literally, as if nothing had ever been replaced."""
    fitted = fit.adapt(asked, there and replace(there, kept={}), intent)
    return draw_up(Sight(asked=asked, wanted=fitted, there=there, ground=ground), intent)


def deleting_what_serves(steps: Steps) -> Steps:
    served = [step for step in steps if isinstance(step, SetTraffic)]
    return [
        *steps,
        *(
            DeleteDeployment(
                reason="", after=(step.key,), endpoint_name="houses", deployment_name=name
            )
            for step in served
            for name in step.traffic
        ),
    ]


def scaling_instead(steps: Steps) -> Iterable[Step]:
    for step in steps:
        if isinstance(step, UpdateDeployment):
            yield ScaleDeployment(
                reason=step.reason,
                after=step.after,
                endpoint_name=step.endpoint_name,
                deployment=step.deployment,
            )
        else:
            yield step


def healthy(there: ObservedEndpoint) -> ObservedEndpoint:
    return replace(
        there, deployments=tuple(replace(each, trouble=None) for each in there.deployments)
    )


BUGS: dict[str, Planner] = {
    "traffic before anything else": first(SetTraffic),
    "traffic does not wait for deployments": not_waiting((SetTraffic,), CHANGES),
    "traffic does not wait for the endpoint": not_waiting((SetTraffic,), (UpdateEndpoint,)),
    "deletions before anything else": first(DeleteDeployment),
    "deletions do not wait for traffic": not_waiting((DeleteDeployment,), (SetTraffic,)),
    "deployments before their endpoint": first(*CHANGES),
    "deployments do not wait for their endpoint": not_waiting(
        CHANGES, (CreateEndpoint, UpdateEndpoint)
    ),
    "deployments do not wait for their models": not_waiting(CHANGES, (RegisterModel,)),
    "deployments do not wait for their code": not_waiting(CHANGES, (RegisterCode,)),
    "deployments do not wait for environments": not_waiting(CHANGES, (RegisterEnvironment,)),
    "nothing is registered": without(*REGISTRATIONS),
    "everything is registered anew": told(lambda ground: replace(ground, registered=frozenset())),
    "nothing is deleted": without(DeleteDeployment),
    "traffic is forgotten": without(SetTraffic),
    "the endpoint is not updated": without(UpdateEndpoint),
    **{
        f"the {aspect} of a deployment is not compared": forgetting(aspect)
        for aspect in ("model", "code", "environment", "environment_variables", "scale_settings")
    },
    "what serves is deleted": altering(deleting_what_serves),
    "more than the scale is scaled": altering(scaling_instead),
    "a deployment that is down is overlooked": seeing(healthy),
    "a failed write of the endpoint is overlooked": seeing(
        lambda there: replace(there, trouble=None)
    ),
    "traffic that is there is not seen": seeing(lambda there: replace(there, traffic={})),
    "what cannot be changed is": told(lambda ground: replace(ground, fixed=frozenset())),
    "what lasts is changed": seeing(lambda there: replace(there, lasting={})),
    "what cannot be done is kept quiet": obliging,
    "all deployments are changed, not only some": meaning(only=None),
    "create changes what is there": meaning(create=False),
    "what others have set is removed": fitting(edited=True),
    "what the file says no longer stays": seeing(without_memory),
    "history is forgotten": meaning(provenance=None),
    "a name loses its twin": losing_names,
}


BUGS_OF_REPLACEMENT: dict[str, Planner] = {
    "nothing is replaced": meaning(replaced=()),
    "what has taken another's place is not noted": without(Keep),
    "a deletion does not wait for the note": not_waiting((DeleteDeployment,), (Keep,)),
}


@pytest.mark.parametrize("bug", BUGS)
def test_the_proof_finds_that(bug: str) -> None:
    assert found(BUGS[bug])


@pytest.mark.parametrize("bug", BUGS_OF_REPLACEMENT)
def test_where_something_is_replaced_the_proof_finds_that(bug: str) -> None:
    assert found(BUGS_OF_REPLACEMENT[bug], ["replace"])


def test_the_planner_without_a_bug_is_not_found_guilty() -> None:
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        found(altering(list))
