"""What is remembered about servers that run as processes, as small files.

    <home>/processes/<id>/instance.json         one instance; it holds names of variables, no values
    <home>/processes/<endpoint>.<deployment>    the id of the deployment's instance
    <home>/process-endpoints/<endpoint>.json    one endpoint

A file is replaced in one go, so that no reader ever meets half of it.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from azext_ml_endpoint.errors import FileAccessError
from azext_ml_endpoint.local.lock import file_name
from azext_ml_endpoint.local.runtime import EndpointRecord

_INSTANCE = "instance.json"


@dataclass(frozen=True, kw_only=True)
class Remembered:
    """``port`` is on 127.0.0.1, ``environment`` a digest, ``started_at`` RFC 3339 in UTC."""

    id: str
    endpoint: str
    deployment: str
    environment: str
    port: int
    started_at: str
    variable_names: list[str] = field(default_factory=list)
    record: Mapping[str, Any] = field(default_factory=dict)


class State:
    """The files below ``home``."""

    def __init__(self, home: Path) -> None:
        self._processes = home / "processes"
        self._endpoints = home / "process-endpoints"

    def folder(self, instance_id: str) -> Path:
        return self._processes / instance_id

    def remember(self, instance: Remembered) -> None:
        _write(self.folder(instance.id) / _INSTANCE, asdict(instance))

    def instance(self, instance_id: str) -> Remembered | None:
        content = _read(self.folder(instance_id) / _INSTANCE)
        return Remembered(**content) if content else None

    def instances(self) -> list[Remembered]:
        found = (self.instance(each.parent.name) for each in self._processes.glob(f"*/{_INSTANCE}"))
        return [each for each in found if each]

    def is_promoted(self, instance: Remembered) -> bool:
        return bool(_read(self._promotion(instance.endpoint, instance.deployment)) == instance.id)

    def promote(self, endpoint: str, deployment: str, instance_id: str) -> None:
        """In one go: at every moment exactly one instance of the deployment is the promoted one."""
        _write(self._promotion(endpoint, deployment), instance_id)

    def forget(self, instance_id: str) -> None:
        """No error where it is forgotten already."""
        instance = self.instance(instance_id)
        if instance and self.is_promoted(instance):
            self._promotion(instance.endpoint, instance.deployment).unlink(missing_ok=True)
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(self.folder(instance_id))

    def endpoints(self) -> list[EndpointRecord]:
        found = map(_read, self._endpoints.glob("*.json"))
        return [EndpointRecord(**content) for content in found if content]

    def put_endpoint(self, record: EndpointRecord) -> None:
        _write(self.endpoint_file(record.name), asdict(record))

    def drop_endpoint(self, name: str) -> None:
        self.endpoint_file(name).unlink(missing_ok=True)

    def endpoint_file(self, name: str) -> Path:
        return self._endpoints / f"{file_name(name)}.json"

    def _promotion(self, endpoint: str, deployment: str) -> Path:
        return self._processes / f"{file_name(endpoint)}.{file_name(deployment)}"


@contextlib.contextmanager
def file_access() -> Iterator[None]:
    """Says which file of ours could not be read or written, and why."""
    try:
        yield
    except OSError as error:
        raise FileAccessError(
            f"{error.filename or 'A file'}: {error.strerror or error}",
            "Make room on the disk, or the folder accessible.",
        ) from error


def _read(path: Path) -> Any:
    """None where there is no such file."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        return json.loads(text)
    except ValueError as error:
        raise FileAccessError(
            f"{path} is damaged: {error}.", "Remove it, then run the command again."
        ) from error


def _write(path: Path, content: object) -> None:
    """Only its owner may read it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".new")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file)
    Path(draft).replace(path)
