"""How an answer is read and shown."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from azext_ml_endpoint.errors import UsageError
from azext_ml_endpoint.handlers import invoking
from azext_ml_endpoint.handlers.invoking import Showing
from azext_ml_endpoint.scoring import Answer
from tests.fakes.recording_report import RecordingReport

EVENTS = {"content-type": "text/event-stream"}
JSON = {"content-type": "application/json", "transfer-encoding": "chunked"}
Stdout = pytest.CaptureFixture[bytes]


def head(headers: dict[str, str], status: int = 200) -> Answer:
    return Answer(status=status, body=b"", headers=headers, began=time.perf_counter())


def showing(**options: Any) -> Showing:
    return Showing(RecordingReport(), **options)


def test_a_stream_is_shown_as_it_comes_and_is_no_result(capfdbinary: Stdout) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"data: 1\n\n"
        assert capfdbinary.readouterr().out == b"data: 1\n\n"
        yield b"data: 2\n\n"

    shown = showing()
    answer = Answer(status=200, body=shown.read(head(EVENTS), pieces()), headers=EVENTS)
    assert shown.result(answer) is None
    assert capfdbinary.readouterr().out == b"data: 2\n\n"


@pytest.mark.parametrize(
    ("options", "headers", "status"),
    [
        ({}, JSON, 200),
        ({}, EVENTS, 424),
        ({"as_data": True}, EVENTS, 200),
        ({"target": object()}, EVENTS, 200),
    ],
)
def test_what_is_needed_whole_is_read_whole(
    capfdbinary: Stdout, options: dict[str, Any], headers: dict[str, str], status: int
) -> None:
    read = showing(**options).read(head(headers, status), iter([b"[1,", b"2]"]))
    assert (read, capfdbinary.readouterr().out) == (b"[1,2]", b"")


@pytest.mark.parametrize(
    ("content_type", "body", "result"),
    [
        ("application/json", b"[1]", [1]),
        ("text/html", b"[1]", [1]),
        ("text/event-stream", b"data: 1\n\n", [{"event": "message", "data": 1}]),
        ("application/x-ndjson; charset=utf-8", b'{"a": 1}\n2\n', [{"a": 1}, 2]),
    ],
)
def test_a_whole_answer_is_data(content_type: str, body: bytes, result: Any) -> None:
    answer = Answer(status=200, body=body, headers={"content-type": content_type})
    assert showing(as_data=True).result(answer) == result


def test_what_is_no_data_is_written_as_it_came(capfdbinary: Stdout) -> None:
    assert showing().result(Answer(status=200, body=b"\x89PNG\0")) is None
    assert capfdbinary.readouterr().out == b"\x89PNG\0"


def test_a_file_gets_the_body_whatever_it_is(tmp_path: Path, capfdbinary: Stdout) -> None:
    file = tmp_path / "answer.png"
    shown = showing(target=invoking.target(str(file), None, yes=False))
    answer = Answer(status=200, body=b"[1]", headers={"content-type": "image/png; x=y"})
    assert shown.result(answer) is None
    assert file.read_bytes() == b"[1]"
    assert shown.report.steps == [f"{file}: 3 bytes, image/png"]
    assert capfdbinary.readouterr().out == b""


def test_a_file_that_is_there_is_overwritten_with_yes_only(tmp_path: Path) -> None:
    file = tmp_path / "answer"
    file.write_text("something")
    with pytest.raises(UsageError, match="is there already, and would be overwritten"):
        invoking.target(str(file), None, yes=False)
    assert invoking.target(str(file), None, yes=True)
    with pytest.raises(UsageError, match="reads that file"):
        invoking.target(str(file), str(file), yes=True)


def test_head_and_times_are_told_around_the_body() -> None:
    shown = showing(include=True)
    told = shown.report.steps

    def pieces() -> Iterator[bytes]:
        assert told == ["HTTP 200", *(f"{name}: {value}" for name, value in JSON.items())]
        yield b"1"

    shown.read(head(JSON), pieces())
    times = [line.partition(":")[0] for line in told[3:]]
    assert times == ["Time to headers", "Time to first byte", "Total time"]
    milliseconds = [float(line.split()[-2]) for line in told[3:]]
    assert milliseconds == sorted(milliseconds)


def test_an_empty_body_has_no_first_byte() -> None:
    shown = showing(include=True)
    shown.read(head({}, 500), iter(()))
    assert [line.partition(":")[0] for line in shown.report.steps] == [
        "HTTP 500",
        "Time to headers",
        "Total time",
    ]


@pytest.mark.parametrize(
    ("said", "query", "wants"),
    [
        (["--name", "--data"], False, False),
        (["-o"], False, True),
        (["--output"], False, True),
        ([], True, True),
    ],
)
def test_data_is_wanted_where_somebody_has_said_how_to_print(
    said: list[str], query: bool, wants: bool
) -> None:
    invocation = SimpleNamespace(data={"query_active": query})
    cmd = SimpleNamespace(
        cli_ctx=SimpleNamespace(data={"safe_params": said}, invocation=invocation)
    )
    assert invoking.wants_data(cmd) == wants
