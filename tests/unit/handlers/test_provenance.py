from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from azext_ml_endpoint.cloud import credentials
from azext_ml_endpoint.handlers import provenance

CMD: Any = SimpleNamespace(cli_ctx=None)


@pytest.fixture(autouse=True)
def login(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "account_name", lambda _: "ada@example.com")
    monkeypatch.setattr("getpass.getuser", lambda: "ada")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "endpoint.yml"
    file.write_text("name: houses")
    return file


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    command = ["git", "-C", str(folder), *who, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_in_azure_it_is_the_account_and_here_the_user() -> None:
    assert provenance.of(CMD, "update").who == "ada@example.com"
    assert provenance.of(CMD, "update", local=True).who == "ada"


def test_without_a_login_it_is_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "account_name", lambda _: None)
    assert provenance.of(CMD, "update").who == "ada"


def test_a_file_has_its_hash_and_no_commit_where_there_is_no_repository(file: Path) -> None:
    made = provenance.of(CMD, "update", files=[str(file)])
    assert made.file_hash == hashlib.sha256(b"name: houses").hexdigest()
    assert made.commit is None


def test_a_file_in_a_repository_has_its_commit(file: Path) -> None:
    git(file.parent, "init", "-q")
    git(file.parent, "add", ".")
    git(file.parent, "commit", "-qm", "Begin")
    made = provenance.of(CMD, "update", files=[str(file)])
    assert made.commit == git(file.parent, "rev-parse", "HEAD")


def test_a_file_that_is_not_there_is_for_others_to_complain_of(tmp_path: Path) -> None:
    assert provenance.of(CMD, "update", files=[str(tmp_path / "none.yml")]).file_hash is None


def test_several_files_have_one_hash_whatever_their_names_and_order(file: Path) -> None:
    blue = file.parent / "blue.yml"
    blue.write_text("name: blue")

    def made(*files: Path) -> str | None:
        return provenance.of(CMD, "update", files=[str(each) for each in files]).file_hash

    both = made(file, blue)
    assert both == made(blue, file) == made(file.parent)
    assert both not in (None, made(file), made(blue))
    blue.rename(file.parent / "azure.yml")
    assert made(file.parent) == both
    (file.parent / "azure.yml").write_text("name: green")
    assert made(file.parent) != both


def test_a_folder_is_all_its_files_with_their_digests(file: Path) -> None:
    (file.parent / "notes.txt").write_text("")
    digest = hashlib.sha256(b"name: houses").hexdigest()
    assert provenance.digests([str(file.parent)]) == {str(file): digest}
