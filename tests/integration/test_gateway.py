"""What passes through the gateway's own process, before servers of the test's own."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests

from azext_ml_endpoint.scoring import DEPLOYMENT
from tests.fakes.interrupt import PATIENCE
from tests.integration.gateway_world import Large, Server, World, ask, standing, until


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the environment, which is made but once."""
    return tmp_path_factory.mktemp("gateway")


@pytest.fixture
def world(home: Path) -> Iterator[World]:
    with standing(home) as world:
        yield world


# What passes


def test_a_request_passes_as_it_came(world: World) -> None:
    blue = world.serve("blue")
    address = world.stand()
    answer = ask(address, "/score?a=%2F&b=c%20d", b'{"a": 1}', Authorization="Bearer key")
    assert json.loads(answer) == {"path": "/score?a=%2F&b=c%20d", "body": '{"a": 1}'}
    assert blue.headers["Authorization"] == "Bearer key"
    assert blue.headers["Host"] == f"127.0.0.1:{address.port}"
    assert blue.headers["Content-Length"] == "8"
    ask(address, Authorization="Bearer " + "k" * 30_000)
    assert len(blue.headers["Authorization"]) > 30_000


def test_a_body_that_is_compressed_stays_so(world: World) -> None:
    blue = world.serve("blue")
    address = world.stand()
    ask(address, body=b"not gzip at all", **{"Content-Encoding": "gzip"})
    assert blue.headers["Content-Encoding"] == "gzip"
    uri = f"http://127.0.0.1:{address.port}/zipped"
    with requests.post(uri, stream=True, timeout=PATIENCE) as answer:
        assert answer.raw.read(decode_content=False) == b"no!"
        assert answer.headers["Content-Encoding"] == "gzip"


def test_an_answer_comes_piece_by_piece(world: World) -> None:
    blue = world.serve("blue")
    uri = f"http://127.0.0.1:{world.stand().port}/stream"
    with requests.post(uri, stream=True, timeout=PATIENCE) as answer:
        pieces = answer.iter_content(None)
        assert next(pieces) == b"one"  # while the server still waits
        blue.go.set()
        assert b"".join(pieces) == b"two"
    assert (answer.status_code, answer.reason) == (201, "As it came")
    assert answer.raw.headers.getlist("X-Twice") == ["1", "2"]
    assert answer.headers[DEPLOYMENT] == "blue"


def test_a_request_goes_piece_by_piece(world: World) -> None:
    blue = world.serve("blue")

    def pieces() -> Iterator[bytes]:
        yield b"one"
        assert blue.begun.wait(PATIENCE)  # the server has it already
        yield b"two"

    assert ask(world.stand(), "/upload", pieces()) == "onetwo"


def test_a_client_that_asks_whether_it_may_go_on_is_told(world: World) -> None:
    world.serve("blue")
    with socket.create_connection(("127.0.0.1", world.stand().port), PATIENCE) as client:
        head = (
            b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        )
        client.sendall(head)
        assert client.recv(1000).startswith(b"HTTP/1.1 100 Continue")
        client.sendall(b"{}")
        assert client.recv(1000).startswith(b"HTTP/1.1 200 OK")


def test_an_answer_that_breaks_off_is_no_whole_one(world: World) -> None:
    world.serve("blue")
    with pytest.raises(requests.exceptions.RequestException):
        ask(world.stand(), "/cut")


def test_large_bodies_pass_both_ways(world: World) -> None:
    world.serve("blue")
    body = "x" * 20_000_000
    assert json.loads(ask(world.stand(), body=body.encode()))["body"] == body


def test_a_redirect_is_for_the_client(world: World) -> None:
    world.serve("blue")
    uri = f"http://127.0.0.1:{world.stand().port}/moved"
    answer = requests.post(uri, data=b"{}", allow_redirects=False, timeout=PATIENCE)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/score")


def test_an_answer_without_a_length_ends_with_its_connection(world: World) -> None:
    world.serve("blue")
    assert ask(world.stand(), "/until_closed") == "to the end"


def test_of_an_answer_to_head_there_is_no_body(world: World) -> None:
    world.serve("blue")
    answer = requests.head(world.stand().scoring_uri, timeout=PATIENCE)
    assert (answer.status_code, answer.headers["Content-Length"]) == (200, "25")


def test_an_answer_may_come_before_the_request_is_whole(world: World) -> None:
    """Of a request that is more than fits between the two."""
    blue = world.serve("blue")
    uri = f"http://127.0.0.1:{world.stand().port}/at_once"
    with requests.post(uri, data=b"x" * 20_000_000, timeout=PATIENCE) as answer:
        assert answer.status_code == 507
    blue.go.set()


def test_who_answers_and_closes_while_it_is_sent_to_is_heard(world: World) -> None:
    """What is sent on meets a connection that is no more, before the answer has been read."""
    world.serve("blue")
    uri = f"http://127.0.0.1:{world.stand().port}/refuse"
    answers = [requests.post(uri, data=Large(), timeout=PATIENCE) for _ in range(20)]
    assert {(each.status_code, each.text) for each in answers} == {(413, "too large")}


def test_a_coding_that_would_be_lost_is_told_of(world: World) -> None:
    world.serve("blue")
    with closing(http.client.HTTPConnection("127.0.0.1", world.stand().port)) as client:
        client.request("POST", "/score", b"0\r\n\r\n", {"Transfer-Encoding": "gzip, chunked"})
        answer = client.getresponse()
        assert (answer.status, b"chunked alone" in answer.read()) == (501, True)


def test_a_connection_cannot_make_another_body_of_a_request(world: World) -> None:
    """The body would be a request of its own, to who reads chunks."""
    world.serve("blue")
    body = "0\r\n\r\nPOST /slow HTTP/1.1\r\n\r\n"
    said = ask(world.stand(), body=body, Connection="close, Content-Length")
    assert json.loads(said)["body"] == body


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/endless", "its headers have more than 262144 bytes"),
        ("/babble", "no HTTP: Expected HTTP/"),
        ("/upgrade", "no HTTP: nobody has asked for 101"),
        ("/hang_up", "the connection was closed"),
    ],
)
def test_what_is_no_answer_is_a_502_that_says_why(world: World, path: str, why: str) -> None:
    world.serve("blue")
    uri = f"http://127.0.0.1:{world.stand().port}{path}"
    answer = requests.post(uri, timeout=PATIENCE)
    assert (answer.status_code, answer.headers[DEPLOYMENT]) == (502, "blue")
    assert f"/score gave no answer: {why}" in answer.text


def test_who_reads_slowly_slows_who_writes(world: World) -> None:
    """A gateway that held all that comes would hold gigabytes."""
    blue = world.serve("blue")
    uri = f"http://127.0.0.1:{world.stand().port}/flood"
    with requests.post(uri, stream=True, timeout=PATIENCE) as answer:
        assert answer.raw.read(1) == b"x"
        until(lambda: _stands(blue))
    assert blue.begun.wait(PATIENCE)  # who leaves is told of
    assert blue.sent < 1000  # of 64 KiB


def _stands(server: Server) -> bool:
    before = server.sent
    threading.Event().wait(0.2)
    return server.sent == before
