"""Visual Studio Code's file, with an entry for each server that waits."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from azext_ml_endpoint.errors import FileAccessError, UsageError
from azext_ml_endpoint.local.debug import launching
from azext_ml_endpoint.local.debug.debugger import Attachment


def attachment(local: Path, port: int = 5678) -> Attachment:
    return Attachment(
        endpoint="houses", deployment="blue", port=port, local=local, remote="/var/azureml-app/src"
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / ".vscode" / "launch.json"


def test_an_entry_says_where_it_is_and_where_the_code_is(file: Path, tmp_path: Path) -> None:
    launching.put(file, attachment(tmp_path / "my" / "src"))
    (entry,) = json.loads(file.read_text())["configurations"]
    assert entry == {
        "name": "ml endpoint: houses/blue",
        "type": "debugpy",
        "request": "attach",
        "connect": {"host": "127.0.0.1", "port": 5678},
        "pathMappings": [
            {"localRoot": "${workspaceFolder}/my/src", "remoteRoot": "/var/azureml-app/src"}
        ],
    }


def test_folders_within_and_elsewhere(tmp_path: Path) -> None:
    for folder, said in {tmp_path: "${workspaceFolder}", Path("/else"): "/else"}.items():
        (mapping,) = launching.entry(attachment(folder), tmp_path)["pathMappings"]
        assert mapping["localRoot"] == said


def test_there_is_one_for_each_deployment_and_others_may_read_it(
    file: Path, tmp_path: Path
) -> None:
    for port in (5678, 5679):
        launching.put(file, attachment(tmp_path, port))
    (entry,) = json.loads(file.read_text())["configurations"]
    assert entry["connect"]["port"] == 5679
    assert file.stat().st_mode & 0o044 == 0o044


def test_what_is_right_is_not_written(file: Path, tmp_path: Path) -> None:
    launching.put(file, attachment(tmp_path))
    made = file.stat().st_ino
    launching.put(file, attachment(tmp_path))
    assert file.stat().st_ino == made


@pytest.mark.parametrize("content", [b'{"configurations": 1}', b"\xff\xfe", b"{"])
def test_what_cannot_be_read_stays_as_it_is(file: Path, content: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    with pytest.raises(UsageError, match="cannot be read"):
        launching.check(file)
    with pytest.raises(UsageError, match="cannot be read"):
        launching.put(file, attachment(file.parent))
    assert file.read_bytes() == content


def test_a_file_that_is_missing_is_no_trouble(file: Path) -> None:
    launching.check(file)
    assert not file.parent.exists()


def test_a_folder_that_cannot_be_made_is_told(file: Path, tmp_path: Path) -> None:
    file.parent.write_text("no folder")
    with pytest.raises(FileAccessError, match=r"\.vscode"):
        launching.put(file, attachment(tmp_path))


def _file_for_a_folder(file: Path) -> None:
    file.parent.write_text("")


def _link_to_nowhere(file: Path) -> None:
    file.parent.symlink_to("/no/such/folder")


def _pipe(file: Path) -> None:
    file.parent.mkdir()
    os.mkfifo(file)


def _device(file: Path) -> None:
    file.parent.mkdir()
    file.symlink_to("/dev/zero")


def _folder(file: Path) -> None:
    file.mkdir(parents=True)


@pytest.mark.parametrize("lay", [_file_for_a_folder, _link_to_nowhere, _pipe, _device, _folder])
def test_what_is_no_file_in_a_folder_is_told_before_anything_is_done(
    file: Path, lay: Callable[[Path], None]
) -> None:
    lay(file)
    with pytest.raises((UsageError, FileAccessError)) as refused:
        launching.check(file)
    assert "--debug-port" in str(refused.value.recommendation)


def test_a_folder_may_be_a_link(file: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    file.parent.symlink_to("elsewhere")
    launching.put(file, attachment(tmp_path))
    assert "houses/blue" in (tmp_path / "elsewhere/launch.json").read_text()
