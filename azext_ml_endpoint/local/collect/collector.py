"""What a server is given that its script can collect data: the sidecar, and what both are to know.

    <home>/collectors/<endpoint>/<digest>/
        azext_ml_endpoint/local/…    :mod:`.sidecar` and what it imports
        settings.json                for it
        mdc-config.json              for the package azureml-ai-monitoring, as in Azure

A deployment that collects what the gateway sees, and nothing of its script's, needs none of it.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azext_ml_endpoint import disk
from azext_ml_endpoint.document.model import Deployment
from azext_ml_endpoint.local.collect import collection
from azext_ml_endpoint.local.lock import file_name
from azext_ml_endpoint.local.runtime import Collector

CONFIG, SIDECAR = "mdc-config.json", "azext_ml_endpoint/local/collect/sidecar.py"
_EVENTS = "azext_ml_endpoint/local/gateway/events.py"
"""Within the folder, and within that of packages, where they are copied from."""
_PACKAGES = Path(__file__).parents[3]
CONFIG_PATH = "AZUREML_MDC_CONFIG_PATH"
"""Where the package looks for its file."""
PORT = 50011
"""Where the package sends to by itself."""
_FOLDER = "collectors"
_OWNERS, _EVERYBODYS = 0o077, 0
_ANYBODY = 0o777


@dataclass(frozen=True)
class Whose:
    """home: of all that is local. container: whether the server runs in one, as whoever it may."""

    home: Path
    endpoint: str
    container: bool


def of(wanted: Deployment, whose: Whose) -> Collector | None:
    """None where its script collects nothing. Raises FileAccessError."""
    said = wanted.data_collector
    names = [name for name in collection.enabled(said) if name not in collection.PAYLOADS]
    if said is None or not names:
        return None
    folder = collection.root(whose.home, whose.endpoint) / file_name(wanted.name)
    try:
        program = _put(whose, _files(said, wanted.name, whose))
        disk.make_folder(folder)
        if whose.container:  # those above it are their owner's alone
            folder.chmod(_ANYBODY)
    except OSError as error:
        raise disk.failure(error, folder) from error
    return Collector(program=program, folder=folder)


def command(collector: Collector) -> list[str]:
    """Of a server on this machine: what follows its Python, and goes before its own command."""
    return ["-I", str(collector.program / SIDECAR), str(collector.folder)]


def variables(collector: Collector) -> dict[str, str]:
    return {CONFIG_PATH: str(collector.program / CONFIG)}


def forget(home: Path, endpoint: str) -> None:
    """What its servers were given. What they have collected stays."""
    shutil.rmtree(home / _FOLDER / file_name(endpoint), ignore_errors=True)


def config(said: Mapping[str, Any]) -> dict[str, Any]:
    """What the package is told: the names of the keys are its own."""
    share = collection.rate(said) * 100
    return {
        "collections": {
            name: {"enabled": True, "sampleRatePercentage": share}
            for name in collection.enabled(said)
        },
        "runMode": "cloud",
    }


def _files(said: Mapping[str, Any], deployment: str, whose: Whose) -> dict[str, bytes]:
    settings = {
        "port": PORT if whose.container else 0,
        "source": collection.source(whose.endpoint, deployment),
        "rolling": collection.rolling(said),
        "umask": _EVERYBODYS if whose.container else _OWNERS,
    }
    return {
        **{name: (_PACKAGES / name).read_bytes() for name in (SIDECAR, _EVENTS)},
        "settings.json": json.dumps(settings).encode(),
        CONFIG: json.dumps(config(said)).encode(),
    }


def _put(whose: Whose, files: Mapping[str, bytes]) -> Path:
    """By their content, whole or not at all. Raises OSError."""
    digest = hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()[:16]
    folder = whose.home / _FOLDER / file_name(whose.endpoint) / digest
    if folder.is_dir():
        return folder
    disk.make_folder(folder.parent)
    draft = folder.with_name(f".{secrets.token_hex(8)}")
    for name, content in files.items():
        (draft / name).parent.mkdir(parents=True, exist_ok=True)
        (draft / name).write_bytes(content)
    for each in (draft, *draft.rglob("*")):
        each.chmod(0o755 if each.is_dir() else 0o644)  # whoever it runs as
    _rename(draft, folder)
    return folder


def _rename(draft: Path, folder: Path) -> None:
    """Somebody else may have been as quick. Raises OSError."""
    try:
        draft.rename(folder)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        if not folder.is_dir():
            raise
