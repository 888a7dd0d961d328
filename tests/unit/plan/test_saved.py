"""A plan in a file is carried out only while it would be the same, and has no secrets in it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from azext_ml_endpoint.document.model import Deployment
from azext_ml_endpoint.errors import ConflictError, UsageError
from azext_ml_endpoint.plan import saved
from azext_ml_endpoint.plan.fit import EITHER
from azext_ml_endpoint.plan.ground import Ground
from azext_ml_endpoint.plan.planned import Planned
from azext_ml_endpoint.plan.saved import Origin, Saved
from tests.fakes.builders import (
    EVERY_ASPECT,
    deployment,
    endpoint,
    observed,
    observed_deployment,
    planned,
)

BLUE = deployment("blue")
ORIGIN = Origin(
    asked=("/work",),
    files={"/work/endpoint.yml": "abc", "/work/blue.yml": "def"},
    settings=("a=b",),
    traffic={"blue": 100},
    replaced=("x",),
    place={
        "local": True,
        "runtime": None,
        "resource_group": None,
        "workspace": None,
        "simulate": True,
        "gpus": "all",
        "platform": None,
    },
)


def plan(wanted: Deployment, there: Deployment, **changes: Any) -> Planned:
    asked, present = endpoint(wanted), observed(observed_deployment(there), **changes)
    ground = Ground(registered=frozenset(), honours=EVERY_ASPECT)
    return planned(asked, present, ground, EITHER)


def reread(made: Planned) -> Saved:
    return saved.read(saved.text(ORIGIN, made), "plan.json")


def test_what_was_asked_for_is_read_again() -> None:
    assert reread(plan(BLUE, BLUE)).origin == ORIGIN


def test_an_earlier_version_asked_for_no_simulation() -> None:
    said = json.loads(saved.text(ORIGIN, plan(BLUE, BLUE)))
    del said["origin"]["place"]["simulate"]
    assert saved.read(json.dumps(said), "plan.json").origin.place["simulate"] is None


def test_the_same_plan_may_be_carried_out() -> None:
    changed = replace(BLUE, description="new", environment_variables={"A": "b"})
    saved.require_same(reread(plan(changed, BLUE)), plan(changed, BLUE))


def test_what_has_changed_since_is_named() -> None:
    then = reread(plan(replace(BLUE, description="new"), BLUE, traffic={"blue": 100}))
    other = plan(replace(BLUE, description="newer"), BLUE, traffic={"blue": 100})
    with pytest.raises(
        ConflictError, match=r"file describes .*: deployments\[blue\].description\."
    ):
        saved.require_same(then, other)
    moved = plan(replace(BLUE, description="new"), BLUE, traffic={"blue": 90})
    with pytest.raises(ConflictError, match=r"Endpoint houses has changed .*: traffic\."):
        saved.require_same(then, moved)


def test_an_endpoint_that_has_come_or_gone_is_another_world() -> None:
    with_one, without = plan(BLUE, BLUE), replace(plan(BLUE, BLUE), there=None)
    with pytest.raises(ConflictError, match=r"Endpoint houses has changed .*: it is gone\. "):
        saved.require_same(reread(with_one), without)
    with pytest.raises(ConflictError, match=r"Endpoint houses has changed .*: it exists by now\. "):
        saved.require_same(reread(without), with_one)
    saved.require_same(reread(without), without)


def test_a_deployment_that_has_come_or_gone_is_named_without_its_fields() -> None:
    one = plan(BLUE, BLUE)
    green = observed_deployment(deployment("green"))
    two = replace(one, there=observed(observed_deployment(BLUE), green))
    for before, after in ((one, two), (two, one)):
        with pytest.raises(ConflictError, match=r"planned: deployments\[green\]\. Nothing"):
            saved.require_same(reread(before), after)


def test_an_edited_file_is_another_one() -> None:
    then = reread(plan(BLUE, BLUE))
    files = dict(ORIGIN.files)
    saved.require_same_files(then, files)
    with pytest.raises(ConflictError, match=r"^/work/endpoint\.yml has changed"):
        saved.require_same_files(then, {**files, "/work/endpoint.yml": "abd"})
    with pytest.raises(ConflictError, match=r"^/work/green\.yml has changed"):
        saved.require_same_files(then, {**files, "/work/green.yml": "123"})
    with pytest.raises(ConflictError, match=r"endpoint\.yml, /work/blue\.yml have changed"):
        saved.require_same_files(then, {})


def test_a_secret_is_not_in_the_file_not_even_as_a_digest() -> None:
    def with_key(value: str, secrets: frozenset[str] = frozenset({"KEY"})) -> Deployment:
        return replace(BLUE, environment_variables={"KEY": value}, secrets=secrets)

    one, other = (saved.text(ORIGIN, plan(with_key(each), with_key("old"))) for each in "ab")
    assert one == other
    open_one = saved.text(ORIGIN, plan(with_key("canary"), with_key("bygone", frozenset())))
    assert "canary" not in open_one
    assert "bygone" not in open_one


@pytest.mark.parametrize("content", ["", "no", "[]", "{}", '{"format": 1}', '{"format": 7}'])
def test_what_is_no_saved_plan_is_refused_by_its_name(content: str) -> None:
    with pytest.raises(UsageError, match=r"plan\.json is"):
        saved.read(content, "plan.json")
