"""What Docker is asked that changes nothing: paths of the Engine API, and what is answered.

That is nearly all that most commands ask, and docker's library takes longer to load than they
take: so where the daemon is at a socket of this machine, :func:`at_socket` does without it.
"""

from __future__ import annotations

import json
import socket
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import closing
from http.client import HTTPConnection
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from azext_ml_endpoint import foreign_json
from azext_ml_endpoint.local.docker.contract import DaemonError, Facts

VERSION = "Api-Version"
"""The header that has it."""
_NOT_FOUND, _FIRST_REFUSAL = 404, 400


class Answer(NamedTuple):
    """version: of the Engine API, that the daemon speaks; None where it does not say."""

    status: int
    version: str | None
    body: bytes


def at_socket(path: str, target: str, seconds: float) -> Answer:
    """What is answered to GET by whoever listens at a Unix socket. target: path and query.

    Any thread may ask. Raises OSError, HTTPException.
    """
    with closing(_AtSocket(path, seconds)) as connection:
        connection.request("GET", target)
        response = connection.getresponse()
        return Answer(response.status, response.getheader(VERSION), response.read())


class _AtSocket(HTTPConnection):
    def __init__(self, path: str, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Looks(ABC):
    """The part of a :class:`.contract.Engine` that only looks, by whatever way it asks."""

    @abstractmethod
    def _get(self, doing: str, target: str) -> Answer:
        """doing: completes "Docker could not …". Raises RuntimeUnavailableError."""

    def architecture(self) -> str:
        return str(self._known("tell its architecture", "/version").get("Arch") or "")

    def containers(self, *labels: str) -> list[Facts]:
        target = _listing("/containers/json", {"label": labels}, all="1")
        return list(self._known("list its containers", target))

    def container(self, container_id: str) -> Facts | None:
        return self._look(f"look at {container_id}", f"/containers/{quote(container_id)}/json")

    def volumes(self, *labels: str) -> list[Facts]:
        target = _listing("/volumes", {"label": labels})
        return self._known("list its volumes", target)["Volumes"] or []

    def image(self, reference: str) -> Facts | None:
        target = f"/images/{quote(reference, safe='/:@')}/json"
        return self._look(f"look at {reference}", target)

    def images(self, *labels: str, repository: str | None = None) -> list[Facts]:
        named = {"reference": [repository]} if repository else {}
        target = _listing("/images/json", {"label": labels, **named})
        return list(self._known("list its images", target))

    def _look(self, doing: str, target: str) -> Facts | None:
        """None where it is not there."""
        answer = self._get(doing, target)
        return None if answer.status == _NOT_FOUND else _read(doing, answer)

    def _known(self, doing: str, target: str) -> Any:
        return _read(doing, self._get(doing, target))


def _listing(path: str, filters: Mapping[str, Sequence[str]], **query: str) -> str:
    said = {name: list(values) for name, values in filters.items() if values}
    return f"{path}?{urlencode({**query, 'filters': json.dumps(said)})}"


def _read(doing: str, answer: Answer) -> Any:
    """Raises DaemonError."""
    try:
        said = foreign_json.loads(answer.body)
    except ValueError as error:
        raise DaemonError(doing, _text(answer) or str(error), answer.status) from error
    if answer.status < _FIRST_REFUSAL:
        return said
    message = said.get("message") if isinstance(said, dict) else None
    raise DaemonError(doing, str(message or _text(answer)), answer.status)


def _text(answer: Answer) -> str:
    return answer.body.decode("utf-8", "replace").strip()
