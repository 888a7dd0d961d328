from __future__ import annotations

import pytest

from azext_ml_endpoint.errors import ConflictError
from azext_ml_endpoint.plan import own_tags
from azext_ml_endpoint.plan.under_way import (
    ENDED,
    ORIGIN_TAG,
    TAG,
    UnderWay,
    read,
    require_none,
    written,
)

STATE = UnderWay(
    to="green",
    origin={"blue": 70, "red": 30},
    who="ada@example.com",
    since="2026-01-31T09:30:00Z",
    run="host/1/1",
)
KEPT = own_tags.merged({}, written(STATE))


def test_what_is_written_can_be_read_and_removed() -> None:
    assert read(KEPT) == STATE
    assert own_tags.merged(KEPT, ENDED) == {}
    assert read({}) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "5", '{"to": "green"}'])
def test_what_somebody_has_edited_is_no_rollout(text: str) -> None:
    assert read({**KEPT, TAG: text}) is None
    assert read({TAG: KEPT[TAG]}) is None


def test_every_value_fits_into_a_tag_or_is_refused() -> None:
    long = UnderWay(
        to="g" * 32, origin={"b" * 32: 100}, who="w" * 300, since=STATE.since, run="r" * 90
    )
    assert max(len(value or "") for value in written(long).values()) <= 256
    many = UnderWay(
        to="green",
        origin={f"{name}" * 32: 10 for name in "abcdefghij"},
        who="",
        since=STATE.since,
        run="",
    )
    with pytest.raises(ConflictError, match="too long to be kept"):
        written(many)


def test_others_are_told_whose_it_is_since_when_and_what_to_do() -> None:
    require_none({}, "houses")
    require_none(KEPT, "houses", own="host/1/1")
    with pytest.raises(ConflictError) as caught:
        require_none(KEPT, "houses")
    assert caught.value.message == (
        "Endpoint houses has a rollout to green, begun by ada@example.com at "
        "2026-01-31T09:30:00Z, under way; nothing was changed."
    )
    assert "az ml endpoint rollback -n houses" in str(caught.value.recommendation)
    assert ORIGIN_TAG in KEPT
