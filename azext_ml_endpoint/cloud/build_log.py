"""The end of the log of an image build that failed; the service says where it is.

It is in the workspace's own storage account, in most cases. A message may name any address: only
that account is asked, with what the workspace or the caller has for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from azext_ml_endpoint.cloud import logs
from azext_ml_endpoint.cloud.assets.bodies import WORKSPACE_STORE
from azext_ml_endpoint.cloud.assets.datastores import Datastores
from azext_ml_endpoint.cloud.contract import Blobs
from azext_ml_endpoint.cloud.redaction import redact
from azext_ml_endpoint.errors import EndpointError

_BYTES = 1 << 16
"""Of the end of a log: more than the lines that are shown."""

_QUOTED = r"[\"'‘’“”]"
_NAME = r"(?P<account>[\w-]{1,80})"
_CONTAINER = r"(?P<container>[a-z0-9$-]{1,63})"
_PATH = r"(?P<path>[^\"'‘’“”?#\s]{1,1024})"
_PLACES = (
    # with the container as the path's first part
    re.compile(
        rf"blob store {_QUOTED}{_NAME}{_QUOTED} under the path {_QUOTED}/{_CONTAINER}/{_PATH}"
    ),
    re.compile(
        rf"storage account {_QUOTED}{_NAME}{_QUOTED} in the container {_QUOTED}{_CONTAINER}"
        rf"{_QUOTED} at the path {_QUOTED}/?{_PATH}{_QUOTED}",
        re.IGNORECASE,
    ),
)
_URL = re.compile(r"https://[\w.:-]{1,255}/[^\s\"'<>]{1,2048}")
_LOG = re.compile(r"log", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """account: its name, or its host where the message has a URL."""

    account: str
    container: str
    path: str

    def __str__(self) -> str:
        return f"{self.container}/{self.path} of the storage account {self.account}"


def place(message: str) -> Place | None:
    """Where the message says that the log is; None where it names none."""
    found = next(filter(None, (pattern.search(message) for pattern in _PLACES)), None)
    if found:
        return Place(found["account"], found["container"], found["path"])
    return next(filter(None, map(_of_url, _URL.findall(message))), None)


def end(message: str, datastores: Datastores, blobs: Blobs, lines: int) -> str | None:
    """The last lines, or one that says why they cannot be read; None where no log is named.

    Never raises: it is told beside a failure that counts more.
    """
    there = place(message)
    if there is None:
        return None
    try:
        last = _read(there, datastores, blobs).splitlines()[-lines:]
    except EndpointError as error:
        return f"The build log, {there}, cannot be read: {error.message}"
    return logs.shown(f"the build log, {there}", map(redact, last))


def _of_url(url: str) -> Place | None:
    parts = urlsplit(url.rstrip(".,;)"))
    container, _, path = unquote(parts.path).strip("/").partition("/")
    if not path or not _LOG.search(path) or ".blob." not in parts.netloc:
        return None
    return Place(parts.netloc, container, path)


def _read(there: Place, datastores: Datastores, blobs: Blobs) -> str:
    refusal: EndpointError | None = None
    for container in datastores.ways_into(WORKSPACE_STORE, there.account, there.container):
        try:
            content = blobs.tail(container, there.path, _BYTES)
        except EndpointError as error:
            refusal = refusal or error
        else:
            return content.decode("utf-8", errors="replace")
    raise refusal or EndpointError("it is not in the workspace's own storage account.")
