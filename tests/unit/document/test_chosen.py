"""Which files are meant: by name, by folder, by a pattern."""

from __future__ import annotations

from pathlib import Path

import pytest

from azext_ml_endpoint.document import chosen
from azext_ml_endpoint.document.chosen import Chosen


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cloud/more.yml").mkdir(parents=True)
    for name in ("b.yml", "a.yaml", "C.YML", "notes.md", ".hidden.yml"):
        (tmp_path / "cloud" / name).touch()
    return tmp_path


def found(*asked: str) -> list[str]:
    files, findings = chosen.choose(asked)
    assert findings == []
    return [each.file for each in files]


def test_a_name_is_a_file_whether_or_not_it_is_there() -> None:
    files, _ = chosen.choose(["cloud/b.yml", "gone.yml"])
    assert files == [Chosen("cloud/b.yml", named=True), Chosen("gone.yml", named=True)]


@pytest.mark.parametrize("asked", ["cloud", "cloud/"])
def test_a_folder_is_its_yaml_files(asked: str) -> None:
    assert found(asked) == ["cloud/C.YML", "cloud/a.yaml", "cloud/b.yml"]
    assert not any(each.named for each in chosen.choose([asked])[0])


def test_a_pattern_is_what_fits_it_but_folders() -> None:
    assert found("cloud/*.yml") == ["cloud/b.yml"]
    assert found("cl*/[ab].y*") == ["cloud/a.yaml", "cloud/b.yml"]


def test_a_file_that_looks_like_a_pattern_is_itself(folder: Path) -> None:
    (folder / "a[1].yml").touch()
    assert chosen.choose(["a[1].yml"])[0] == [Chosen("a[1].yml", named=True)]


def test_a_folder_that_is_far_too_large_is_refused(folder: Path) -> None:
    for number in range(201):
        (folder / f"cloud/{number}.yml").touch()
    _, (finding,) = chosen.choose(["cloud/[0-9]*.yml"])
    assert str(finding) == "cloud/[0-9]*.yml: these are 201 files. 200 at most are read."


@pytest.mark.parametrize("name", ["\0", "\ud800", "*\0", "\ud800/*"])
def test_what_can_be_no_name_is_for_the_reader_to_refuse(name: str) -> None:
    files, findings = chosen.choose([name])
    assert files or findings
