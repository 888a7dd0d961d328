"""The files of a folder, links followed, in the order in which they are uploaded."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from azext_ml_endpoint.content import tree
from azext_ml_endpoint.content.tree import SourceFile
from azext_ml_endpoint.errors import FileAccessError
from tests.fakes.builders import write_files

FILES = {"score.py": "def init(): ...", "parts/model.py": "WEIGHTS = []", "data/a.txt": "a"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_files(tmp_path / "code", FILES)


def names(folder: Path) -> list[str]:
    return [each.relative for each in tree.files(folder)]


def test_files_are_told_with_their_place_and_size(folder: Path) -> None:
    assert tree.files(folder) == [
        SourceFile(name, folder / name, len(FILES[name]))
        for name in ["data/a.txt", "parts/model.py", "score.py"]
    ]


def test_a_file_is_the_only_one_with_its_own_name(folder: Path) -> None:
    assert tree.files(folder / "parts/model.py") == [
        SourceFile("model.py", folder / "parts/model.py", 12)
    ]


def test_capitals_come_first_as_in_the_official_upload(tmp_path: Path) -> None:
    assert names(write_files(tmp_path, {"a": "", "B": "", "c/d": "", "c.d": ""})) == [
        "B",
        "a",
        "c.d",
        "c/d",
    ]


def test_interpreters_caches_are_no_content(folder: Path) -> None:
    write_files(folder, {"__pycache__/score.pyc": "", "parts/__pycache__/model.pyc": ""})
    assert sorted(names(folder)) == sorted(FILES)


# Links


def test_a_linked_file_has_the_links_name_and_the_targets_place(
    folder: Path, tmp_path: Path
) -> None:
    write_files(tmp_path, {"shared.py": "PRICE = 1"})
    (folder / "price.py").symlink_to("../shared.py")
    assert SourceFile("price.py", tmp_path / "shared.py", 9) in tree.files(folder)


def test_a_folder_that_two_links_lead_to_is_there_twice(folder: Path) -> None:
    (folder / "alias").symlink_to("parts")
    (folder / "zeta").symlink_to("parts")
    assert sorted(names(folder)) == sorted([*FILES, "alias/model.py", "zeta/model.py"])


def test_a_folder_may_be_a_link_itself(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    assert names(tmp_path / "link") == names(folder)


@pytest.mark.parametrize(("link", "target"), [("parts/up", ".."), ("self", "."), ("out", "../..")])
def test_a_link_that_leads_back_up_is_named(folder: Path, link: str, target: str) -> None:
    (folder / link).symlink_to(target)
    with pytest.raises(FileAccessError, match=rf"{link}.*: the link leads back"):
        tree.files(folder)


def test_two_folders_that_link_to_each_other_are_named(tmp_path: Path) -> None:
    write_files(tmp_path, {"a/1": "", "b/2": ""})
    (tmp_path / "a/to_b").symlink_to("../b")
    (tmp_path / "b/to_a").symlink_to("../a")
    with pytest.raises(FileAccessError, match=r"b/to_a: the link leads back"):
        tree.files(tmp_path)


def test_an_ignored_link_may_lead_anywhere(folder: Path) -> None:
    (folder / "self").symlink_to(".")
    (folder / "lost").symlink_to("nowhere")
    write_files(folder, {".amlignore": "self\nlost\n.amlignore"})
    assert sorted(names(folder)) == sorted(FILES)


# What cannot be read


@pytest.mark.parametrize(
    ("target", "why"),
    [("nowhere", "the link leads nowhere"), ("lost", "Too many levels of symbolic links")],
)
def test_a_link_that_leads_nowhere_is_named(folder: Path, target: str, why: str) -> None:
    (folder / "lost").symlink_to(target)
    with pytest.raises(FileAccessError, match=rf"code/lost: {why}"):
        tree.files(folder)


def test_a_pipe_is_named_and_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    with pytest.raises(FileAccessError, match=r"code/pipe: it is no regular file"):
        tree.files(folder)


def test_what_vanished_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileAccessError, match=r"gone: No such file"):
        tree.files(tmp_path / "gone")


@pytest.mark.parametrize("files", [{}, {"__pycache__/score.pyc": ""}, {".amlignore": "*"}])
def test_a_folder_without_files_is_named(tmp_path: Path, files: dict[str, str]) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileAccessError, match=r"empty: there are no files in this folder"):
        tree.files(write_files(tmp_path / "empty", files))


def test_an_error_says_how_to_leave_the_file_out(folder: Path) -> None:
    shutil.rmtree(folder / "data")
    (folder / "data").symlink_to("nowhere")
    with pytest.raises(FileAccessError) as raised:
        tree.files(folder)
    assert raised.value.recommendation and ".amlignore" in raised.value.recommendation


@pytest.mark.parametrize("name", ["a" * 300, "é" * 150, "b/" + "a" * 300, "a/" * 3000])
def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "b").mkdir()
    for look in (tree.is_mlflow, tree.read):
        with pytest.raises(FileAccessError, match="File name too long"):
            look(tmp_path / name)
