"""The storage account of the workspace, as far as the service looks into it."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Protocol


class Storage(Protocol):
    """``key`` is the account key, in base64. Called from any thread."""

    account: str
    key: str

    def create_container(self, name: str) -> None:
        """Makes an empty container; one that is there stays as it is."""

    def exists(self, container: str, path: str) -> bool:
        """Whether there is a blob ``path``, or one below it; ``""`` means anything at all."""

    def sas(self, container: str, permissions: str, expires: datetime) -> str:
        """A SAS token for a container, without ``?``. permissions: letters such as ``rwl``."""


class MemoryStorage:
    """A :class:`Storage` in memory. ``blobs``: (container, path) -> (content, metadata)."""

    def __init__(self, account: str = "wsstorage") -> None:
        self.account = account
        self.key = base64.b64encode(b"the key of an account that is not there").decode()
        self.containers: set[str] = set()
        self.blobs: dict[tuple[str, str], tuple[bytes, dict[str, str]]] = {}

    def create_container(self, name: str) -> None:
        self.containers.add(name)

    def exists(self, container: str, path: str) -> bool:
        below = path.rstrip("/") + "/" if path else ""
        paths = [blob for where, blob in list(self.blobs) if where == container]
        return any(blob == path or blob.startswith(below) for blob in paths)

    def sas(self, container: str, permissions: str, expires: datetime) -> str:
        until = expires.strftime("%Y-%m-%dT%H:%M:%SZ").replace(":", "%3A")
        return f"sv=2024-11-04&sr=c&sp={permissions}&se={until}&sig=signature-of-{container}"
