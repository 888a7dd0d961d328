"""What the one who waits is told of an upload."""

from __future__ import annotations

import threading

import pytest

from azext_ml_endpoint.cloud.blobs.progress import Meter, Progress, size
from azext_ml_endpoint.cloud.blobs.transfer import MIB
from azext_ml_endpoint.errors import Interrupted
from tests.fakes.recording_report import RecordingReport


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Watching:
    """A progress of 1000 MiB in two files, its report, and its clock."""

    def __init__(self) -> None:
        self.clock, self.report, self.stop = Clock(), RecordingReport(), threading.Event()
        self.progress = Progress("model m:1", [500 * MIB] * 2, self.report, self.stop, self.clock)

    def send(self, count: int, seconds: float) -> None:
        self.clock.now += seconds
        self.progress.sent(count)


def test_rate_and_time_left_are_those_of_what_is_sent() -> None:
    clock = Clock()
    meter = Meter(1000 * MIB, clock)
    meter.add(600 * MIB, found=True)
    assert meter.line() == "600.0 MiB of 1000.0 MiB (60 %)"
    for _ in range(30):
        clock.now += 1
        meter.add(2 * MIB)
        line = meter.line()
    assert line == "660.0 MiB of 1000.0 MiB (66 %), 2.0 MiB/s, 2m 50s left"


def test_the_rate_is_that_of_the_last_seconds() -> None:
    clock = Clock()
    meter = Meter(1000 * MIB, clock)
    for count in [10 * MIB] * 20 + [MIB] * 30:
        clock.now += 1
        meter.add(count)
        line = meter.line()
    assert "1.0 MiB/s" in line


def test_where_nothing_is_live_a_long_upload_says_its_tenths() -> None:
    watching = Watching()
    with watching.progress:
        watching.progress.begin()
        for _ in range(10):
            watching.send(100 * MIB, 5)
    steps = watching.report.steps
    assert steps[0] == "Uploading model m:1: 2 files, 1000.0 MiB"
    assert steps[1] == "model m:1: 100.0 MiB of 1000.0 MiB (10 %), 20.0 MiB/s, 45s left"
    assert len(steps) == 1 + 9 + 1
    assert steps[-1] == "Uploaded model m:1 in 50s"


def test_a_slow_upload_gives_a_sign_of_life_each_quarter_of_a_minute() -> None:
    watching = Watching()
    watching.progress.begin()
    for _ in range(61):
        watching.send(MIB // 100, 1)
    assert len(watching.report.steps) == 1 + 4


def test_a_live_report_is_not_told_twice() -> None:
    watching = Watching()
    watching.report.live = True
    with watching.progress:
        watching.progress.begin()
        for _ in range(10):
            watching.send(100 * MIB, 5)
    assert len(watching.report.steps) == 2
    statuses = watching.report.statuses
    assert statuses[-1] == ("model m:1", None)
    assert len(statuses) == 11


def test_the_status_is_told_a_few_times_each_second_only() -> None:
    watching = Watching()
    for _ in range(1000):
        watching.send(1000, 0.001)
    assert len(watching.report.statuses) == pytest.approx(8, abs=1)


def test_one_request_is_one_line() -> None:
    watching = Watching()
    with watching.progress:
        watching.send(1000 * MIB, 0.1)
    assert watching.report.steps == ["Uploaded model m:1: 2 files, 1000.0 MiB"]


def test_what_was_there_is_said_to_be_there() -> None:
    watching = Watching()
    with watching.progress:
        pass
    assert watching.report.steps == ["model m:1 is in storage already"]


def test_an_upload_that_failed_is_not_said_to_be_done() -> None:
    watching = Watching()
    watching.stop.set()
    with pytest.raises(Interrupted), watching.progress:
        watching.send(1000 * MIB, 0.1)
    assert watching.report.steps == []
    assert watching.report.statuses[-1] == ("model m:1", None)


def test_the_next_bytes_after_a_stop_are_refused() -> None:
    watching = Watching()
    watching.stop.set()
    with pytest.raises(Interrupted):
        watching.send(1, 0)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (MIB - 1, "1.0 MiB"),
        (1536 * MIB, "1.5 GiB"),
        (5 << 40, "5.0 TiB"),
    ],
)
def test_sizes_are_readable(count: int, text: str) -> None:
    assert size(count) == text
