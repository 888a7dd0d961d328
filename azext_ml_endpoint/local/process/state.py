"""What is remembered about servers that run as processes, as small files.

    <home>/processes/<id>/instance.json         one instance; it holds names of variables, no values
    <home>/processes/<id>/spare.json            what may become one: see :mod:`.spares`
    <home>/processes/<endpoint>.<deployment>    the id of the deployment's instance
    <home>/process-endpoints/<endpoint>.json    one endpoint

An id is ``<endpoint>.<deployment>.<random>``: whose an instance is can be told even where its file
is damaged. One that is debugged has a word there, so that an editor finds it where the one before
was. A file is replaced in one go, so that no reader ever meets half of it.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from azext_ml_endpoint import disk
from azext_ml_endpoint.local import remembered as reader
from azext_ml_endpoint.local.lock import file_name, name_of
from azext_ml_endpoint.local.remembered import Damaged
from azext_ml_endpoint.local.runtime import EndpointRecord, same

_INSTANCE = "instance.json"
_NO_FILE = (errno.EINVAL, errno.EIO, errno.ELOOP, errno.ENXIO)
"""Pipes, sockets and devices, links that lead in circles, and what a broken disk has lost."""


@dataclass(frozen=True, kw_only=True)
class Remembered:
    """``port`` is on 127.0.0.1, ``environment`` a digest, ``started_at`` RFC 3339 in UTC.

    damage: why it cannot be read; then nothing is known but id, endpoint and deployment.
    """

    id: str
    endpoint: str
    deployment: str
    environment: str = ""
    port: int = 0
    started_at: str = ""
    variable_names: list[str] = field(default_factory=list)
    record: Mapping[str, Any] = field(default_factory=dict)
    damage: str = field(default="", compare=False)


def new_id(endpoint: str, deployment: str) -> str:
    return f"{file_name(endpoint)}.{file_name(deployment)}.{secrets.token_hex(6)}"


def debugged_id(endpoint: str, deployment: str) -> str:
    return f"{file_name(endpoint)}.{file_name(deployment)}.debugged"


class State:
    """The files below ``home``."""

    def __init__(self, home: Path) -> None:
        self._processes = home / "processes"
        self._endpoints = home / "process-endpoints"

    def folder(self, instance_id: str) -> Path:
        return self._processes / instance_id

    def remember(self, instance: Remembered) -> None:
        content = {key: value for key, value in asdict(instance).items() if key != "damage"}
        _write(self.folder(instance.id) / _INSTANCE, content)

    def instance(self, instance_id: str) -> Remembered | None:
        """The folder says which one it is, whatever the file says."""
        try:
            content = _read(self.folder(instance_id) / _INSTANCE)
            return None if content is None else _instance(instance_id, content)
        except Damaged as damage:
            return self._damaged(instance_id, f"{self.folder(instance_id) / _INSTANCE} {damage}")

    def instances(self) -> list[Remembered]:
        """A link that leads nowhere is damage too, and ``glob`` passes by those."""
        folders = (each for each in self._processes.glob("*") if os.path.lexists(each / _INSTANCE))
        found = (self.instance(each.name) for each in folders)
        return [each for each in found if each]

    def is_promoted(self, instance: Remembered) -> bool:
        """Where nobody can tell any more which one is, none is treated as left over."""
        try:
            return self._promoted(instance) == instance.id
        except Damaged:
            return True

    def damage(self, instance: Remembered) -> str:
        """Why what is remembered of it cannot be read; nothing where it can."""
        try:
            self._promoted(instance)
        except Damaged as damage:
            return f"{self._promotion(instance.endpoint, instance.deployment)} {damage}"
        return instance.damage

    def promote(self, endpoint: str, deployment: str, instance_id: str) -> None:
        """In one go: at every moment exactly one instance of the deployment is the promoted one."""
        _write(self._promotion(endpoint, deployment), instance_id)

    def forget(self, instance_id: str) -> None:
        """No error where it is forgotten already."""
        instance = self.instance(instance_id)
        if instance and self.is_promoted(instance):
            self._promotion(instance.endpoint, instance.deployment).unlink(missing_ok=True)
        self.forget_folder(instance_id)

    def forget_folder(self, instance_id: str) -> None:
        """Of what is no instance, or none any more."""
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(self.folder(instance_id))

    def endpoints(self) -> list[EndpointRecord]:
        found = (self._endpoint(each) for each in sorted(self._endpoints.glob("*.json")))
        return [each for each in found if each]

    def put_endpoint(self, record: EndpointRecord) -> None:
        content = {"name": record.name, "properties": dict(record.properties)}
        _write(self.endpoint_file(record.name), content)

    def drop_endpoint(self, name: str) -> None:
        self.endpoint_file(name).unlink(missing_ok=True)

    def endpoint_file(self, name: str) -> Path:
        return self._endpoints / f"{file_name(name)}.json"

    def _endpoint(self, file: Path) -> EndpointRecord | None:
        """The file says which one it is, whatever is in it: by its name it is found again."""
        name = name_of(file.stem)
        try:
            content = _read(file)
            return None if content is None else _endpoint(name, content)
        except Damaged as damage:
            return EndpointRecord(name=name, damage=f"{file} {damage}")

    def _damaged(self, instance_id: str, damage: str) -> Remembered | None:
        """None where its name does not say whose it is: nobody here has made it."""
        names = [name_of(each) for each in instance_id.split(".")]
        if len(names) != 3:
            return None
        return Remembered(id=instance_id, endpoint=names[0], deployment=names[1], damage=damage)

    def _promoted(self, instance: Remembered) -> str | None:
        """The id of the deployment's instance. Raises Damaged."""
        said = _read(self._promotion(instance.endpoint, instance.deployment))
        return None if said is None else reader.text(said, "the id")

    def _promotion(self, endpoint: str, deployment: str) -> Path:
        return self._processes / f"{file_name(endpoint)}.{file_name(deployment)}"


@contextlib.contextmanager
def file_access() -> Iterator[None]:
    """Says which file of ours could not be read or written, and why."""
    try:
        yield
    except OSError as error:
        raise disk.failure(
            error, Path("A file"), "Make room on the disk, or the folder accessible."
        ) from error


def _endpoint(name: str, content: Any) -> EndpointRecord:
    said = reader.mapping(content, "an endpoint")
    spelled = reader.required(said, "name", reader.text)
    if not same(spelled, name):
        raise Damaged(f"is about another endpoint, {spelled}")
    return EndpointRecord(name=spelled, properties=reader.properties(said.get("properties", {})))


def _instance(instance_id: str, content: Any) -> Remembered:
    said = reader.mapping(content, "an instance")
    return Remembered(
        id=instance_id,
        endpoint=reader.required(said, "endpoint", reader.text),
        deployment=reader.required(said, "deployment", reader.text),
        environment=reader.required(said, "environment", reader.text),
        port=reader.required(said, "port", reader.port),
        started_at=reader.required(said, "started_at", reader.moment),
        variable_names=reader.texts(said.get("variable_names", []), "variable_names"),
        record=reader.record(said.get("record", {})),
    )


def _read(path: Path) -> Any:
    """None where there is no such file. Raises Damaged, OSError."""
    try:
        content = disk.read_own(path)
    except FileNotFoundError:
        return None
    except IsADirectoryError:
        raise Damaged("is a folder") from None
    except OSError as error:
        if error.errno not in _NO_FILE:
            raise
        raise Damaged(f"cannot be read: {error.strerror}") from None
    data = reader.parsed(content)
    if data is None:
        raise Damaged("holds nothing")
    return data


def _write(path: Path, content: object) -> None:
    """Only its owner may read it. Raises FileAccessError."""
    disk.put(path, json.dumps(content))
