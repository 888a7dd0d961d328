"""Deployments that receive no traffic: which of them nobody needs, and why others stay.

An endpoint that has no traffic at all keeps everything: it may be about to get some, and whoever
calls its deployments by name leaves no trace here. What has served until a moment ago, as the
endpoint's history tells, is as young as what was changed a moment ago: one may want it back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from azext_ml_endpoint.plan import history, under_way
from azext_ml_endpoint.plan.observed import ProvisioningState

_AT_REST = frozenset({"Succeeded", "Failed", "Canceled"})


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """A deployment that is there. ``share`` and ``mirrored`` are percent of the requests.

    changed: when it was last created or changed, with a time zone; None where nobody knows.
    """

    name: str
    state: ProvisioningState
    share: int = 0
    mirrored: int = 0
    created: datetime | None = None
    changed: datetime | None = None
    instance_type: str | None = None
    instances: int | None = None


@dataclass(frozen=True)
class Tenancy:
    """All deployments of an endpoint, and what the tool keeps on the endpoint."""

    tenants: tuple[Tenant, ...]
    kept: Mapping[str, str]


@dataclass(frozen=True)
class Verdict:
    """``stays``: why it is not removed; None where it may be.

    since: when it was last changed, or served; None where nobody knows.
    """

    tenant: Tenant
    since: datetime | None
    stays: str | None


def instant(text: str | None) -> datetime | None:
    """Of RFC 3339 in UTC, to the second; services write more digits than Python reads."""
    try:
        return datetime.fromisoformat(text[:19]).replace(tzinfo=timezone.utc) if text else None
    except ValueError:
        return None


def judged(there: Tenancy, now: datetime, older_than: timedelta | None) -> list[Verdict]:
    """Of each deployment at 0 %, in the order they are listed."""
    idle = [each for each in there.tenants if not each.share]
    shared = _shared_reason(there.tenants, there.kept)
    since = [_since(each, there.kept) for each in idle]
    return [
        Verdict(each, when, shared or _reason(each, now - when if when else None, older_than))
        for each, when in zip(idle, since, strict=True)
    ]


def _since(tenant: Tenant, kept: Mapping[str, str]) -> datetime | None:
    known = [moment for moment in (tenant.changed, _served(tenant.name, kept)) if moment]
    return max(known, default=None)


def _served(name: str, kept: Mapping[str, str]) -> datetime | None:
    """When the split was changed in which it served last; None where no such one is known."""
    ended: str | None = None
    for entry in history.entries(kept):
        if (entry.split or {}).get(name):
            return instant(ended or entry.when)
        ended = entry.when
    return None


def _shared_reason(tenants: Iterable[Tenant], kept: Mapping[str, str]) -> str | None:
    """Also a rollout whose tag nobody can read is one."""
    if under_way.TAG in kept:
        return f"{under_way.read(kept) or 'a rollout'} is under way"
    if not any(each.share for each in tenants):
        return "no deployment of the endpoint receives traffic"
    return None


def _reason(tenant: Tenant, age: timedelta | None, older_than: timedelta | None) -> str | None:
    if tenant.state not in _AT_REST:
        return f"it is {tenant.state}"
    if tenant.mirrored:
        return f"it receives a copy of {tenant.mirrored} % of the requests"
    if older_than is None or (age is not None and age > older_than):
        return None
    return "its age is unknown" if age is None else "it was changed, or served, more recently"
