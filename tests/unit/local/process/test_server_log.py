"""A server's log file by lines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import pytest

from azext_ml_endpoint.local.process.server_log import read

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc).timestamp()
LINES = [
    "Azure ML Inferencing HTTP server",
    "2026-01-01 11:59:00,000 I [7] azmlinfsrv - Starting",
    "2026-01-01 12:00:00,250 E [7] azmlinfsrv - Encountered Exception Traceback",
    '  File "score.py", line 3, in run',
    "ValueError: no price",
    "2026-01-01 12:00:01,000 I [7] gunicorn.access - POST /score",
]


def ended() -> bool:
    return True


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "server.log"
    path.write_text("\n".join(LINES) + "\n")
    return path


def test_all_lines_come_in_order(log: Path) -> None:
    assert list(read(log, ended=ended)) == LINES


def test_the_tail_is_its_last_lines(log: Path) -> None:
    assert list(read(log, ended=ended, tail=2)) == LINES[-2:]
    assert list(read(log, ended=ended, tail=100)) == LINES
    assert list(read(log, ended=ended, tail=0)) == []


def test_a_line_without_a_stamp_is_as_old_as_the_one_before(log: Path) -> None:
    assert list(read(log, ended=ended, since=NOON)) == LINES[2:]
    assert list(read(log, ended=ended, since=NOON + 0.5)) == LINES[5:]


def test_the_first_lines_are_as_old_as_the_instance(log: Path) -> None:
    assert next(read(log, ended=ended, began=NOON, since=NOON)) == LINES[0]


def test_carriage_returns_and_bytes_that_are_no_text_do_not_stop_it(log: Path) -> None:
    log.write_bytes(b"one\r\n\xff\xfe\nthree")
    assert list(read(log, ended=ended)) == ["one\r", "\udcff\udcfe", "three"]


def test_following_waits_for_the_rest_of_a_line_and_stops_at_the_end(log: Path) -> None:
    with log.open("a") as file:
        file.write("half")
    ended = writes_and_then_ends(log, [" a line\nnext\n", "", "last without an end"])
    assert list(read(log, ended=ended, follow=True, tail=1)) == [
        LINES[-1],
        "half a line",
        "next",
        "last without an end",
    ]


def writes_and_then_ends(log: Path, pieces: list[str]) -> Callable[[], bool]:
    """What a server does between two looks at it."""
    coming = iter(pieces)

    def ended() -> bool:
        piece = next(coming, None)
        with log.open("a") as file:
            file.write(piece or "")
        return piece is None

    return ended
