"""A plan as a text for people and as data for programs."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from azext_ml_endpoint.document.model import Endpoint
from azext_ml_endpoint.plan import picture
from azext_ml_endpoint.plan.fit import EITHER
from azext_ml_endpoint.plan.ground import Ground
from azext_ml_endpoint.plan.observed import ObservedEndpoint
from azext_ml_endpoint.plan.planned import Planned
from tests.fakes.builders import (
    EVERY_ASPECT,
    deployment,
    endpoint,
    observed,
    observed_deployment,
    planned,
    reference,
)

BLUE = deployment("blue", environment=reference("python"))
SEEN = observed(observed_deployment(BLUE), traffic={"blue": 100})


def plan(asked: Endpoint, there: ObservedEndpoint | None = SEEN, **known: Any) -> Planned:
    """known: more of what is known of the ground."""
    ground = Ground(
        registered=frozenset({"model-1"}),
        honours=EVERY_ASPECT,
        fixed=frozenset({"instance_type"}),
        **known,
    )
    return planned(asked, there, ground, EITHER)


def test_every_step_has_its_sign_its_reason_and_its_changes() -> None:
    wanted = endpoint(
        replace(BLUE, name="green", model=None, scoring_script="a\nb"),
        tags={"a": "b"},
        traffic={"green": 100},
    )
    made = plan(wanted, uploads={"code code-1": 2048})
    assert picture.text(made, colour=False).splitlines() == [
        "Plan for endpoint houses",
        "  + register code onlinescoring: its content is new (uploads up to 2.0 KiB)",
        "  ~ update endpoint houses: tags changed",
        "      tags.a: b",
        "  + create deployment green: it does not exist",
        "      code: onlinescoring (code-1)",
        '      scoring_script: "a\\nb"',
        "      environment: python:1",
        "  ~ set traffic to green 100 %: it is blue 100 %",
        "      traffic.blue: 100 → (none)",
        "      traffic.green: 100",
        "  - delete deployment blue: the file does not have it",
        "  = reused: environment python:1",
        "  1 to create, 1 to update, 1 to delete, traffic to set, up to 2.0 KiB to upload.",
    ]


def test_nothing_to_do_is_one_line() -> None:
    assert picture.text(plan(endpoint(BLUE)), colour=True) == "houses: nothing to do"


def test_what_is_in_the_way_is_told_with_what_would_have_to_change() -> None:
    there = observed(observed_deployment(replace(BLUE, instance_type="small")))
    made = plan(endpoint(replace(BLUE, instance_type="big")), there)
    text = picture.text(made, colour=False)
    assert "  ! The instance_type of deployment blue" in text
    assert "      instance_type: small → big\n" in text
    assert text.endswith("  1 in the way.")


def test_colours_are_for_those_who_want_them_and_change_no_word() -> None:
    made = plan(endpoint(replace(BLUE, name="green"), traffic={"green": 100}))
    plain, coloured = (picture.text(made, colour=each) for each in (False, True))
    assert "\x1b[32m  + create deployment green\x1b[0m" in coloured
    assert "\x1b[31m  - delete deployment blue\x1b[0m" in coloured
    assert "\x1b" not in plain
    for code in ("32", "33", "31", "2", "1", "0"):
        coloured = coloured.replace(f"\x1b[{code}m", "")
    assert coloured == plain


@pytest.mark.parametrize("colour", [True, False])
def test_foreign_text_in_it_is_harmless(colour: bool) -> None:
    evil = "\x1b[2J\u202e"
    asked = endpoint(replace(BLUE, name=evil, description=evil, tags={evil: evil}), name=evil)
    text = picture.text(plan(asked), colour=colour)
    assert "\x1b[2J" not in text and "\u202e" not in text and r"\x1b[2J" in text


def test_data_say_the_same_as_the_text() -> None:
    made = plan(endpoint(BLUE, tags={"a": "b"}))
    data = json.loads(json.dumps(picture.data(made)))
    assert data == {
        "endpoint": "houses",
        "has_changes": True,
        "steps": [
            {
                "key": "endpoint",
                "action": "update",
                "kind": "endpoint",
                "title": "update endpoint houses",
                "reason": "tags changed",
                "after": [],
                "changes": [{"path": "tags.a", "old": None, "new": "b", "dropped": False}],
                "upload_bytes": 0,
            }
        ],
        "obstacles": [],
        "reused": ["model prices:1", "code onlinescoring", "environment python:1"],
        "upload_bytes": 0,
        "effective": {},
        "summary": {"create": 0, "update": 1, "scale": 0, "delete": 0},
    }


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (5 * 1024**3, "5.0 GiB")],
)
def test_sizes_are_told_in_round_numbers(count: int, text: str) -> None:
    assert picture.size(count) == text
