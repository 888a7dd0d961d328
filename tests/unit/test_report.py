"""Progress goes to stderr, and stays out of the way where it is not wanted."""

from __future__ import annotations

import io
import threading

import pytest

from azext_ml_endpoint.report import Report, StderrReport

PATIENCE = 30


def say_everything(report: Report) -> None:
    report.step("blue: ready")
    report.detail("Collecting scikit-learn")
    report.warning("disk is nearly full")


def test_it_writes_to_stderr_and_indents_what_others_say(
    capsys: pytest.CaptureFixture[str],
) -> None:
    say_everything(StderrReport())
    assert capsys.readouterr() == (
        "",
        "blue: ready\n  | Collecting scikit-learn\nWARNING: disk is nearly full\n",
    )


def test_a_quiet_one_leaves_stderr_to_errors(capsys: pytest.CaptureFixture[str]) -> None:
    say_everything(StderrReport(quiet=True))
    assert capsys.readouterr() == ("", "")


def test_lines_of_several_threads_stay_whole() -> None:
    stream = io.StringIO()
    report, meeting = StderrReport(stream=stream), threading.Barrier(4)

    def write(letter: str) -> None:
        meeting.wait(PATIENCE)
        for _ in range(200):
            report.step(letter * 20)

    threads = [threading.Thread(target=write, args=(each,)) for each in "abcd"]
    for each in threads:
        each.start()
    for each in threads:
        each.join(PATIENCE)
    assert sorted(stream.getvalue().splitlines()) == [
        each * 20 for each in "abcd" for _ in range(200)
    ]
