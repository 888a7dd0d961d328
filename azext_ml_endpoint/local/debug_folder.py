"""The folder that a debugged server finds on ``PYTHONPATH``: see :mod:`.debug_hook`."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from azext_ml_endpoint.local import debug_hook

PACKAGES = "packages"
_PATH = "PYTHONPATH"


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


def ahead(folder: str, others: Mapping[str, str]) -> dict[str, str]:
    """The variable by which it is found, before what is in it anyway."""
    before = others.get(_PATH)
    return {_PATH: f"{folder}{os.pathsep}{before}" if before else folder}


def without(folder: str, variables: Mapping[str, str]) -> dict[str, str]:
    """The variables as they were before."""
    return {
        name: value.removeprefix(f"{folder}{os.pathsep}") if name == _PATH else value
        for name, value in variables.items()
    }
