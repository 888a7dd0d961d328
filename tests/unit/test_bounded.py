"""Answers that are larger than anybody needs, decompressed ones among them."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator

import pytest
import requests

from azext_ml_endpoint.bounded import MEGABYTE, BoundedSession
from azext_ml_endpoint.errors import ServiceError
from tests.fakes.http_server import LocalServer, local_server

MOST = MEGABYTE


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with local_server() as told:
        yield told


@pytest.fixture
def session() -> Iterator[BoundedSession]:
    with BoundedSession(MOST, ServiceError) as session:
        session.trust_env = False
        yield session


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b"0" * 200 * MEGABYTE)),
        ("deflate", zlib.compress(b"0" * 200 * MEGABYTE)),
        ("gzip, gzip", gzip.compress(gzip.compress(b"0" * 200 * MEGABYTE))),
        ("identity", b"0" * (MOST + 1)),
    ],
    ids=["gzip", "deflate", "twice", "plain"],
)
@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_that_is_too_large_is_left(
    server: LocalServer, session: BoundedSession, encoding: str, body: bytes, stream: bool
) -> None:
    server.headers, server.body = {"Content-Encoding": encoding}, body
    with pytest.raises(ServiceError, match="is larger than 1 MB; the rest of it was not read"):
        session.get(server.uri, stream=stream)


@pytest.mark.parametrize("body", [b"", b"{}", b"0" * MOST])
@pytest.mark.parametrize("stream", [False, True])
def test_any_other_is_as_it_was(
    server: LocalServer, session: BoundedSession, body: bytes, stream: bool
) -> None:
    server.headers, server.body = {"Content-Encoding": "gzip"}, gzip.compress(body)
    answer = session.get(server.uri, stream=stream)
    assert answer.content == body
    assert b"".join(answer.iter_content(1000)) == body


def test_an_answer_that_breaks_off_is_told_as_ever(
    server: LocalServer, session: BoundedSession
) -> None:
    server.cut = True
    with pytest.raises(requests.RequestException):
        session.get(server.uri)
