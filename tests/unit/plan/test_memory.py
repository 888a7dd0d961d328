"""What is remembered of a document, and what comes of a key that it says no longer."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from azext_ml_endpoint.document.model import Deployment, Probe, RequestSettings, ScaleSettings
from azext_ml_endpoint.plan import memory
from azext_ml_endpoint.plan.aspects import aspects
from tests.fakes.builders import deployment, endpoint, observed, observed_deployment

SLOW = RequestSettings(request_timeout_ms=60_000)
TIMEOUT = "request_settings.request_timeout_ms"


def said(wanted: Deployment) -> dict[str, Any]:
    return memory.of_deployment(aspects(wanted))


def dropped(wanted: Deployment, there: Deployment, **known: Any) -> frozenset[str]:
    seen = replace(observed_deployment(there), **known)
    return memory.recalled_deployment(wanted, seen).dropped


def test_keys_are_remembered_and_values_only_where_they_are_numbers() -> None:
    wanted = Deployment(
        name="blue",
        description="secret plans",
        tags={"team": "houses"},
        environment_variables={"KEY": "planted"},
        request_settings=SLOW,
        app_insights_enabled=True,
    )
    assert said(wanted) == {
        "description": None,
        "tags.team": None,
        TIMEOUT: 60_000,
        "app_insights_enabled": True,
    }


@pytest.mark.parametrize(
    "settings",
    [
        ScaleSettings(scale_type="manual", instance_count=3),
        ScaleSettings(scale_type="manual"),
    ],
)
def test_how_many_instances_there_are_is_an_autoscalers_from_then_on(
    settings: ScaleSettings,
) -> None:
    assert said(Deployment(name="blue", scale_settings=settings)) == {}


def test_what_was_said_and_is_no_longer_is_dropped_and_nothing_else() -> None:
    there = deployment(request_settings=SLOW, description="theirs")
    assert dropped(deployment(), there) == frozenset()
    assert dropped(deployment(), there, said={TIMEOUT: 60_000}) == {TIMEOUT}
    assert dropped(deployment(request_settings=SLOW), there, said={TIMEOUT: 60_000}) == frozenset()


def test_what_is_there_by_itself_already_is_not_taken_away() -> None:
    usual = deployment(
        request_settings=RequestSettings(request_timeout_ms=5000), liveness_probe=Probe(period=10)
    )
    remembered = {TIMEOUT: 5000, "liveness_probe.period": 10}
    assert dropped(deployment(), usual, said=remembered) == frozenset()
    templated = replace(usual, environment=None)
    wanted = replace(deployment(), environment=None)
    assert dropped(wanted, templated, said=remembered) == set(remembered)


def test_an_edit_takes_away_all_that_it_leaves_out() -> None:
    there = deployment(request_settings=SLOW, description="theirs", tags={"a": "b"})
    edited = deployment(edited=True)
    assert dropped(edited, there) == {TIMEOUT, "description", "tags.a"}


def test_an_edit_is_no_document_and_adds_nothing_to_what_is_remembered() -> None:
    edited = deployment(request_settings=SLOW, description="new", edited=True)
    assert memory.next_of_deployment(edited, {TIMEOUT: 5000}) == {TIMEOUT: 60_000}
    assert set(memory.next_of_deployment(replace(edited, edited=False), {})) >= {"description"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, {}),
        ('{"description":null}', {"description": None}),
        ('["team","a"]', {"tags.team": None, "tags.a": None}),
        ("not JSON", {}),
        ("3", {}),
        ("[" * 100_000, {}),
    ],
)
def test_what_somebody_has_edited_is_forgotten(text: str | None, expected: dict[str, Any]) -> None:
    assert memory.read(text) == expected


def test_it_has_a_limit() -> None:
    assert memory.text({"a": 1}, 7) == '{"a":1}'
    assert memory.text({"a": 1}, 6) is None
    assert memory.text({}, 100) is None


def test_an_endpoint_remembers_tags_and_description_and_forgets_what_earlier_versions_kept() -> (
    None
):
    wanted = endpoint(tags={"team": "x"}, description="new")
    there = observed(description="old", kept={"ml-endpoint.tags": '["team"]'})
    changes = memory.next_of_endpoint(wanted, there, 256)
    assert set(json.loads(changes["ml-endpoint.said"] or "")) == {"description", "tags.team"}
    assert changes["ml-endpoint.tags"] is None


def test_a_description_that_was_sent_in_vain_is_known() -> None:
    wanted, there = endpoint(description="new"), observed(description="old")
    said = memory.next_of_endpoint(wanted, there, 256)["ml-endpoint.said"]
    later = replace(there, kept={"ml-endpoint.said": said or ""})
    assert memory.is_ignored(wanted, later)
    assert not memory.is_ignored(wanted, there)
    assert not memory.is_ignored(endpoint(description="newer"), later)
    another = observed(description="another", kept=later.kept)
    assert not memory.is_ignored(wanted, another)


def test_what_is_simulated_is_no_documents_and_stays() -> None:
    wanted = replace(endpoint(tags={"team": "x"}), simulate=True)
    changes = memory.next_of_endpoint(wanted, None, 256)
    assert set(json.loads(changes["ml-endpoint.said"] or "")) == {"tags.team"}
