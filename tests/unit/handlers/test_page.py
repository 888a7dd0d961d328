"""What the page tells the one who has started it."""

from __future__ import annotations

from azext_ml_endpoint.handlers.page import _Seldom
from tests.fakes.recording_report import RecordingReport


def test_who_looks_again_and_again_tells_each_warning_once() -> None:
    told = RecordingReport()
    seldom = _Seldom(told)
    for text in ("houses is damaged", "Docker is away", "houses is damaged"):
        seldom.warning(text)
        seldom.step("looking")
        seldom.detail("a line")
    assert told.warnings == ["houses is damaged", "Docker is away"]
    assert (told.steps, told.details) == ([], [])
