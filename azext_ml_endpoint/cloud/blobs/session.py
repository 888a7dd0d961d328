"""HTTP connections of all uploads of a command: as many as workers, kept, and stopped at once."""

from __future__ import annotations

import io
import threading
from typing import Any
from urllib.parse import urlsplit

import requests
from azure.core.pipeline.transport import RequestsTransport
from requests.adapters import HTTPAdapter

from azext_ml_endpoint.bounded import MEGABYTE, BoundedSession
from azext_ml_endpoint.cloud.blobs.upload import raise_if_set
from azext_ml_endpoint.errors import StorageError

CONNECT_SECONDS = 10
"""Also the time in which each chunk of a body must go (the socket's timeout while it sends)."""
READ_SECONDS = 30
_MOST_BYTES = 64 * MEGABYTE
"""Of an answer: a list of 5000 blobs with their metadata is smaller."""
AT_ONCE = 1 << 16
"""Bytes. A longer body goes in chunks, so that a slow line does not meet the socket's timeout."""


def transport(connections: int, stop: threading.Event) -> RequestsTransport:
    """What it sends ends with Interrupted soon after ``stop`` is set."""
    return RequestsTransport(
        session=_Session(connections, stop),
        session_owner=False,
        connection_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
    )


class _Session(BoundedSession):
    def __init__(self, connections: int, stop: threading.Event) -> None:
        super().__init__(_MOST_BYTES, StorageError)
        self._stop = stop
        self._settings: dict[tuple[str, ...], Any] = {}
        # Keeps requests from putting what ~/.netrc says in the place of our Authorization.
        self.auth = _as_it_is
        # Whoever comes when all are in use waits; by default he would get one for this time only.
        self.mount("https://", HTTPAdapter(pool_maxsize=connections, pool_block=True))
        self.mount("http://", HTTPAdapter(pool_maxsize=connections, pool_block=True))

    def merge_environment_settings(self, url: Any, *options: Any) -> Any:
        """Proxy and certificates of a host, asked for once: it is a tenth of a small request."""
        key = (*urlsplit(url)[:2], repr(options))
        if key not in self._settings:
            self._settings[key] = super().merge_environment_settings(url, *options)
        return dict(self._settings[key])

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        raise_if_set(self._stop)
        if isinstance(request.body, bytes) and len(request.body) > AT_ONCE:
            request.body = _Body(request.body, self._stop)  # type: ignore[assignment]
        return super().send(request, **options)


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


class _Body(io.BytesIO):
    def __init__(self, content: bytes, stop: threading.Event) -> None:
        super().__init__(content)
        self._stop = stop

    def read(self, size: int | None = -1, /) -> bytes:
        raise_if_set(self._stop)
        return super().read(size)
