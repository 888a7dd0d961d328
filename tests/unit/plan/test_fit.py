"""What a file means for what is there: names that mean twins, and whose tags stay."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from azext_ml_endpoint.document.model import Endpoint
from azext_ml_endpoint.errors import ConflictError, NotFoundError
from azext_ml_endpoint.plan import fit, own_tags
from azext_ml_endpoint.plan.fit import Intent
from azext_ml_endpoint.plan.ground import Ground
from azext_ml_endpoint.plan.history import Provenance
from azext_ml_endpoint.plan.observed import ObservedEndpoint
from azext_ml_endpoint.plan.planned import Planned, require_no_more
from azext_ml_endpoint.plan.steps import CreateDeployment, Keep, SetTraffic, UpdateEndpoint
from tests.fakes.builders import (
    EVERY_ASPECT,
    deployment,
    endpoint,
    observed,
    observed_deployment,
    planned,
)

BLUE, GREEN = deployment("blue"), deployment("green")
BIG = replace(BLUE, instance_type="big")
TAG = "ml-endpoint.twin.blue"


def there(*names: str, **changes: Any) -> ObservedEndpoint:
    deployed = (observed_deployment(replace(BLUE, name=name)) for name in names)
    return observed(*deployed, **changes)


def plan(asked: Endpoint, present: ObservedEndpoint | None, **intended: Any) -> Planned:
    intent = Intent(**intended)
    ground = Ground(
        registered=frozenset(),
        honours=EVERY_ASPECT,
        fixed=frozenset({"instance_type"}),
    )
    return planned(asked, present, ground, intent)


def keys(made: Planned) -> list[str]:
    return [step.key for step in made.plan if " " in step.key or step.key in ("traffic", "keep")]


def changing(made: Planned) -> list[str]:
    kinds = ("model ", "code ", "environment ")
    return [key for key in keys(made) if not key.startswith(kinds)]


# Twins


def test_a_twin_gets_the_traffic_and_the_old_one_goes() -> None:
    made = plan(endpoint(BIG), there("blue", traffic={"blue": 100}), replaced=("blue",))
    assert changing(made) == ["deployment blue-2", "traffic", "delete deployment blue"]
    (traffic,) = [step for step in made.plan if isinstance(step, SetTraffic)]
    assert traffic.traffic == {"blue-2": 100}
    assert traffic.kept[TAG] == "blue-2"
    reasons = {step.key: step.reason for step in made.plan}
    assert reasons["deployment blue-2"] == "it takes the place of blue"
    assert reasons["delete deployment blue"] == "blue-2 takes its place"
    assert made.deleted == []  # it was asked for


def test_what_the_file_says_of_the_traffic_is_said_of_the_twin() -> None:
    wanted = endpoint(BIG, GREEN, traffic={"blue": 30, "green": 70})
    made = plan(wanted, there("blue", "green", traffic={"green": 100}), replaced=("blue",))
    assert made.wanted.traffic == {"blue-2": 30, "green": 70}


def test_a_twin_without_traffic_is_kept_before_the_old_one_goes() -> None:
    made = plan(endpoint(BIG), there("blue"), replaced=("blue",))
    assert changing(made) == ["deployment blue-2", "keep", "delete deployment blue"]
    keep, gone = made.plan.steps[-2:]
    assert isinstance(keep, Keep)
    assert keep.kept == {TAG: "blue-2"}
    assert ("deployment blue-2" in keep.after, "keep" in gone.after) == (True, True)


def test_the_files_name_goes_on_meaning_the_twin() -> None:
    present = observed(
        observed_deployment(replace(BIG, name="blue-2")),
        kept={TAG: "blue-2"},
        traffic={"blue-2": 100},
    )
    assert plan(endpoint(BIG, traffic={"blue": 100}), present).plan.steps == ()


def test_a_name_that_means_nothing_there_any_more_is_the_files_own() -> None:
    made = plan(endpoint(BLUE), there("green", kept={TAG: "blue-2"}))
    assert changing(made) == ["deployment blue", "delete deployment green"]
    named = plan(
        endpoint(replace(BLUE, name="blue-2"), BLUE), there("blue-2", kept={TAG: "blue-2"})
    )
    assert changing(named) == ["deployment blue"]


def test_names_of_what_is_there_are_taken_as_they_are() -> None:
    present = there("blue-2", kept={TAG: "blue-2"})
    assert fit.adapt(endpoint(BLUE), present, Intent(live=True)).deployments == (BLUE,)


def test_the_twin_of_a_twin_has_the_first_name_again_or_another_number() -> None:
    present = there("blue-2", kept={TAG: "blue-2"}, traffic={"blue-2": 100})
    made = plan(endpoint(BIG), present, replaced=("blue",))
    assert changing(made) == ["deployment blue", "traffic", "delete deployment blue-2"]
    (traffic,) = [step for step in made.plan if isinstance(step, SetTraffic)]
    assert traffic.kept[TAG] is None
    taken = there("blue", "blue-2", traffic={"blue": 90, "blue-2": 10})
    named = endpoint(BIG, replace(BLUE, name="blue-2"))
    made = plan(named, taken, replaced=("blue",))
    assert made.wanted.traffic == {"blue-3": 90, "blue-2": 10}


def test_a_twin_that_a_run_has_left_is_used_but_not_what_could_not_be_changed() -> None:
    left = [observed_deployment(BLUE), observed_deployment(replace(BIG, name="blue-2"))]
    begun = observed(*left, traffic={"blue": 100})
    assert plan(endpoint(BIG), begun, replaced=("blue",)).wanted.traffic == {"blue-2": 100}
    switched = replace(begun, traffic={"blue-2": 100}, kept={TAG: "blue-2"})
    assert plan(endpoint(BIG), switched, replaced=("blue",)).wanted.traffic == {"blue-3": 100}


def test_a_twin_gets_no_name_that_an_old_note_would_take_for_it_at_once() -> None:
    stale = there("blue", kept={TAG: "blue-2"}, traffic={"blue": 100})
    assert plan(endpoint(BIG), stale, replaced=("blue",)).wanted.traffic == {"blue-3": 100}


def test_a_long_name_is_cut_so_that_the_number_fits() -> None:
    name = "b" * 32
    wanted = endpoint(replace(BIG, name=name))
    made = plan(wanted, there(name, traffic={name: 100}), replaced=(name,))
    assert [each.name for each in made.wanted.deployments] == ["b" * 30 + "-2"]


def test_several_can_be_replaced_at_once() -> None:
    wanted = endpoint(BIG, replace(GREEN, instance_type="big"))
    present = there("blue", "green", traffic={"blue": 50, "green": 50})
    made = plan(wanted, present, replaced=("blue", "green"))
    (traffic,) = [step for step in made.plan if isinstance(step, SetTraffic)]
    assert traffic.traffic == {"blue-2": 50, "green-2": 50}
    assert (made.deleted, made.obstacles) == ([], ())


@pytest.mark.parametrize("name", ["green", "purple"])
def test_what_file_or_endpoint_do_not_have_is_not_replaced(name: str) -> None:
    with pytest.raises(NotFoundError, match=name):
        plan(endpoint(BLUE, GREEN), there("blue"), replaced=(name,))


def test_without_a_twin_it_is_in_the_way_and_the_rest_is_planned() -> None:
    made = plan(endpoint(BIG, GREEN), there("blue"))
    assert changing(made) == ["deployment green"]
    assert [each.deployment for each in made.obstacles] == ["blue"]
    assert made.changes_anything
    with pytest.raises(ConflictError, match="instance_type of deployment blue"):
        made.require_possible()


# Tags


def applied(made: Planned) -> str | None:
    """What is noted of the tags of the file."""
    (step,) = [each for each in made.plan if isinstance(each, UpdateEndpoint)]
    return step.kept["ml-endpoint.said"]


def test_others_tags_stay_and_the_files_are_noted() -> None:
    made = plan(endpoint(BLUE, tags={"b": "1", "a": "2"}), there("blue", tags={"theirs": "x"}))
    (step,) = [each for each in made.plan if isinstance(each, UpdateEndpoint)]
    assert own_tags.changed({"theirs": "x"}, step.endpoint) == {"theirs": "x", "b": "1", "a": "2"}
    assert applied(made) == '{"tags.a":null,"tags.b":null}'


@pytest.mark.parametrize(
    ("tag", "text"), [("said", '{"description":null,"tags.a":null}'), ("tags", '["a"]')]
)
def test_a_tag_that_the_file_had_and_has_no_longer_goes(tag: str, text: str) -> None:
    present = there("blue", tags={"a": "1", "theirs": "x"}, kept={f"ml-endpoint.{tag}": text})
    made = plan(endpoint(BLUE), present)
    (step,) = [each for each in made.plan if isinstance(each, UpdateEndpoint)]
    assert step.reason == "tags changed"
    assert own_tags.changed(present.aspects["tags"], step.endpoint) == {"theirs": "x"}
    assert applied(made) is None
    assert [(each.path, each.old, each.new) for each in made.changes["endpoint"]] == [
        ("tags.a", "1", None)
    ]


def test_a_description_that_the_file_had_and_has_no_longer_goes() -> None:
    present = there("blue", description="old", kept={"ml-endpoint.said": '{"description":null}'})
    assert [step.reason for step in plan(endpoint(BLUE), present).plan] == ["description changed"]
    assert plan(endpoint(BLUE), there("blue", description="theirs")).plan.steps == ()


@pytest.mark.parametrize("kept", ["", "{", "3", "null", "[" * 200_000])
def test_where_it_is_not_known_whose_tags_they_are_they_stay(kept: str) -> None:
    present = there("blue", tags={"a": "1"}, kept={"ml-endpoint.said": kept})
    assert plan(endpoint(BLUE), present).plan.steps == ()


def test_names_that_no_tag_could_hold_are_not_noted() -> None:
    tags = {f"tag-{number:03}": "" for number in range(30)}
    assert applied(plan(endpoint(BLUE, tags=tags), there("blue"))) is None


def test_others_tags_of_a_deployment_stay() -> None:
    present = observed(observed_deployment(replace(BLUE, tags={"theirs": "x", "a": "1"})))
    made = plan(endpoint(replace(BLUE, tags={"a": "1"})), present)
    assert made.plan.steps == ()


def test_others_tags_of_a_twin_stay() -> None:
    twin = observed_deployment(replace(BLUE, name="blue-2", tags={"theirs": "x"}))
    assert plan(endpoint(BLUE), observed(twin, kept={TAG: "blue-2"})).plan.steps == ()


def test_a_twin_has_what_is_not_said_of_the_one_whose_place_it_takes() -> None:
    present = observed(
        observed_deployment(replace(BLUE, tags={"theirs": "x"})), traffic={"blue": 100}
    )
    made = plan(endpoint(BIG), present, replaced=("blue",))
    (create,) = [each for each in made.plan if isinstance(each, CreateDeployment)]
    assert (create.deployment.name, create.like) == ("blue-2", "blue")


def test_a_name_that_the_file_has_itself_means_no_twin() -> None:
    present = there("blue", "blue-2", kept={TAG: "blue-2"}, traffic={"blue": 100})
    named = endpoint(BIG, replace(BLUE, name="blue-2"))
    made = plan(named, present, replaced=("blue",))
    (create,) = [each for each in made.plan if isinstance(each, CreateDeployment)]
    assert (create.reason, create.like) == ("it takes the place of blue", "blue")


# The rest of what is kept and told


def test_who_sets_the_traffic_is_kept() -> None:
    known = Provenance(who="ann", when="2026-01-31T09:30:00Z")
    made = plan(endpoint(BLUE, traffic={"blue": 100}), there("blue"), provenance=known)
    (traffic,) = [step for step in made.plan if isinstance(step, SetTraffic)]
    assert '"by":"ann"' in str(traffic.kept["ml-endpoint.history.1"])


def test_more_deletions_than_were_told_are_refused() -> None:
    told = plan(endpoint(BLUE), there("blue", "old"))
    require_no_more(told, told)
    with pytest.raises(ConflictError, match="other would go too"):
        require_no_more(told, plan(endpoint(BLUE), there("blue", "old", "other")))
