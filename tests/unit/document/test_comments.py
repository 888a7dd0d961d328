"""Comments are what no value holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from azext_ml_endpoint.document import comments


def lost(folder: Path, text: str) -> list[str]:
    (folder / "a.yml").write_bytes(text.encode())
    return [str(each) for each in comments.lost(["a.yml"])]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("# a\nb: 1\n", "1:1"),
        ("b: 1 # a\n", "1:6"),
        ("b: 1\n# a", "2:1"),
        ("b: [1, # a\n  2]\n", "1:8"),
        ('é: "😀" # a\n', "1:8"),
        ("b: 1\r\nc: 2 # a\r\n", "2:6"),
        ("b: |2- # a\n    c\n", "1:8"),
        ("b: |\n  c\n# a\n", "3:1"),
        ("b: >\n  # c\n\n# a\nd: 1\n", "4:1"),
        ("b: 'c'\n  # a\nd: 1\n", "2:3"),
        ("--- # a\nb: 1\n", "1:5"),
        ("b: &x 1\nc: *x # a\n", "2:7"),
    ],
)
def test_a_comment_is_told_of_where_it_is(folder: Path, text: str, place: str) -> None:
    assert lost(folder, text) == [
        f"a.yml:{place}: a comment is left out: the file that is written has none"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "b: a#c\n",
        "b: 'a # c'\n",
        'b: "a # c"\n',
        "b: |\n  # a\n  c\n",
        "b: >-\n  a\n  # c\n",
        "b: https://host/#a\n",
        "# yaml-language-server: $schema=https://host/latest/a.json\nb: 1\n",
        "b: [1, 2] \n",
        "",
    ],
)
def test_what_is_a_value_is_no_comment(folder: Path, text: str) -> None:
    assert lost(folder, text) == []


def test_each_file_is_told_of_once(folder: Path) -> None:
    assert lost(folder, "# a\n# b\nc: 1 # d\n") == [
        "a.yml:1:1: 3 comments are left out: the file that is written has none"
    ]


@pytest.mark.parametrize("name", ["not-there.yml", ".", "a.yml"])
def test_files_that_cannot_be_read_have_none(folder: Path, name: str) -> None:
    (folder / "a.yml").write_bytes(b"# \xff\n")
    assert list(comments.lost([name])) == []
