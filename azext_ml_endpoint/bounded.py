"""HTTP sessions that read no more of an answer than anybody needs, and answers as they arrive.

A kilobyte can be a gigabyte when it has been decompressed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
        whose = f"The answer of {urlsplit(response.url).netloc}"
        try:
            return joined(response.iter_content(_CHUNK), self._most, self._error, whose)
        except self._error:
            response.close()
            raise


def joined(
    pieces: Iterable[bytes], most: int, error: type[EndpointError], whose: str = "The answer"
) -> bytes:
    """Raises the error for more than ``most`` bytes, before the rest is read."""
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > most:
            raise error(
                f"{whose} is larger than {most // MEGABYTE} MB; the rest of it was not read."
            )
    return bytes(body)


def arriving(response: requests.Response) -> Iterator[bytes]:
    """The body, decompressed, in pieces that are there as soon as they have arrived.

    response: one of which nothing has been read (``stream=True``). ``iter_content`` alone would
    wait until a piece is full, unless the transfer is chunked.
    """
    response.raw = _Arriving(response.raw)
    return response.iter_content(_CHUNK)


class _Arriving:
    """What ``iter_content`` reads from, and whose errors it knows."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def stream(self, size: int, decode_content: bool = True) -> Iterator[bytes]:
        if self._raw.chunked:  # a piece is what the server sends as one
            yield from self._raw.stream(size, decode_content=decode_content)
            return
        while piece := self._raw.read1(size, decode_content=decode_content):
            yield piece
