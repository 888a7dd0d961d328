from __future__ import annotations

import pytest

from azext_ml_endpoint.local.keeping import DAY, Limits, Unused, expired, older

NOW = 1_000 * DAY


def unused(name: str, days: float, size: int = 10) -> Unused:
    return Unused(name, size, NOW - days * DAY)


def gone(limits: Limits, *there: Unused) -> list[str]:
    return [each.digest for each in expired(there, NOW, limits)]


def test_what_was_used_lately_stays() -> None:
    assert gone(Limits(), unused("a", 29), unused("b", 0)) == []


def test_what_is_older_than_the_limit_goes() -> None:
    assert gone(Limits(days=7, size=None), unused("a", 8), unused("b", 6)) == ["a"]
    assert gone(Limits(days=None, size=None), unused("a", 800)) == []


def test_of_too_many_the_oldest_go() -> None:
    limits = Limits(days=None, size=25)
    there = unused("a", 3), unused("b", 1), unused("c", 2)
    assert gone(limits, *there) == ["a"]
    assert gone(limits, unused("big", 0, size=26), unused("small", 1)) == ["big"]


def test_limits_of_nothing_keep_nothing() -> None:
    assert gone(Limits(days=None, size=0), unused("a", 0), unused("b", 0, size=0)) == ["a"]


@pytest.mark.parametrize(("days", "found"), [(None, ["a", "b"]), (5, ["a"]), (50, [])])
def test_older_than_counts_from_the_last_use(days: float | None, found: list[str]) -> None:
    there = [unused("a", 10), unused("b", 1)]
    seconds = None if days is None else days * DAY
    assert [each.digest for each in older(there, NOW, seconds)] == found
