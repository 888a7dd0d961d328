"""A digest says what is in files, and nothing else about them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azext_ml_endpoint import content
from azext_ml_endpoint.document.model import Code, Environment, Model
from azext_ml_endpoint.errors import FileAccessError
from tests.fakes.builders import deployment, endpoint, environment, reference, write_files

FILES = {"score.py": "def init(): ...", "parts/model.py": "WEIGHTS = []", "data/a.txt": "a"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_files(tmp_path / "code", FILES)


def names(folder: Path) -> list[str]:
    return [each.relative_to(folder).as_posix() for each in content.files(folder)]


# Files and folders


def test_the_same_content_elsewhere_has_the_same_digest(folder: Path, tmp_path: Path) -> None:
    backwards = dict(reversed(FILES.items()))
    other = write_files(tmp_path / "another name", backwards)
    assert content.digest_of(other) == content.digest_of(folder)


def test_times_and_permissions_do_not_count(folder: Path) -> None:
    before = content.digest_of(folder)
    os.utime(folder / "score.py", (0, 0))
    (folder / "score.py").chmod(0o755)
    assert content.digest_of(folder) == before


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "score.py").write_text("def init(): pass"),
        lambda folder: (folder / "score.py").rename(folder / "main.py"),
        lambda folder: (folder / "parts/model.py").rename(folder / "model.py"),
        lambda folder: (folder / "data/a.txt").unlink(),
        lambda folder: (folder / "empty").touch(),
    ],
    ids=["edited", "renamed", "moved", "deleted", "added"],
)
def test_every_change_of_content_changes_the_digest(folder: Path, change: Any) -> None:
    before = content.digest_of(folder)
    change(folder)
    assert content.digest_of(folder) != before


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(st.sampled_from(["a", "b", "ab"]), st.sampled_from(["", "b", "\n"]), max_size=3)
)
def test_two_folders_have_one_digest_only_if_their_files_are_the_same(
    tmp_path: Path, files: dict[str, str]
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for each in (one, other):
        shutil.rmtree(each, ignore_errors=True)
        each.mkdir()
    write_files(one, files)
    write_files(other, {"a": "b"})
    assert (content.digest_of(one) == content.digest_of(other)) == (files == {"a": "b"})


def test_interpreters_caches_are_no_content(folder: Path) -> None:
    before = content.digest_of(folder)
    write_files(folder, {"__pycache__/score.pyc": "", "parts/__pycache__/model.pyc": ""})
    assert content.digest_of(folder) == before


def test_a_file_larger_than_a_block_is_read_to_its_end(tmp_path: Path) -> None:
    file = tmp_path / "model.bin"
    file.write_bytes(bytes(3 << 20))
    before = content.digest_of(file)
    file.write_bytes(bytes((3 << 20) - 1) + b"1")
    assert content.digest_of(file) != before


def test_a_file_is_itself_whatever_its_name(tmp_path: Path) -> None:
    write_files(tmp_path, {"a.pkl": "weights", "b.pkl": "weights"})
    assert content.digest_of(tmp_path / "a.pkl") == content.digest_of(tmp_path / "b.pkl")


def test_file_names_need_not_be_utf_8(folder: Path) -> None:
    before = content.digest_of(folder)
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9")).touch()
    assert content.digest_of(folder) != before


# Links


def test_links_count_as_what_they_lead_to(folder: Path, tmp_path: Path) -> None:
    copied = tmp_path / "copied"
    shutil.copytree(folder, copied)
    shutil.move(copied / "parts", tmp_path / "shared")
    (copied / "parts").symlink_to(tmp_path / "shared")
    shutil.move(copied / "score.py", tmp_path / "other.py")
    (copied / "score.py").symlink_to(tmp_path / "other.py")
    assert content.digest_of(copied) == content.digest_of(folder)


def test_a_folder_that_two_links_lead_to_is_there_twice(folder: Path) -> None:
    (folder / "alias").symlink_to("parts")
    (folder / "zeta").symlink_to("parts")
    assert names(folder) == [
        "alias/model.py",
        "data/a.txt",
        "parts/model.py",
        "score.py",
        "zeta/model.py",
    ]


def test_a_link_that_leads_back_up_ends_there(folder: Path) -> None:
    (folder / "parts/up").symlink_to("..")
    (folder / "self").symlink_to(".")
    assert names(folder) == sorted(FILES)


def test_two_folders_that_link_to_each_other_end(tmp_path: Path) -> None:
    write_files(tmp_path, {"a/1": "", "b/2": ""})
    (tmp_path / "a/to_b").symlink_to("../b")
    (tmp_path / "b/to_a").symlink_to("../a")
    assert names(tmp_path) == ["a/1", "a/to_b/2", "b/2", "b/to_a/1"]


# What cannot be read


def test_a_link_that_leads_nowhere_is_named(folder: Path) -> None:
    (folder / "lost").symlink_to("nowhere")
    with pytest.raises(FileAccessError, match=r"code/lost: No such file"):
        content.digest_of(folder)


def test_a_link_to_itself_is_named(folder: Path) -> None:
    (folder / "round").symlink_to("round")
    with pytest.raises(FileAccessError, match=r"code/round: Too many levels of symbolic links"):
        content.digest_of(folder)


def test_a_pipe_is_named_and_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    with pytest.raises(FileAccessError, match=r"code/pipe: it is no regular file"):
        content.digest_of(folder)


def test_a_folder_that_vanished_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileAccessError, match=r"gone: No such file"):
        list(content.files(tmp_path / "gone"))


# Endpoints


def test_every_asset_with_content_gets_its_digest(folder: Path) -> None:
    given_assets: dict[str, Any] = {
        "model": Model(name="prices", path=folder / "data/a.txt"),
        "code": Code(path=folder),
        "environment": environment(""),
    }
    (found,) = content.identify(endpoint(deployment(**given_assets))).deployments
    assert isinstance(found.model, Model)
    assert isinstance(found.code, Code)
    assert isinstance(found.environment, Environment)
    assert found.model.digest == content.digest_of(folder / "data/a.txt")
    assert found.code.digest == content.digest_of(folder)
    assert len(found.environment.digest) == 64


def test_what_has_no_content_here_is_left_as_it_is() -> None:
    far: dict[str, Any] = {
        "model": Model(name="m", datastore="d"),
        "code": None,
        "environment": reference(),
    }
    there = endpoint(deployment(**far))
    assert content.identify(there) == there


def test_a_file_that_vanished_is_named(tmp_path: Path) -> None:
    lost = deployment(model=Model(name="m", path=tmp_path / "m.pkl"), code=None)
    with pytest.raises(FileAccessError, match=r"m\.pkl: No such file"):
        content.identify(endpoint(lost))


def digest(**changes: Any) -> str:
    wanted = deployment(model=None, code=None, environment=environment("", **changes))
    (found,) = content.identify(endpoint(wanted)).deployments
    assert isinstance(found.environment, Environment)
    return found.environment.digest


def test_an_environment_is_its_image_its_packages_and_its_dockerfile() -> None:
    base = {"image": "base", "conda_file": "dependencies: []", "dockerfile": "FROM base"}
    different = [{**base, name: "other"} for name in base]
    assert len({digest(**each) for each in [base, *different]}) == 4


def test_names_and_descriptions_do_not_make_another_environment(tmp_path: Path) -> None:
    told = {"name": "env", "version": "7", "description": "d", "conda_path": tmp_path / "c.yml"}
    assert digest(**told) == digest()


@pytest.mark.parametrize("instruction", ["COPY server.py /", "  add . /src", "FROM x\nCOPY a b"])
def test_the_build_context_counts_where_the_dockerfile_reads_it(
    folder: Path, instruction: str
) -> None:
    before = digest(dockerfile=instruction, context=folder)
    write_files(folder, {"score.py": "changed"})
    assert digest(dockerfile=instruction, context=folder) != before


def test_the_build_context_does_not_count_where_nothing_reads_it(folder: Path) -> None:
    before = digest(dockerfile="FROM base\nRUN echo COPY", context=folder)
    write_files(folder, {"score.py": "changed"})
    assert digest(dockerfile="FROM base\nRUN echo COPY", context=folder) == before
