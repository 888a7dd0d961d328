"""Which tags a resource has after a change."""

from __future__ import annotations

import pytest

from azext_ml_endpoint.document.model import Deployment
from azext_ml_endpoint.plan import own_tags


@pytest.mark.parametrize(
    ("there", "said", "then"),
    [
        ({"owner": "x"}, {"team": "a"}, {"owner": "x", "team": "a"}),
        ({"team": "a"}, {"team": "b"}, {"team": "b"}),
        ({"team": "a"}, {"Team": "b"}, {"Team": "b"}),
        ({"TEAM": "a", "owner": "x"}, {"team": "a"}, {"owner": "x", "team": "a"}),
        ({"Stage": "a"}, {}, {"Stage": "a"}),
        ({"team": "a", "Team": "b"}, {"tEAM": "c"}, {"tEAM": "c"}),
    ],
)
def test_a_tag_is_one_whatever_its_capitals(
    there: dict[str, str], said: dict[str, str], then: dict[str, str]
) -> None:
    assert own_tags.changed(there, Deployment(name="blue", tags=said)) == then


def test_a_tag_that_is_said_no_longer_goes_and_those_of_others_stay() -> None:
    wanted = Deployment(name="blue", tags={"b": "2"}, dropped=frozenset({"tags.a"}))
    assert own_tags.changed({"a": "1", "c": "3"}, wanted) == {"b": "2", "c": "3"}
