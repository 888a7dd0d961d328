"""The credential of a container: a SAS is renewed before it expires, or when it is refused."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any, TypeVar
from urllib.parse import parse_qs

from azure.core.credentials import AzureSasCredential
from azure.core.exceptions import HttpResponseError

from azext_ml_endpoint.cloud.contract import Container

T = TypeVar("T")

MARGIN = 300.0
"""Seconds before its end at which a SAS is renewed; a tenth of its life where that is less."""


class Access:
    """``credential`` is what azure.storage.blob takes, for as long as the container is used."""

    def __init__(self, container: Container, clock: Callable[[], float] = time.time) -> None:
        self._renew = container.renew
        self._clock = clock
        self._lock = threading.Lock()
        self._due = float("inf")
        self.credential = container.credential
        if isinstance(container.credential, str):
            self.credential = AzureSasCredential(container.credential)
            self._due = self._due_time(container.credential)

    def use(self, operation: Callable[[], T]) -> T:
        """Tries once more with a fresh SAS where storage no longer takes this one."""
        used = self._current()
        try:
            return operation()
        except HttpResponseError as error:
            if not _is_stale(error) or not self._replace(used):
                raise
        return operation()

    def _current(self) -> str | None:
        """The SAS; None for other credentials, which need no care."""
        if not isinstance(self.credential, AzureSasCredential):
            return None
        if self._clock() >= self._due:
            self._replace(self.credential.signature)
        return self.credential.signature

    def _replace(self, used: str | None) -> bool:
        """Whether there is another one than that which was used, now. One thread asks for it."""
        with self._lock:
            if used is None or self._renew is None:
                return False
            if used == self.credential.signature:
                fresh = self._renew()
                self.credential.update(fresh)
                self._due = self._due_time(fresh)
            return bool(self.credential.signature != used)

    def _due_time(self, sas: str) -> float:
        expires = expiry(sas)
        if expires is None or self._renew is None:
            return float("inf")
        return expires - min(MARGIN, (expires - self._clock()) / 10)


def expiry(sas: str) -> float | None:
    """Seconds since the epoch; None for a SAS that does not tell, because a policy has its end.

    Its ``se`` is ISO 8601, in UTC, with or without seconds or time.
    """
    found: list[Any] = parse_qs(sas.lstrip("?")).get("se", [])
    if not found:
        return None
    try:
        end = datetime.fromisoformat(found[0].rstrip("Z")[:19])
    except ValueError:  # storage will say what it thinks of such a SAS
        return None
    return end.replace(tzinfo=timezone.utc).timestamp()


def _is_stale(error: HttpResponseError) -> bool:
    """A SAS that has expired, or whose key was changed, is refused like one that is forged."""
    code = getattr(error, "error_code", None)
    return error.status_code in (401, 403) and code in ("AuthenticationFailed", None)
