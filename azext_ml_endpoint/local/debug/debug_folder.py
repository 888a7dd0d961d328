"""The folder that a debugged server finds on ``PYTHONPATH``: see :mod:`.debug_hook`."""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from azext_ml_endpoint import disk
from azext_ml_endpoint.local.debug import debug_hook

PACKAGES, DEBUGPY = "packages", "debugpy"
_PATH, _BETWEEN = "PYTHONPATH", ":"
"""Servers run on Linux, or where it is the same."""


def put_hook(folder: Path, host: str, port: int) -> Path:
    """What a server, whoever it runs as, must find there, but for debugpy itself.

    host, port: where it listens, as it sees the network. Raises OSError.
    """
    shutil.rmtree(folder, ignore_errors=True)
    (folder / PACKAGES).mkdir(parents=True)
    shutil.copyfile(debug_hook.__file__, folder / "sitecustomize.py")
    content = json.dumps({"host": host, "port": port})
    (folder / "debugger.json").write_text(content, encoding="utf-8")
    for each in (folder, *folder.iterdir()):
        each.chmod(0o755 if each.is_dir() else 0o644)
    return folder


def kept_hook(parent: Path, host: str, port: int) -> Path:
    """One that stays, for all servers that listen so: it is never changed. Raises OSError."""
    made_of = repr((Path(debug_hook.__file__).read_bytes(), host, port))
    folder = parent / hashlib.sha256(made_of.encode()).hexdigest()[:16]
    if not folder.exists():
        disk.make_folder(parent)
        draft = put_hook(parent / f"{secrets.token_hex(8)}.new", host, port)
        (draft / PACKAGES / DEBUGPY).mkdir()  # a mount needs its place
        with contextlib.suppress(FileExistsError):  # somebody else was quicker
            draft.rename(folder)
    return folder


def ahead(folder: str, others: Mapping[str, str]) -> dict[str, str]:
    """The variable by which it is found, before what is in it anyway."""
    before = others.get(_PATH)
    return {_PATH: f"{folder}{_BETWEEN}{before}" if before else folder}


def without(folder: str, variables: Mapping[str, str]) -> dict[str, str]:
    """The variables as they were before."""
    return {
        name: value.removeprefix(f"{folder}{_BETWEEN}") if name == _PATH else value
        for name, value in variables.items()
    }
