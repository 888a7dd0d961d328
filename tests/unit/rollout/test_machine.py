from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_ml_endpoint.rollout.machine import At, first, following, reachable, split

STEPS = (10, 50, 100)

names = st.sampled_from(["blue", "red", "white", "green"])
splits = st.dictionaries(names, st.integers(0, 100), min_size=1)


def course(at: At, steps: tuple[int, ...] = STEPS, broken_at: At | None = None) -> list[At]:
    seen: list[At] = []
    following_one: At | None = at
    while following_one:
        seen.append(following_one)
        following_one = following(seen[-1], steps, sound=seen[-1] != broken_at)
    return seen


def test_a_new_deployment_is_proven_then_gets_more_and_more() -> None:
    assert course(first(0)) == [
        At("deploy", 0),
        At("prove", 0),
        At("move", 10),
        At("watch", 10),
        At("move", 50),
        At("watch", 50),
        At("move", 100),
        At("watch", 100),
        At("finish", 100),
    ]


def test_what_was_interrupted_is_watched_again_at_its_step() -> None:
    assert course(first(50)) == [
        At("watch", 50),
        At("move", 100),
        At("watch", 100),
        At("finish", 100),
    ]


@pytest.mark.parametrize("at", course(first(0))[:-1])
def test_whatever_breaks_is_reverted_and_that_is_the_end(at: At) -> None:
    assert course(first(0), broken_at=at)[-2:] == [at, At("revert", 0)]


def test_the_others_keep_their_proportions() -> None:
    assert split({"blue": 60, "red": 30, "green": 10}, "green", 40) == {
        "blue": 40,
        "red": 20,
        "green": 40,
    }


@given(splits, names, st.integers(1, 100))
def test_a_split_always_adds_up(origin: dict[str, int], to: str, share: int) -> None:
    found = split(origin, to, share)
    assert sum(found.values()) == 100
    assert min(found.values()) > 0
    assert set(found) <= {name for name, part in origin.items() if part} | {to}


@given(splits, names, st.integers(1, 99))
def test_no_other_deployment_is_off_by_one_percent(
    origin: dict[str, int], to: str, share: int
) -> None:
    others = {name: part for name, part in origin.items() if name != to and part}
    found = split(origin, to, share)
    for name, part in others.items():
        assert abs(found.get(name, 0) - (100 - share) * part / sum(others.values())) < 1


def test_where_nobody_has_traffic_there_is_one_step() -> None:
    assert reachable({}, "green", STEPS) == (100,)
    assert reachable({"green": 100}, "green", STEPS) == (100,)
    assert reachable({"blue": 100}, "green", STEPS) == STEPS
