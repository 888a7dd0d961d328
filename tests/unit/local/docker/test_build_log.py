"""What is shown and what is kept of a build."""

from __future__ import annotations

from pathlib import Path

from azext_ml_endpoint.local.docker.build_log import BuildLog
from tests.fakes.recording_report import RecordingReport

LAYER = {"status": "Downloading", "id": "layer"}


def run(path: Path, *events: object) -> RecordingReport:
    report = RecordingReport()
    with BuildLog(path / "build.log", report) as log:
        for event in events:
            log.add(event)
    return report


def test_a_line_may_come_in_pieces(tmp_path: Path) -> None:
    report = run(tmp_path, {"stream": "Collect"}, {"stream": "ing numpy\nDone"})
    assert report.details == ["Collecting numpy", "Done"]


def test_the_file_keeps_what_the_report_leaves_out(tmp_path: Path) -> None:
    report = run(tmp_path, {"stream": "Step 1/1 : RUN x\n ---> 123abc\n\n"})
    assert report.details == ["Step 1/1 : RUN x"]
    assert (tmp_path / "build.log").read_text() == "Step 1/1 : RUN x\n ---> 123abc\n\n"


def test_of_a_line_that_was_written_over_the_last_state_is_shown(tmp_path: Path) -> None:
    report = run(tmp_path, {"stream": "10%\r\x1b[32m100% done\x1b[0m\r\n"})
    assert report.details == ["100% done"]


def test_a_download_is_told_once_per_100_mb(tmp_path: Path) -> None:
    ticks = (
        {**LAYER, "progressDetail": {"current": done * 10**6, "total": 250 * 10**6}}
        for done in range(0, 251, 10)
    )
    report = run(tmp_path, *ticks, {"status": "Status: Downloaded newer image for x"})
    assert report.details == [
        "100 of 250 MB downloaded",
        "200 of 250 MB downloaded",
        "Status: Downloaded newer image for x",
    ]


def test_layers_count_together(tmp_path: Path) -> None:
    events = (
        {**LAYER, "id": name, "progressDetail": {"current": 60 * 10**6, "total": 70 * 10**6}}
        for name in ("one", "two")
    )
    assert run(tmp_path, *events).details == ["120 of 140 MB downloaded"]


def test_what_is_not_the_download_of_a_layer_is_not_told(tmp_path: Path) -> None:
    report = run(
        tmp_path,
        {"status": "Pulling fs layer", "progressDetail": {}, "id": "layer"},
        {"status": "Extracting", "progressDetail": {"current": 10**9}, "id": "layer"},
        {"aux": {"ID": "sha256:123"}},
    )
    assert report.details == []


def test_the_tail_holds_the_last_lines_that_were_shown(tmp_path: Path) -> None:
    with BuildLog(tmp_path / "build.log", RecordingReport(), shown=2) as log:
        log.add({"stream": "one\ntwo\nthree\n ---> 123abc\n"})
    assert list(log.tail) == ["two", "three"]
