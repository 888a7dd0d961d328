"""The last lines, and every new one once."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import cast

import pytest

from azext_ml_endpoint.cloud import logs
from azext_ml_endpoint.cloud.contract import Arm, Json, Response
from tests.fakes.recording_report import RecordingReport

BLUE = "onlineEndpoints/houses/deployments/blue"


@pytest.mark.parametrize(
    ("seen", "now", "new"),
    [
        ("", "", ""),
        ("", "a b", "a b"),
        ("a b", "a b", ""),
        ("a b", "a b c d", "c d"),
        ("a b c", "b c d", "d"),
        ("a b c", "x y", "x y"),
        ("a b", "", ""),
        ("a a a", "a a a", ""),
        ("a a b", "a b a a", "a a"),
        ("a b li", "a b line c", "line c"),
        ("a", "a a", "a"),
    ],
)
def test_what_is_new_comes_after_the_greatest_overlap(seen: str, now: str, new: str) -> None:
    assert list(logs.fresh(seen.split(), now.split())) == new.split()


def test_a_log_that_grows_is_told_once_however_it_is_cut() -> None:
    whole = [f"line {number}" for number in range(200)]
    for window, growth in itertools.product((20, 50), (0, 1, 7, 19)):
        told, seen = list(whole[:10]), whole[:10]
        for end in range(10, 150, growth or 150):
            now = whole[max(0, end + growth - window) : end + growth]
            told += logs.fresh(seen, now)
            seen = now
        assert told == whole[: len(told)]


class TalkingArm:
    """Tells one content after the other; of what is asked, only the body is kept."""

    def __init__(self, *contents: Sequence[str]) -> None:
        self._contents = iter(contents)
        self.asked: list[Json | None] = []

    def post(self, path: str, body: Json | None = None) -> Response:
        assert path == f"{BLUE}/getLogs"
        self.asked.append(body)
        return Response(status=200, body={"content": "\n".join(next(self._contents))})


def follow(arm: TalkingArm, tail: int, report: RecordingReport, pauses: list[float]) -> list[str]:
    """The first lines, as many as the test has told."""
    lines = logs.follow(
        cast(Arm, arm), BLUE, "inference-server", tail, report=report, pause=pauses.append
    )
    return list(itertools.islice(lines, tail + 2))


@pytest.mark.parametrize(
    ("container", "name"),
    [("inference-server", "InferenceServer"), ("storage-initializer", "StorageInitializer")],
)
def test_each_container_is_asked_for_by_azures_name(container: str, name: str) -> None:
    arm = TalkingArm(["one", "two", "three"])
    assert logs.last(cast(Arm, arm), BLUE, container, 2) == ["two", "three"]
    assert arm.asked == [{"containerType": name, "tail": 2}]


def test_following_tells_the_last_lines_and_then_each_new_one() -> None:
    arm = TalkingArm(["a", "b", "c"], ["a", "b", "c"], ["a", "b", "c", "d"], ["new"])
    report, pauses = RecordingReport(), list[float]()
    assert follow(arm, 2, report, pauses) == ["b", "c", "d", "new"]
    assert pauses == [1.0, 1.5, 1.0], "looks come seldom while nothing happens"
    assert report.warnings == []


def test_following_says_when_lines_were_missed() -> None:
    first, later = [[f"{when} {number}" for number in range(1000)] for when in ("old", "new")]
    report = RecordingReport()
    assert follow(TalkingArm(first, later), 1, report, []) == ["old 999", "new 0", "new 1"]
    assert "left out" in str(report.warnings)
