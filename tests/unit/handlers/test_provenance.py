from __future__ import annotations

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
    made = provenance.of(CMD, "update", hashes={str(file): "c0de"})
    assert (made.file_hash, made.commit) == ("c0de", None)


def test_a_file_in_a_repository_has_its_commit(file: Path) -> None:
    git(file.parent, "init", "-q")
    git(file.parent, "add", ".")
    git(file.parent, "commit", "-qm", "Begin")
    made = provenance.of(CMD, "update", hashes={str(file): "c0de"})
    assert made.commit == git(file.parent, "rev-parse", "HEAD")


def test_without_a_file_there_is_no_hash() -> None:
    assert provenance.of(CMD, "update").file_hash is None


def test_several_files_have_one_hash_whatever_their_names_and_order() -> None:
    def made(**hashes: str) -> str | None:
        return provenance.of(CMD, "update", hashes=hashes).file_hash

    both = made(endpoint="c0de", blue="b1ue")
    assert both == made(blue="b1ue", endpoint="c0de") == made(azure="b1ue", endpoint="c0de")
    assert both not in (None, made(endpoint="c0de"), made(blue="b1ue"))
    assert both != made(endpoint="c0de", blue="9reen")
