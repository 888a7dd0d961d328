"""What a step changes, with the document's names, and without values of secrets."""

from __future__ import annotations

from typing import Any

from azext_ml_endpoint.document.model import Deployment, RequestSettings, ScaleSettings
from azext_ml_endpoint.plan import changes
from azext_ml_endpoint.plan.changes import Change
from azext_ml_endpoint.plan.observed import ObservedDeployment
from azext_ml_endpoint.plan.steps import (
    CreateDeployment,
    CreateEndpoint,
    DeleteDeployment,
    SetTraffic,
    Step,
    UpdateDeployment,
    UpdateEndpoint,
)
from tests.fakes.builders import (
    EVERY_ASPECT,
    code,
    deployment,
    endpoint,
    observed,
    observed_deployment,
)

HASH = "7f430c06b23e" + "0" * 52


def of(step: Step, *there: ObservedDeployment, **endpoint_is: Any) -> list[Change]:
    return list(changes.of(step, observed(*there, **endpoint_is), EVERY_ASPECT))


def updated(wanted: Deployment, there: Deployment, **changed: Any) -> list[Change]:
    step = UpdateDeployment(reason="", endpoint_name="houses", deployment=wanted)
    return of(step, observed_deployment(there, **changed))


def test_entries_of_mappings_are_told_one_by_one() -> None:
    step = UpdateEndpoint(reason="", endpoint=endpoint(tags={"a": "2", "b": "3"}))
    assert of(step, tags={"a": "1", "c": "4"}) == [
        Change("tags.a", "1", "2"),
        Change("tags.b", None, "3"),
    ]


def test_what_is_said_no_longer_goes_back_to_what_the_service_has() -> None:
    gone = frozenset({"tags.c", "description"})
    step = UpdateEndpoint(reason="", endpoint=endpoint(tags={"a": "1"}, dropped=gone))
    assert of(step, tags={"a": "1", "c": "4"}, description="old") == [
        Change("description", "old", None, dropped=True),
        Change("tags.c", "4", None),
    ]
    slow = deployment(request_settings=RequestSettings(request_timeout_ms=60_000))
    wanted = deployment(dropped=frozenset({"request_settings.request_timeout_ms"}))
    assert updated(wanted, slow) == [
        Change("deployments[blue].request_settings.request_timeout_ms", 60_000, None, dropped=True)
    ]


def test_what_the_document_does_not_speak_of_is_not_told() -> None:
    there = deployment(
        description="theirs",
        tags={"theirs": "x"},
        request_settings=RequestSettings(request_timeout_ms=1),
    )
    wanted = deployment(tags={"ours": "y"}, request_settings=RequestSettings(max_queue_wait_ms=0))
    assert updated(wanted, there) == [Change("deployments[blue].tags.ours", None, "y")]


def test_settings_and_no_settings_differ_in_each_setting() -> None:
    wanted = deployment(scale_settings=ScaleSettings(scale_type="manual", instance_count=2))
    assert updated(wanted, deployment()) == [
        Change("deployments[blue].scale_settings.scale_type", None, "manual"),
        Change("deployments[blue].scale_settings.instance_count", None, 2),
    ]


def test_an_asset_is_told_by_its_name_and_the_beginning_of_its_digest() -> None:
    assert updated(deployment(code=code(HASH)), deployment()) == [
        Change("deployments[blue].code", "onlinescoring (code-1)", "onlinescoring (7f430c06b23e)")
    ]
    registered = "/subscriptions/s/resourceGroups/g/workspaces/w/codes/abc/versions/1"
    (change,) = updated(deployment(code=code(HASH)), deployment(), code=registered)
    assert change.old == "abc:1"
    assert changes.described(f"{HASH}/prices:2") == "prices:2 (7f430c06b23e)"
    assert changes.described(HASH) == "7f430c06b23e"
    assert changes.described("python:3.11") == "python:3.11"


def test_a_secret_of_either_side_is_masked_and_nothing_else() -> None:
    variables = {"KEY": "new", "OLD": "x", "LEVEL": "debug"}
    wanted = deployment(environment_variables=variables, secrets=frozenset({"KEY"}))
    before = deployment(environment_variables={"KEY": "old", "OLD": "y", "LEVEL": "info"})
    there = observed_deployment(before)
    there = ObservedDeployment(**{**vars(there), "secrets": frozenset({"OLD"})})
    step = UpdateDeployment(reason="", endpoint_name="houses", deployment=wanted)
    place = "deployments[blue].environment_variables"
    assert of(step, there) == [
        Change(f"{place}.KEY", "********", "********"),
        Change(f"{place}.OLD", "********", "********"),
        Change(f"{place}.LEVEL", "info", "debug"),
    ]


def test_a_new_secret_is_told_as_new() -> None:
    wanted = deployment(environment_variables={"KEY": "new"}, secrets=frozenset({"KEY"}))
    (change,) = updated(wanted, deployment())
    assert (change.old, change.new) == (None, "********")


def test_what_is_created_is_told_as_far_as_it_is_said() -> None:
    step = CreateDeployment(reason="", endpoint_name="houses", deployment=Deployment(name="blue"))
    assert of(step) == []
    made = CreateEndpoint(reason="", endpoint=endpoint(description="by the sea"))
    assert changes.of(made, None, EVERY_ASPECT) == (
        Change("kind", None, "managed"),
        Change("description", None, "by the sea"),
    )


def test_traffic_is_told_by_share_and_zeroes_are_none() -> None:
    step = SetTraffic(reason="", endpoint_name="houses", traffic={"blue": 0, "green": 100})
    assert of(step, traffic={"blue": 100}) == [
        Change("traffic.blue", 100, None),
        Change("traffic.green", None, 100),
    ]


def test_aspects_that_do_not_count_and_deletions_have_no_changes() -> None:
    wanted = deployment(description="new")
    step = UpdateDeployment(reason="", endpoint_name="houses", deployment=wanted)
    there = observed(observed_deployment(deployment()))
    assert changes.of(step, there, frozenset({"code"})) == ()
    gone = DeleteDeployment(reason="", endpoint_name="houses", deployment_name="blue")
    assert of(gone, observed_deployment(deployment())) == []
