from __future__ import annotations

from dataclasses import replace

import pytest

from azext_ml_endpoint.errors import ConflictError
from azext_ml_endpoint.plan import history, own_tags, under_way
from azext_ml_endpoint.plan.history import Provenance
from azext_ml_endpoint.plan.under_way import UnderWay
from azext_ml_endpoint.rollout.rollback import roll_back
from tests.fakes.builders import deployment
from tests.fakes.memory_place import MemoryPlace
from tests.fakes.recording_report import RecordingReport

ADA = Provenance(who="ada@example.com", when="2026-01-31T09:30:00Z", what="rollback")
STATE = UnderWay(
    to="green", origin={"blue": 100}, who="eva", since="2026-01-31T08:00:00Z", run="host/1/1"
)


def place_with(*splits: dict[str, int]) -> MemoryPlace:
    """Its traffic was set so, one after the other; every deployment is there."""
    place = MemoryPlace(traffic={})
    place.deployments = {name: deployment(name) for split in splits for name in split}
    for nth, split in enumerate(splits, 1):
        when = replace(ADA, when=f"2026-01-{nth:02}T00:00:00Z", what="update")
        note = history.note(place.observe("houses"), split, when)
        place.kept = own_tags.merged(place.kept, note)
        place.traffic = dict(split)
    return place


def back(place: MemoryPlace) -> list[str]:
    report = RecordingReport()
    roll_back(place, "houses", ADA, report)
    return report.steps


def refused(place: MemoryPlace) -> ConflictError:
    before = dict(place.traffic)
    with pytest.raises(ConflictError) as caught:
        back(place)
    assert (place.traffic, place.splits) == (before, [])
    return caught.value


def test_it_is_one_write_to_the_split_before_and_noted() -> None:
    place = place_with({"blue": 100}, {"blue": 90, "green": 10}, {"green": 100})
    assert back(place) == ["Traffic is back at blue 90 %, green 10 %; it was green 100 %"]
    assert len(place.notes) == 1
    assert place.traffic == {"blue": 90, "green": 10}
    assert history.entries(place.kept)[0].what == "rollback"


def test_entries_of_what_the_traffic_is_now_are_passed_over() -> None:
    place = place_with({"red": 100}, {"blue": 100}, {"green": 100}, {"blue": 100})
    place.troubles["green"] = "it exited with code 137"
    back(place)
    assert place.traffic == {"red": 100}


def test_a_split_whose_deployments_are_gone_is_passed_over() -> None:
    place = place_with({"red": 100}, {"blue": 50, "white": 50}, {"green": 100})
    del place.deployments["white"]
    back(place)
    assert place.traffic == {"red": 100}


def test_where_nothing_can_be_had_again_everything_is_told() -> None:
    place = place_with({"red": 100}, {"blue": 100}, {"green": 100})
    del place.deployments["red"]
    place.troubles["blue"] = "it exited with code 137"
    error = refused(place)
    assert error.message == (
        "Endpoint houses has no split of its traffic to go back to. It is green 100 %."
    )
    assert error.recommendation == (
        "There were: 2026-01-02T00:00:00Z: blue 100 % (blue: it exited with code 137); "
        "2026-01-01T00:00:00Z: red 100 % (red is gone)."
    )


def test_an_endpoint_without_a_history_has_no_way_back() -> None:
    assert refused(MemoryPlace()).recommendation == "It is the only one that is known."


def test_a_rollout_that_is_under_way_is_ended_and_taken_back() -> None:
    place = place_with({"red": 100}, {"blue": 100}, {"blue": 50, "green": 50})
    place.kept = own_tags.merged(place.kept, under_way.written(STATE))
    back(place)
    assert place.traffic == {"blue": 100}
    assert under_way.read(place.kept) is None


def test_a_rollout_that_has_moved_nothing_is_ended() -> None:
    place = place_with({"red": 100}, {"blue": 100})
    place.kept = own_tags.merged(place.kept, under_way.written(STATE))
    assert back(place) == ["houses: the rollout is ended; traffic is blue 100 %, as before"]
    assert (place.traffic, place.splits) == ({"blue": 100}, [])
    assert under_way.read(place.kept) is None
