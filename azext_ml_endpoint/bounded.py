"""HTTP sessions that read no more of an answer than anybody needs.

A kilobyte can be a gigabyte when it has been decompressed.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import requests

from azext_ml_endpoint.errors import EndpointError

MEGABYTE = 1 << 20
_CHUNK = 1 << 16


class BoundedSession(requests.Session):
    """most: bytes of an answer's body, when it has been decompressed.

    error: what is raised for an answer that has more, before the rest is read.
    """

    def __init__(self, most: int, error: type[EndpointError]) -> None:
        super().__init__()
        self._most = most
        self._error = error

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        response = super().send(request, **{**options, "stream": True})
        # what ``content`` keeps, and ``iter_content`` cuts into pieces, once all has been read
        # pylint: disable-next=protected-access
        response._content = self._read(response)
        return response

    def _read(self, response: requests.Response) -> bytes:
        body = bytearray()
        for chunk in response.iter_content(_CHUNK):
            body += chunk
            if len(body) > self._most:
                response.close()
                host = urlsplit(response.url).netloc
                raise self._error(
                    f"The answer of {host} is larger than {self._most // MEGABYTE} MB; "
                    "the rest of it was not read."
                )
        return bytes(body)
