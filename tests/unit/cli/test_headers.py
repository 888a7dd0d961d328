"""Headers that somebody has typed."""

from __future__ import annotations

import pytest

from azext_ml_endpoint.cli.headers import content_type, parse
from azext_ml_endpoint.errors import UsageError


def test_names_and_values_are_as_they_were_written() -> None:
    lines = ["X-Team: houses", "x-empty:", "Authorization:Bearer a:b ", "X-City: Z\xfcrich\tA"]
    assert parse(lines) == {
        "X-Team": "houses",
        "x-empty": "",
        "Authorization": "Bearer a:b",
        "X-City": "Z\xfcrich\tA",
    }
    assert parse([]) == {}


@pytest.mark.parametrize(
    "line", ["", "X-Team", ": value", "X Team: a", "X-T\xe4m: a", "X-Team\n: a", "GET / HTTP/1.1"]
)
def test_what_is_no_header_is_refused(line: str) -> None:
    with pytest.raises(UsageError, match="no 'Name: value'"):
        parse([line])


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\0", "\x7f", "\x1b[2J"])
def test_a_value_ends_no_line_and_is_not_shown(end: str) -> None:
    with pytest.raises(UsageError, match="X-Team has a line end or a control") as raised:
        parse([f"X-Team: secret{end}X-Other: b"])
    assert "secret" not in str(raised.value)


def test_a_value_is_what_http_carries() -> None:
    with pytest.raises(UsageError, match="X-Team is not Latin-1"):
        parse(["X-Team: \u5bb6"])


@pytest.mark.parametrize("file", ["gone.txt", "/tmp/no such/file", ""])
def test_a_file_that_is_not_there_is_named(file: str) -> None:
    with pytest.raises(UsageError, match=f"there is no file {file}\\."):
        parse([f"@{file}"])


def test_what_has_a_value_is_not_shown_as_a_file() -> None:
    with pytest.raises(UsageError, match="no 'Name: value'") as raised:
        parse(["@X-Key: secret"])
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("kind", ["text/csv", "multipart/form-data; boundary=a", "text/Z\xfcrich"])
def test_a_content_type_is_as_it_was_written(kind: str) -> None:
    assert content_type(kind) == kind


def test_a_header_is_given_once() -> None:
    with pytest.raises(UsageError, match="x-team is given twice"):
        parse(["X-Team: a", "x-team: b"])


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("Host", "scoring URI"),
        ("content-length", "follows from the body"),
        ("Transfer-Encoding", "whole"),
        ("Content-Type", "--content-type"),
        ("azureml-model-deployment", "--deployment"),
        ("Connection", "affair"),
    ],
)
def test_what_the_command_decides_cannot_be_set(name: str, way: str) -> None:
    with pytest.raises(UsageError, match=f"{name} cannot be set") as raised:
        parse([f"{name}: x"])
    assert way in str(raised.value.recommendation)
