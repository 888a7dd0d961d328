"""A digest says what is in files, and nothing else about them."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azext_ml_endpoint import content
from azext_ml_endpoint.content import hashing
from azext_ml_endpoint.content.hashing import content_hash, object_hash
from azext_ml_endpoint.document.model import Code, Environment, Model
from azext_ml_endpoint.errors import FileAccessError, Interrupted
from tests.fakes.builders import deployment, endpoint, environment, reference, write_files
from tests.fakes.interrupt import PATIENCE, ctrl_c

FILES = {"score.py": "def init(): ...", "parts/model.py": "WEIGHTS = []", "data/a.txt": "a"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_files(tmp_path / "code", FILES)


# Code


def test_the_same_content_elsewhere_has_the_same_digest(folder: Path, tmp_path: Path) -> None:
    backwards = dict(reversed(FILES.items()))
    other = write_files(tmp_path / "another name", backwards)
    assert content_hash(other) == content_hash(folder)


def test_ctrl_c_ends_reading(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def reading(path: Path, stop: threading.Event) -> str:
        ctrl_c()
        assert stop.wait(PATIENCE)
        raise Interrupted(f"Interrupted while {path} was read.")

    monkeypatch.setattr(hashing, "content_hash", reading)
    with pytest.raises(Interrupted, match="was read"):
        content.identify(endpoint(deployment(model=None, environment=None, code=Code(path=folder))))


def test_times_and_permissions_do_not_count(folder: Path) -> None:
    before = content_hash(folder)
    os.utime(folder / "score.py", (0, 0))
    (folder / "score.py").chmod(0o755)
    assert content_hash(folder) == before


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
    before = content_hash(folder)
    change(folder)
    assert content_hash(folder) != before


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(["a", "b", "ab"]), st.sampled_from(["", "b", "\n"]), min_size=1, max_size=3
    )
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
    assert (content_hash(one) == content_hash(other)) == (files == {"a": "b"})


def test_a_file_is_itself_whatever_its_name(tmp_path: Path) -> None:
    write_files(tmp_path, {"a.pkl": "weights", "b.pkl": "weights"})
    assert object_hash(tmp_path / "a.pkl") == object_hash(tmp_path / "b.pkl")


def test_links_count_as_what_they_lead_to(folder: Path, tmp_path: Path) -> None:
    copied = tmp_path / "copied"
    shutil.copytree(folder, copied)
    shutil.move(copied / "parts", tmp_path / "shared")
    (copied / "parts").symlink_to(tmp_path / "shared")
    shutil.move(copied / "score.py", tmp_path / "other.py")
    (copied / "score.py").symlink_to(tmp_path / "other.py")
    assert content_hash(copied) == content_hash(folder)


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
    assert found.model.digest == object_hash(folder / "data/a.txt")
    assert found.code.digest == content_hash(folder)
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


def test_a_failure_ends_what_is_read_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Ctrl-C does: nobody waits until a large model has been read."""
    seen: list[threading.Event] = []

    def endless(path: Path, stop: threading.Event) -> str:
        seen.append(stop)
        assert stop.wait(30)
        return ""

    monkeypatch.setattr(hashing, "content_hash", endless)
    wanted = deployment(
        model=Model(name="m", path=tmp_path / "gone"), code=Code(path=tmp_path), environment=None
    )
    with pytest.raises(FileAccessError, match="gone"):
        content.identify(endpoint(wanted))
    assert all(each.is_set() for each in seen)


def identified(**changes: Any) -> Environment:
    wanted = deployment(model=None, code=None, environment=environment("", **changes))
    (found,) = content.identify(endpoint(wanted)).deployments
    assert isinstance(found.environment, Environment)
    return found.environment


def digest(**changes: Any) -> str:
    return identified(**changes).digest


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


# Build contexts


def test_a_build_context_has_the_identity_of_its_folder(folder: Path) -> None:
    write_files(folder, {"Dockerfile": "FROM base"})
    file = folder / "Dockerfile"
    found = identified(dockerfile="FROM base", dockerfile_path=file, context=folder)
    assert found.context_digest == object_hash(folder)


def test_a_dockerfile_of_elsewhere_makes_another_context_of_the_folder(folder: Path) -> None:
    def context(text: str) -> str:
        return identified(dockerfile=text, context=folder).context_digest

    before = [context("FROM base"), context("COPY . /"), context("COPY . /app")]
    assert len({object_hash(folder), *before}) == 4
    write_files(folder, {"score.py": "changed"})
    assert context("FROM base") == before[0]
    assert context("COPY . /") != before[1]


def test_an_environment_without_a_dockerfile_has_no_context() -> None:
    assert identified().context_digest == ""


def test_a_context_that_nothing_reads_need_not_be_read(tmp_path: Path) -> None:
    """Where it is not uploaded: the Dockerfile may be in a folder with everything else."""
    (tmp_path / "unreadable").symlink_to("nowhere")
    file = {"dockerfile_path": tmp_path / "Dockerfile", "context": tmp_path}
    wanted = endpoint(
        deployment(model=None, code=None, environment=environment("", dockerfile="FROM x", **file))
    )
    content.identify(wanted, unread_contexts=False)
    with pytest.raises(FileAccessError, match="unreadable"):
        content.identify(wanted)
