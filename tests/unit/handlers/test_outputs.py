"""What a command writes is none of what it reads, and nobody else's."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from azext_ml_endpoint.errors import FileAccessError, UsageError
from azext_ml_endpoint.handlers import outputs
from azext_ml_endpoint.handlers.outputs import Output
from tests.fakes.builders import code, deployment, endpoint, environment, model

OWN = b"own"


def output(file: Path | str, *, yes: bool = False) -> Output:
    return Output("--out", str(file), lambda content: content == OWN, yes=yes)


@pytest.fixture
def document(tmp_path: Path) -> Path:
    file = tmp_path / "ep.yml"
    file.write_bytes(b"name: houses")
    return file


def as_it_is(file: Path) -> Path:
    return file


def by_a_link(file: Path) -> Path:
    (file.parent / "link.yml").symlink_to(file)
    return file.parent / "link.yml"


def by_a_hard_link(file: Path) -> Path:
    (file.parent / "hard.yml").hardlink_to(file)
    return file.parent / "hard.yml"


def by_a_link_to_its_folder(file: Path) -> Path:
    (file.parent / "folder").symlink_to(file.parent)
    return file.parent / "folder" / file.name


def with_dots(file: Path) -> Path:
    return Path(f"{file.parent}/./../{file.parent.name}//{file.name}")


def relative(file: Path) -> Path:
    return Path(os.path.relpath(file))


SPELLINGS = [as_it_is, by_a_link, by_a_hard_link, by_a_link_to_its_folder, with_dots, relative]


@pytest.mark.parametrize("spelled", SPELLINGS)
@pytest.mark.parametrize("content", [b"name: houses", OWN, b""])
@pytest.mark.parametrize("yes", [False, True])
def test_an_input_is_never_written_however_it_is_spelt(
    document: Path, spelled: Callable[[Path], Path], content: bytes, yes: bool
) -> None:
    document.write_bytes(content)
    with pytest.raises(UsageError, match="this command reads that file"):
        output(spelled(document), yes=yes).require_room([document])
    assert document.read_bytes() == content


@pytest.mark.parametrize("spelled", SPELLINGS)
@pytest.mark.parametrize("yes", [False, True])
def test_so_is_a_file_of_a_folder_that_is_read(
    document: Path, spelled: Callable[[Path], Path], yes: bool
) -> None:
    with pytest.raises(UsageError, match="this command reads that file"):
        output(spelled(document), yes=yes).require_room([document.parent])


def test_a_file_that_a_folder_has_by_a_link_is_read_too(tmp_path: Path, document: Path) -> None:
    folder = tmp_path / "code" / "deep"
    folder.mkdir(parents=True)
    (folder / "other.yml").symlink_to(document)
    with pytest.raises(UsageError, match="this command reads that file"):
        output(document, yes=True).require_room([tmp_path / "code"])


def test_what_a_command_has_written_is_written_again(tmp_path: Path) -> None:
    """Also in a folder that is read: code that stands beside the document, say."""
    file = tmp_path / "results"
    for _ in range(2):
        output(file).require_room([tmp_path, tmp_path / "missing"])
        output(file).write(OWN)
    assert file.read_bytes() == OWN


def test_a_file_of_another_kind_is_written_with_yes_only(document: Path) -> None:
    with pytest.raises(UsageError, match="is there already, and would be overwritten") as raised:
        output(document).require_room([])
    assert "--yes" in str(raised.value.recommendation)
    output(document, yes=True).require_room([])


@pytest.mark.parametrize("content", [b"", OWN])
def test_an_empty_file_or_an_own_one_is_nobody_s(document: Path, content: bytes) -> None:
    document.write_bytes(content)
    output(document).require_room([])


def test_a_device_may_be_written(document: Path) -> None:
    output("/dev/null").require_room([document])


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileAccessError, match="Is a directory"):
        output(tmp_path).write(b"")
    with pytest.raises(FileAccessError, match="No such file or directory"):
        output(tmp_path / "a" / "b").write(b"")
    output(tmp_path / "a" / "b").write(b"", folder=True)


def test_a_folder_is_refused_before_anything_happens(tmp_path: Path) -> None:
    for file in (tmp_path, f"{tmp_path}/", tmp_path / "." / ".."):
        with pytest.raises(UsageError, match="is a folder"):
            output(file, yes=True).require_room([])


@pytest.mark.parametrize("name", ["a" * 5000, "a\0b", "a/" * 3000])
def test_what_can_be_no_name_is_told_when_it_is_written(tmp_path: Path, name: str) -> None:
    output(tmp_path / name).require_room([tmp_path])
    with pytest.raises(FileAccessError) as raised:
        output(tmp_path / name).write(b"", folder=True)
    assert raised.value.recommendation == "Check --out."


@pytest.mark.parametrize("private", [True, False])
def test_what_is_written_is_whole_or_not_at_all(document: Path, private: bool) -> None:
    document.chmod(0o644)
    output(document).write("new", private=private)
    assert document.read_text() == "new"
    assert document.stat().st_mode & 0o777 == (0o600 if private else 0o644)
    assert [each.name for each in document.parent.iterdir()] == [document.name]


@dataclass
class Holder:
    anything: object


def test_all_that_a_description_names_is_found() -> None:
    names = ["model", "code", "conda.yml", "Dockerfile", "context"]
    described = endpoint(
        deployment(
            "blue",
            model=model(path=Path("model")),
            code=code(path=Path("code")),
            environment=environment(
                conda_path=Path("conda.yml"),
                dockerfile_path=Path("Dockerfile"),
                context=Path("context"),
            ),
        )
    )
    assert set(outputs.paths(described)) == set(map(Path, names))
    assert set(outputs.paths(Holder([Holder((Path("a"), None)), "b"]))) == {Path("a")}
