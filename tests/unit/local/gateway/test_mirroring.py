"""Which requests another deployment gets as well, and how much of them is held meanwhile."""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext
from itertools import islice
from typing import Any

import pytest

from azext_ml_endpoint.local.gateway import mirroring
from azext_ml_endpoint.local.gateway.mirroring import Copy, Mirrors, chosen
from azext_ml_endpoint.local.gateway.place import Place
from azext_ml_endpoint.local.gateway.routing import points
from azext_ml_endpoint.local.gateway.upstream import Asked

MOST = mirroring._MOST_HELD


@pytest.mark.parametrize("first", [0.0, 0.3, 0.999999])
def test_of_ten_thousand_requests_as_many_are_mirrored_as_the_share_says(first: float) -> None:
    counted = Counter(chosen({"green": 10}, each) for each in islice(points(first), 10_000))
    assert counted["green"] == pytest.approx(1000, abs=10)
    assert counted[None] == 10_000 - counted["green"]


def test_several_have_their_shares_and_none_has_nothing() -> None:
    shares = {"green": 10, "red": 20, "idle": 0}
    assert [chosen(shares, each) for each in (0.0, 0.0999, 0.1, 0.29, 0.31, 0.99)] == [
        "green",
        "green",
        "red",
        "red",
        None,
        None,
    ]
    assert chosen({}, 0.0) is None


@pytest.fixture
def mirrors() -> Mirrors:
    nobody: Any = None
    return Mirrors(nobody, lambda _: nullcontext(), points)


def copy(mirrors: Mirrors) -> Copy:
    return Copy(Asked("POST", "/score", []), Place(50010), "green-1", mirrors)


def test_what_does_not_fit_is_not_kept_and_makes_room_again(mirrors: Mirrors) -> None:
    large, small = copy(mirrors), copy(mirrors)
    large.keep(b"x" * (MOST - 1))
    small.keep(b"12")
    assert small.kept is None
    assert mirrors.hold(1)
    mirrors.hold(-1)
    large.keep(b"12")
    assert large.kept is None
    assert mirrors.hold(MOST)


def test_a_copy_that_is_dropped_gives_back_what_it_held(mirrors: Mirrors) -> None:
    dropped = copy(mirrors)
    dropped.keep(b"x" * MOST)
    assert not mirrors.hold(1)
    dropped.drop()
    dropped.drop()
    assert mirrors.hold(MOST)


def test_a_copy_without_room_is_never_sent(mirrors: Mirrors) -> None:
    dropped = copy(mirrors)
    dropped.drop()
    mirrors.send(dropped)  # there is no loop that could send it
