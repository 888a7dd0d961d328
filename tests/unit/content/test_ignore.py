"""The ignore file of a folder says what is no content, the way the official SDK reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from azext_ml_endpoint.content import ignore, tree
from azext_ml_endpoint.errors import FileAccessError
from tests.fakes.builders import write_files

FILES = {"score.py": "", "notes.md": "", "data/a.csv": "", "data/deep/b.csv": "", "lib/data": ""}


def kept(folder: Path, *patterns: str, name: str = ".amlignore") -> set[str]:
    write_files(folder, {**FILES, name: "\n".join(patterns)})
    return {each.relative for each in tree.files(folder)} - {name}


@pytest.mark.parametrize(
    ("patterns", "gone"),
    [
        (["*.md"], {"notes.md"}),
        (["data"], {"data/a.csv", "data/deep/b.csv", "lib/data"}),
        (["data/"], {"data/a.csv", "data/deep/b.csv"}),
        (["/data"], {"data/a.csv", "data/deep/b.csv"}),
        (["data/*.csv"], {"data/a.csv"}),
        (["data/**"], {"data/a.csv", "data/deep/b.csv"}),
        (["**/deep"], {"data/deep/b.csv"}),
        (["*.csv", "!b.csv"], {"data/a.csv"}),
        (["!b.csv", "*.csv"], {"data/a.csv", "data/deep/b.csv"}),
        (["*.csv", "!b.csv", "*.csv"], {"data/a.csv", "data/deep/b.csv"}),
        (["!b.csv", "*.csv", "!b.csv"], {"data/a.csv"}),
        (["data/", "!data/deep/b.csv"], {"data/a.csv"}),
        (["*", "!score.py"], set(FILES) - {"score.py"}),
        (["# *.md", "", "  notes.md  "], {"notes.md"}),
    ],
)
def test_the_last_pattern_that_matches_decides(
    tmp_path: Path, patterns: list[str], gone: set[str]
) -> None:
    assert kept(tmp_path, *patterns) == set(FILES) - gone


def test_the_ignore_file_of_git_counts_too(tmp_path: Path) -> None:
    assert kept(tmp_path, "*.md", name=".gitignore") == set(FILES) - {"notes.md"}


def test_an_ignore_file_of_its_own_replaces_that_of_git(tmp_path: Path) -> None:
    write_files(tmp_path, {".gitignore": "*.py"})
    assert kept(tmp_path, "*.md") == {*FILES, ".gitignore"} - {"notes.md"}


def test_ignore_files_in_folders_above_and_below_do_not_count(tmp_path: Path) -> None:
    write_files(tmp_path, {".amlignore": "*", "code/data/.gitignore": "*"})
    assert kept(tmp_path / "code") == {*FILES, "data/.gitignore"}


def test_a_byte_order_mark_is_no_part_of_a_pattern(tmp_path: Path) -> None:
    assert kept(tmp_path, "\ufeff*.md") == set(FILES) - {"notes.md"}


def test_what_is_ignored_as_a_whole_is_not_looked_at(tmp_path: Path) -> None:
    """A folder that cannot be read is an error where it counts."""
    write_files(tmp_path, {".venv/lib": ""})
    (tmp_path / ".venv/round").symlink_to("round")
    with pytest.raises(FileAccessError, match="round"):
        kept(tmp_path)
    assert kept(tmp_path, ".venv/") == set(FILES)


@pytest.mark.parametrize("pattern", ["data[!a]", "data/[!a]*", "data/*.csv", "dat"])
def test_a_folder_is_looked_into_where_only_some_of_it_may_be_ignored(
    tmp_path: Path, pattern: str
) -> None:
    write_files(tmp_path, {".amlignore": pattern})
    assert not ignore.of_folder(tmp_path).covers("data")


def test_a_pattern_that_is_none_is_shown_with_its_file(tmp_path: Path) -> None:
    with pytest.raises(FileAccessError, match=r"\.amlignore: .*a\\\\"):
        kept(tmp_path, "*.md", "a\\")


@pytest.mark.parametrize("pattern", ["[z-a]", "a[9-0]*.py", "src/[é-a]", "![b-a]"])
def test_a_range_that_goes_backwards_is_no_pattern(tmp_path: Path, pattern: str) -> None:
    with pytest.raises(FileAccessError, match="is no pattern: bad character range"):
        kept(tmp_path, "*.md", pattern)


def test_an_ignore_file_must_be_text(tmp_path: Path) -> None:
    (tmp_path / ".amlignore").write_bytes(b"caf\xe9")
    with pytest.raises(FileAccessError, match=r"\.amlignore: .*utf-8"):
        tree.files(tmp_path)
