"""What a body is: by its file's name, by its headers, by its bytes."""

from __future__ import annotations

import zlib

import pytest

from azext_ml_endpoint import media_types


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("request.json", "application/json"),
        ("a folder/REQUEST.JSON", "application/json"),
        ("rows.csv", "text/csv"),
        ("text.txt", "text/plain"),
        ("cat.png", "image/png"),
        ("cat.tar.jpg", "image/jpeg"),
        ("cat.webp", "image/webp"),
        ("voice.wav", "audio/wav"),
        ("voice.mp3", "audio/mpeg"),
        ("voice.flac", "audio/flac"),
        ("rows.csv.gz", "application/gzip"),
        ("rows.parquet", "application/vnd.apache.parquet"),
        ("lines.jsonl", "application/jsonl"),
        ("page.css", "text/css"),
        ("request", None),
        (".json", None),
        ("request.unheard-of", None),
    ],
)
def test_a_files_name_says_its_type(name: str, content_type: str | None) -> None:
    assert media_types.of_file(name) == content_type


@pytest.mark.parametrize(
    ("content_type", "is_json"),
    [
        ("application/json", True),
        ("Application/JSON; charset=utf-8", True),
        ("application/problem+json", True),
        ("application/stream+json", False),
        ("application/x-ndjson", False),
        ("text/plain", False),
        ("", False),
    ],
)
def test_json_is_one_value(content_type: str, is_json: bool) -> None:
    assert media_types.is_json(content_type) == is_json


CHUNKED = {"transfer-encoding": "chunked"}


@pytest.mark.parametrize(
    ("headers", "is_stream"),
    [
        ({"content-type": "text/event-stream; charset=utf-8"}, True),
        ({"content-type": "application/x-ndjson"}, True),
        ({"content-type": "application/jsonl", **CHUNKED}, True),
        ({"content-type": "text/plain", **CHUNKED}, True),
        ({"content-type": "audio/wav", "transfer-encoding": "gzip, Chunked"}, True),
        (CHUNKED, True),
        ({"content-type": "application/json", **CHUNKED}, False),
        ({"content-type": "application/problem+json", **CHUNKED}, False),
        ({"content-type": "text/plain", "content-length": "5"}, False),
        ({}, False),
    ],
)
def test_a_stream_has_sense_in_its_pieces(headers: dict[str, str], is_stream: bool) -> None:
    assert media_types.is_stream(headers) == is_stream


@pytest.mark.parametrize(
    ("content_type", "charset"),
    [
        ("text/plain", "utf-8"),
        ("text/plain; charset=latin-1", "iso8859-1"),
        ('text/plain; charset="Windows-1252"', "cp1252"),
        ("text/plain; charset=nobody-knows", "utf-8"),
        ("text/plain; charset=zlib", "utf-8"),
        ("text/plain; charset=utf-16", "utf-8"),
        ("text/plain; charset=\0", "utf-8"),
        ("", "utf-8"),
    ],
)
def test_a_charset_is_one_that_text_is_written_in(content_type: str, charset: str) -> None:
    assert media_types.charset(content_type) == charset


@pytest.mark.parametrize(
    ("piece", "content_type", "is_text"),
    [
        (b"a\nb", "", True),
        (b"", "image/png", True),
        ("hä".encode()[:-1], "", True),
        ("hä".encode("latin-1"), "application/x; charset=latin-1", True),
        (b"caf\xe9s", "text/plain", True),
        (b"caf\xe9s", "application/octet-stream", False),
        (b"a\0", "text/plain", False),
        (b"\x89PNG\r\n\x1a\n\0", "image/png", False),
        (zlib.compress(b"0" * 1000), "", False),
    ],
)
def test_text_is_what_can_be_shown(piece: bytes, content_type: str, is_text: bool) -> None:
    assert media_types.is_text(piece, content_type) == is_text
