"""Pieces of a log become lines."""

from __future__ import annotations

from azext_ml_endpoint.local.docker.container_log import LogLines
from azext_ml_endpoint.local.docker.stream import Stream


def lines(*chunks: bytes) -> list[str]:
    return list(LogLines(Stream(lambda opened: iter(chunks))))


def test_a_line_may_come_in_pieces_and_a_piece_may_hold_lines() -> None:
    assert lines(b"one\ntw", b"o\n\nthr", b"ee\n") == ["one", "two", "", "three"]


def test_a_last_line_needs_no_end() -> None:
    assert lines(b"one\ntwo") == ["one", "two"]


def test_a_letter_may_come_in_two_pieces() -> None:
    assert lines("é".encode()[:1], "é\n".encode()[1:]) == ["é"]


def test_what_is_no_text_is_not_lost() -> None:
    assert lines(b"a\xffb\r\n") == ["a\udcffb\r"]


def test_closing_it_ends_it() -> None:
    source = Stream(lambda opened: iter([b"one\n", b"two\n"]))
    log = LogLines(source)
    assert next(log) == "one"
    log.close()
    assert list(log) == []
