from __future__ import annotations

import os
from pathlib import Path

import pytest

from azext_ml_endpoint.document.files import Wanted, check, from_here
from azext_ml_endpoint.document.finding import Place
from azext_ml_endpoint.document.node import Node
from azext_ml_endpoint.document.spot import Spot


def _spot(value: str) -> Spot:
    return Spot(Node(value=value, place=Place("f.yml", 1, 7), base=Path("/")), ("model", "path"))


def _found(path: Path, wanted: Wanted = "file or folder") -> list[str]:
    return [str(finding) for finding in check(_spot("a"), path, wanted)]


@pytest.mark.parametrize("wanted", ["file", "file or folder"])
def test_a_file_is_there(wanted: Wanted, folder: Path) -> None:
    assert _found(folder / "model.pkl", wanted) == []


@pytest.mark.parametrize("wanted", ["folder", "file or folder"])
def test_a_folder_is_there(wanted: Wanted, folder: Path) -> None:
    assert _found(folder / "src", wanted) == []


def test_a_link_leads_to_what_is_wanted_or_nowhere(folder: Path) -> None:
    (folder / "good").symlink_to("model.pkl")
    (folder / "bad").symlink_to("nowhere")
    (folder / "loop").symlink_to("loop")
    assert _found(folder / "good", "file") == []
    assert _found(folder / "bad") == [
        "f.yml:1:7: path 'a' does not exist. It is a link that leads nowhere. (model.path)"
    ]
    assert _found(folder / "loop") == [
        "f.yml:1:7: path 'a' cannot be read: Too many levels of symbolic links (model.path)"
    ]


def test_a_file_in_place_of_a_folder_on_the_way(folder: Path) -> None:
    assert _found(folder / "model.pkl" / "a") == [
        f"f.yml:1:7: path 'a' does not exist. There is no folder '{folder / 'model.pkl'}'."
        " (model.path)"
    ]


def test_a_pipe_is_neither_and_is_not_opened(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    assert _found(folder / "pipe") == [
        "f.yml:1:7: path 'a' is neither a file nor a folder (model.path)"
    ]


def test_a_name_that_no_file_can_have(folder: Path) -> None:
    assert _found(folder / "a\0b") == [
        "f.yml:1:7: path 'a' cannot be read: it is no name of a file (model.path)"
    ]


def test_a_file_that_may_not_be_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """root may read everything, so the answer is put in the system's mouth."""
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.R_OK)
    assert _found(folder / "model.pkl") == [
        "f.yml:1:7: path 'a' may not be read: permission denied (model.path)"
    ]


def test_a_message_may_call_it_by_another_name(folder: Path) -> None:
    (finding,) = check(_spot("src"), folder / "src", "file", "the Dockerfile in 'src'")
    assert finding.message == "the Dockerfile in 'src' is a folder, not a file"


def test_people_see_the_shorter_path(folder: Path) -> None:
    assert from_here(folder / "src" / "score.py") == str(Path("src", "score.py"))
    assert from_here(Path("/etc/passwd")) == "/etc/passwd"
