from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from azext_ml_endpoint.plan.idle import Tenancy, Tenant, instant, judged
from azext_ml_endpoint.plan.under_way import TAG

NOW = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)
BLUE = Tenant(name="blue", state="Succeeded", share=100)


def green(**changes: Any) -> Tenant:
    known = {"name": "green", "state": "Succeeded", "changed": NOW - timedelta(days=8)}
    return Tenant(**{**known, **changes})


def verdicts(
    *tenants: Tenant, older_than: timedelta | None = None, rollout: str | None = None
) -> dict[str, Any]:
    """rollout: what the tag of one says."""
    there = Tenancy(tenants, {TAG: rollout} if rollout else {})
    return {each.tenant.name: each.stays for each in judged(there, NOW, older_than)}


def test_what_serves_is_not_listed() -> None:
    assert verdicts(BLUE, green()) == {"green": None}


@pytest.mark.parametrize("state", ["Failed", "Canceled"])
def test_what_failed_may_go(state: str) -> None:
    assert verdicts(BLUE, green(state=state)) == {"green": None}


@pytest.mark.parametrize("state", ["Creating", "Updating", "Scaling", "Deleting"])
def test_what_is_on_its_way_stays(state: str) -> None:
    assert verdicts(BLUE, green(state=state)) == {"green": f"it is {state}"}


@pytest.mark.parametrize(
    ("older_than", "stays"),
    [(timedelta(days=7), None), (timedelta(days=8), "it was changed, or served, more recently")],
)
def test_only_what_is_older_goes(older_than: timedelta, stays: str | None) -> None:
    assert verdicts(BLUE, green(), older_than=older_than) == {"green": stays}


@pytest.mark.parametrize(("days", "goes"), [(3, True), (1, False)])
def test_what_served_a_moment_ago_is_young(days: int, goes: bool) -> None:
    """Blue got green's traffic ``days`` days ago, and all of it has stayed so."""
    moved = (NOW - timedelta(days=days)).isoformat()
    began = (NOW - timedelta(days=30)).isoformat()
    kept = {
        "ml-endpoint.history.1": json.dumps({"at": began, "to": {"green": 100}}),
        "ml-endpoint.history.2": json.dumps({"at": moved, "to": {"blue": 100}}),
    }
    old = green(changed=NOW - timedelta(days=30))
    (verdict,) = judged(Tenancy((BLUE, old), kept), NOW, timedelta(days=2))
    assert verdict.since == NOW - timedelta(days=days)
    assert (verdict.stays is None) == goes


def test_an_unknown_age_is_no_reason_unless_it_matters() -> None:
    unknown = green(changed=None)
    assert verdicts(BLUE, unknown) == {"green": None}
    assert verdicts(BLUE, unknown, older_than=timedelta(0)) == {"green": "its age is unknown"}


def test_a_rollout_whose_state_nobody_can_read_is_one_too() -> None:
    assert verdicts(BLUE, green(), rollout="?") == {"green": "a rollout is under way"}


def test_the_last_one_stays() -> None:
    alone = verdicts(green())
    assert alone == {"green": "no deployment of the endpoint receives traffic"}


@pytest.mark.parametrize(
    "text",
    ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.1234567Z", "2026-01-31T12:00:00+00:00"],
)
def test_times_are_read_in_every_precision(text: str) -> None:
    assert instant(text) == NOW


@pytest.mark.parametrize("text", [None, "", "yesterday"])
def test_what_is_no_time_is_unknown(text: str | None) -> None:
    assert instant(text) is None
