"""VS Code's file of what can be launched: an entry for each server that waits for a debugger."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from azext_ml_endpoint import disk
from azext_ml_endpoint.errors import UsageError
from azext_ml_endpoint.local.debug import launch_json
from azext_ml_endpoint.local.debug.debugger import Attachment

_MOST = 10 * 1024 * 1024
_MOVE = "Move it away, or give --debug-port in place of --vscode-debug."
_FOLDER = "${workspaceFolder}"


def check(file: Path) -> None:
    """Raises UsageError, FileAccessError where it could not have an entry."""
    folder = file.parent
    if os.path.lexists(folder) and not folder.is_dir():
        raise UsageError(f"{folder} is no folder, in which {file.name} could be.", _MOVE)
    launch_json.with_entry(_read(file), {"name": ""})


def put(file: Path, attachment: Attachment) -> None:
    """All else in it stays as it is. Raises as :func:`check`."""
    before = _read(file)
    after = launch_json.with_entry(before, entry(attachment, file.parent.parent))
    if after == before:
        return
    try:
        file.parent.mkdir(exist_ok=True)
    except OSError as error:
        raise disk.failure(error, file.parent) from error
    disk.put(file, after, private=False)


def entry(attachment: Attachment, workspace: Path) -> dict[str, Any]:
    """workspace: the folder that VS Code has open."""
    return {
        "name": f"ml endpoint: {attachment.endpoint}/{attachment.deployment}",
        "type": "debugpy",
        "request": "attach",
        "connect": {"host": "127.0.0.1", "port": attachment.port},
        "pathMappings": [
            {"localRoot": _local(attachment.local, workspace), "remoteRoot": attachment.remote}
        ],
    }


def _local(folder: Path, workspace: Path) -> str:
    """As it is in everybody's checkout, where it can be said so."""
    try:
        below = folder.relative_to(workspace).as_posix()
    except ValueError:
        return str(folder)
    return _FOLDER if below == "." else f"{_FOLDER}/{below}"


def _read(file: Path) -> str:
    if not file.exists():
        return ""
    try:
        with disk.own(file) as opened:  # nobody waits for a pipe
            return disk.limited(opened, _MOST, str(file)).decode("utf-8")
    except OSError as error:
        raise disk.failure(error, file, _MOVE) from error
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{file} cannot be read: it is not UTF-8 text.",
            "Correct the file, then run this again. Nothing has been changed.",
        ) from error
