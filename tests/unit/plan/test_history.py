from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from azext_ml_endpoint.plan import own_tags
from azext_ml_endpoint.plan.history import LONGEST, MOST, TAG, Provenance, entries, note, record
from azext_ml_endpoint.plan.observed import ObservedEndpoint
from azext_ml_endpoint.plan.steps import Keep, Plan, SetTraffic
from tests.fakes.builders import observed

ADA = Provenance(
    who="ada@example.com",
    when="2026-01-31T09:30:00Z",
    what="update",
    file_hash="0123456789abcdef" * 4,
    commit="fedcba9876543210" * 2 + "fedcba98",
)
BLUE = {"blue": 100}


def after(there: ObservedEndpoint, split: dict[str, int], **changes: Any) -> ObservedEndpoint:
    """What is there once the traffic has been set, and noted."""
    kept = own_tags.merged(there.kept, note(there, split, replace(ADA, **changes)))
    return replace(there, traffic=split, kept=kept)


def test_an_entry_says_who_when_what_and_from_which_file() -> None:
    [entry] = entries(after(observed(), {"blue": 90, "green": 10}).kept)
    assert (entry.who, entry.when, entry.what) == (ADA.who, ADA.when, "update")
    assert (entry.file_hash, entry.commit) == ("0123456789ab", "fedcba987654")
    assert entry.split == {"blue": 90, "green": 10}


def test_the_newest_comes_first_and_ten_are_kept() -> None:
    there = observed()
    for share in range(1, 25):
        there = after(there, {"blue": share, "green": 100 - share})
    assert [each.split and each.split["blue"] for each in entries(there.kept)] == [
        *range(24, 24 - MOST, -1)
    ]
    assert len(there.kept) == MOST


def test_a_split_that_something_else_has_set_is_noted_without_a_name() -> None:
    there = replace(after(observed(), BLUE), traffic={"red": 100})
    newest, found, oldest = entries(after(there, {"green": 100}).kept)
    assert (found.split, found.who) == ({"red": 100}, "")
    assert (newest.split, oldest.split) == ({"green": 100}, BLUE)


def test_shares_of_0_are_no_difference() -> None:
    there = replace(after(observed(), BLUE), traffic={"blue": 100, "green": 0})
    assert len(entries(after(there, {"green": 100, "blue": 0}).kept)) == 2


def test_without_anybody_nothing_is_noted() -> None:
    assert not note(observed(traffic=BLUE), BLUE, None)


def test_only_changes_of_traffic_are_noted_beside_what_they_keep_already() -> None:
    other = Keep(reason="asked for", endpoint_name="houses", kept={"ml-endpoint.x": "1"})
    traffic = SetTraffic(
        reason="asked for", endpoint_name="houses", traffic=BLUE, kept={"ml-endpoint.x": "2"}
    )
    first, second = record(Plan((other, traffic)), None, ADA)
    assert first == other
    assert isinstance(second, SetTraffic)
    assert list(second.kept) == ["ml-endpoint.x", f"{TAG}1"]


def test_what_somebody_has_edited_is_passed_over() -> None:
    there = after(after(observed(), BLUE), {"green": 100})
    for text in ("", "null", "[]", "{", '{"at": 1, "to": 5}', json.dumps({"to": BLUE})):
        kept = {**there.kept, f"{TAG}2": text, f"{TAG}x": "?"}
        assert [each.split for each in entries(kept)] == [BLUE]


names = st.text("abcdefghij-", min_size=1, max_size=32)


@given(
    st.dictionaries(names, st.integers(1, 100), min_size=1, max_size=20),
    st.text(max_size=300),
    st.text(max_size=100),
)
def test_no_entry_is_longer_than_a_tag_may_be_and_what_fits_is_kept(
    split: dict[str, int], who: str, what: str
) -> None:
    kept = after(observed(), split, who=who, what=what).kept
    assert max(map(len, kept.values())) <= LONGEST
    [entry] = entries(kept)
    assert entry.when == ADA.when
    if len(json.dumps(split, separators=(",", ":"))) <= LONGEST - 40:
        assert entry.split == split
