"""A deployment runs a copy of its code, which nobody edits and which shows what is logged."""

from __future__ import annotations

import json
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from azext_ml_endpoint.content import hashing, tree
from azext_ml_endpoint.document.model import Code
from azext_ml_endpoint.errors import FileAccessError
from azext_ml_endpoint.local import snapshot
from tests.fakes.builders import write_files

PATIENCE = 30
FILES = {"score.py": "def init(): ...", "parts/model.py": "WEIGHTS = []"}


@pytest.fixture
def code(tmp_path: Path) -> Code:
    path = write_files(tmp_path / "onlinescoring", FILES)
    return Code(path=path, digest=hashing.content_hash(path))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "home/code/houses"


def texts(folder: Path) -> dict[str, str]:
    return {each.relative: each.path.read_text() for each in tree.files(folder)}


def test_the_copy_has_the_files_and_the_logging_configuration(code: Code, folder: Path) -> None:
    taken = snapshot.take(code, "score.py", folder)
    configured = texts(taken)
    assert json.loads(configured.pop("logging.json"))["root"]["level"] == "INFO"
    assert configured == FILES


def test_the_users_folder_is_left_as_it_was(code: Code, folder: Path) -> None:
    snapshot.take(code, "score.py", folder)
    assert texts(code.path) == FILES


def test_caches_are_not_copied(code: Code, folder: Path) -> None:
    write_files(code.path, {"__pycache__/score.pyc": "", "parts/__pycache__/model.pyc": ""})
    assert not list(snapshot.take(code, "score.py", folder).rglob("__pycache__"))


def test_what_the_ignore_file_names_is_not_copied(code: Code, folder: Path) -> None:
    write_files(code.path, {".amlignore": "data/\n*.csv", "data/a.txt": "", "parts/b.csv": ""})
    assert set(texts(snapshot.take(code, None, folder))) == {*FILES, ".amlignore"}


def test_links_are_copied_as_what_they_lead_to(code: Code, folder: Path, tmp_path: Path) -> None:
    write_files(tmp_path / "shared", {"common.py": "PRICE = 1"})
    (code.path / "shared").symlink_to(tmp_path / "shared")
    copied = snapshot.take(code, "score.py", folder) / "shared/common.py"
    assert copied.read_text() == "PRICE = 1" and not copied.is_symlink()


def test_permissions_are_kept_and_the_folder_can_be_read_by_a_container(
    code: Code, folder: Path
) -> None:
    (code.path / "score.py").chmod(0o751)
    taken = snapshot.take(code, "score.py", folder)
    assert (taken / "score.py").stat().st_mode & 0o777 == 0o751
    assert taken.stat().st_mode & 0o777 == 0o755


def test_only_its_owner_gets_as_far_as_the_snapshot(code: Code, folder: Path) -> None:
    snapshot.take(code, "score.py", folder)
    made = (folder, folder.parent, folder.parent.parent)
    assert {stat.S_IMODE(each.stat().st_mode) for each in made} == {0o700}


def test_the_configuration_stands_beside_the_script(code: Code, folder: Path) -> None:
    taken = snapshot.take(code, "parts/model.py", folder)
    assert (taken / "parts/logging.json").exists() and not (taken / "logging.json").exists()


def test_the_users_own_logging_configuration_is_kept(code: Code, folder: Path) -> None:
    write_files(code.path, {"logging.json": "{}"})
    assert (snapshot.take(code, "score.py", folder) / "logging.json").read_text() == "{}"


def test_code_without_a_script_needs_no_configuration(code: Code, folder: Path) -> None:
    assert texts(snapshot.take(code, None, folder)) == FILES


def test_the_same_content_is_copied_once(code: Code, folder: Path) -> None:
    first = snapshot.take(code, "score.py", folder)
    (first / "score.py").write_text("the first copy")
    assert snapshot.take(code, "score.py", folder) == first
    assert (first / "score.py").read_text() == "the first copy"


def test_other_content_is_another_copy(code: Code, folder: Path) -> None:
    first = snapshot.take(code, "score.py", folder)
    assert snapshot.take(replace(code, digest="f" * 64), "score.py", folder) != first


def test_deployments_that_share_their_code_may_copy_it_at_the_same_time(
    code: Code, folder: Path
) -> None:
    both = threading.Barrier(2)

    class Meeting(type(code.path)):  # type: ignore[misc]
        """Each copies before either has put its copy in place."""

        def exists(self) -> bool:
            there = bool(super().exists())
            if not there:
                both.wait(PATIENCE)
            return there

    with ThreadPoolExecutor() as pool:
        taken = list(pool.map(lambda _: snapshot.take(code, "score.py", Meeting(folder)), range(2)))
    assert taken[0] == taken[1]
    assert [each.name for each in folder.iterdir()] == [taken[0].name]
    assert set(texts(taken[0])) == {*FILES, "logging.json"}


def test_a_copy_that_fails_leaves_nothing(code: Code, folder: Path) -> None:
    (code.path / "lost").symlink_to("nowhere")
    with pytest.raises(FileAccessError, match=r"onlinescoring/lost: the link leads nowhere"):
        snapshot.take(code, "score.py", folder)
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_named(code: Code, folder: Path) -> None:
    write_files(folder.parent.parent, {"code": "a file"})
    with pytest.raises(FileAccessError, match="home/code"):
        snapshot.take(code, "score.py", folder)


# Discarding


def test_snapshots_that_nothing_uses_are_discarded(code: Code, folder: Path) -> None:
    kept = snapshot.take(code, "score.py", folder)
    snapshot.take(replace(code, digest="f" * 64), "score.py", folder)
    (folder / "tmp_left_by_a_killed_command").mkdir()
    snapshot.discard(folder, keep=frozenset({code.digest}))
    assert list(folder.iterdir()) == [kept]


def test_a_folder_without_snapshots_is_discarded_too(code: Code, folder: Path) -> None:
    snapshot.take(code, "score.py", folder)
    snapshot.discard(folder, keep=frozenset())
    snapshot.discard(folder, keep=frozenset())
    assert not folder.exists()


def test_discarding_touches_no_other_folder(code: Code, folder: Path) -> None:
    other = snapshot.take(code, "score.py", folder.parent / "flats")
    snapshot.discard(folder, keep=frozenset())
    assert list(other.parent.iterdir()) == [other]
