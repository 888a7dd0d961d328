"""One request, one answer as it came, and a clear word where there is none."""

from __future__ import annotations

import socket
import time
import zlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from azext_ml_endpoint import scoring
from azext_ml_endpoint.errors import BrokenAnswerError, ScoringError
from azext_ml_endpoint.scoring import Answer, Request
from tests.fakes.http_server import LocalServer, local_server
from tests.simulator.authority import Authority

PATIENCE = 30
REQUEST = Request(body=b'{"data": [[1]]}')


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with local_server() as server:
        yield server


@pytest.fixture
def refused() -> Iterator[str]:
    """An address that nobody listens at; the port is ours, so that nobody else takes it."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/score"


def score(
    uri: str, request: Request = REQUEST, timeout: float = PATIENCE, **options: bool
) -> Answer:
    with scoring.connected(**{"proxies": False, **options}) as score:
        return score(uri, request, timeout=timeout)


def test_the_body_goes_out_as_it_is_with_its_content_type_and_headers(server: LocalServer) -> None:
    request = Request(
        body=b"\x00\xff", content_type="image/png", headers={"azureml-model-deployment": "green"}
    )
    score(f"{server.uri}/score?verbose=1", request)
    (asked,) = server.asked
    assert (asked.method, asked.target, asked.body) == ("POST", "/score?verbose=1", b"\x00\xff")
    assert asked.headers["content-type"] == "image/png"
    assert asked.headers["azureml-model-deployment"] == "green"


def test_the_key_goes_out_whatever_netrc_says(
    server: LocalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("default login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    score(server.uri, Request(body=b"", headers={"Authorization": "Bearer key"}), proxies=True)
    assert server.asked[0].headers["authorization"] == "Bearer key"


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_certificates_are_verified_unless_az_is_told_otherwise(tmp_path: Path) -> None:
    with local_server(tls=Authority(tmp_path).context("127.0.0.1")) as server:
        with pytest.raises(ScoringError, match="certificate that is not trusted") as raised:
            score(server.uri)
        assert "REQUESTS_CA_BUNDLE" in str(raised.value.recommendation)
        score(server.uri, verify=False)
        assert len(server.asked) == 1


def test_a_host_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(ScoringError, match="nobody knows its host"):
        score("http://houses.invalid/score")


def test_a_proxy_that_does_not_answer_is_named(
    refused: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", refused)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(ScoringError, match="through the proxy"):
        score("https://houses.invalid/score", proxies=True)


def test_the_answer_comes_back_as_it_is(server: LocalServer) -> None:
    server.body, server.headers = b"\xff205.48", {"X-MS-Run-Fn-Exec-Ms": "1.5"}
    answer = score(server.uri)
    assert (answer.status, answer.body) == (200, b"\xff205.48")
    assert answer.headers["x-ms-run-fn-exec-ms"] == "1.5"
    assert answer.text == "\N{REPLACEMENT CHARACTER}205.48"


@pytest.mark.parametrize("status", [302, 400, 424, 500, 503])
def test_an_answer_with_any_status_is_an_answer_and_is_asked_for_once(
    server: LocalServer, status: int
) -> None:
    server.status, server.body = status, b"no"
    server.headers = {"Retry-After": "0", "Location": f"{server.uri}/elsewhere"}
    assert score(server.uri).status == status
    assert len(server.asked) == 1


def test_a_dropped_connection_is_an_error_and_the_request_is_not_repeated(
    server: LocalServer,
) -> None:
    server.dropped = True
    with pytest.raises(ScoringError, match="closed the connection") as raised:
        score(server.uri)
    assert "get-logs" in str(raised.value.recommendation)
    assert len(server.asked) == 1


def test_silence_ends_after_the_timeout_and_the_request_is_not_repeated(
    server: LocalServer,
) -> None:
    server.silent = True
    with pytest.raises(ScoringError, match=r"no answer within 0\.2 s") as raised:
        score(server.uri, timeout=0.2)
    assert "--timeout" in str(raised.value.recommendation)
    assert len(server.asked) == 1


def test_an_answer_that_is_cut_off_is_an_error(server: LocalServer) -> None:
    server.body, server.cut = b"205.4", True
    with pytest.raises(BrokenAnswerError, match=r"127\.0\.0\.1.* broke off its answer"):
        score(server.uri)


def test_a_refused_connection_is_an_error(refused: str) -> None:
    with pytest.raises(ScoringError, match="refused"):
        score(refused)


def test_an_address_that_takes_no_connection_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "_CONNECT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(address)
        with pytest.raises(ScoringError, match="cannot be reached"):
            score(f"http://127.0.0.1:{address[1]}/score")
        for each in waiting:
            each.close()


@pytest.mark.parametrize("content_type", ["two\nlines", "caf\N{LATIN SMALL LETTER E WITH ACUTE}→"])
def test_a_header_that_http_cannot_carry_is_an_error(
    server: LocalServer, content_type: str
) -> None:
    with pytest.raises(ScoringError, match=r"127\.0\.0\.1"):
        score(server.uri, Request(body=b"", content_type=content_type))


def test_proxies_are_for_servers_elsewhere(
    server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, server.uri)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with local_server() as own:
        score(own.uri)
        assert scoring.probe(own.uri, timeout=PATIENCE) == 200
        assert len(own.asked) == 2 and server.asked == []
    score("http://houses.example/score", proxies=True)
    assert server.asked[0].target == "http://houses.example/score"


# Probes


@pytest.mark.parametrize("status", [200, 302, 503])
def test_a_probe_is_one_get_and_answers_the_status(server: LocalServer, status: int) -> None:
    server.status, server.headers = status, {"Location": server.uri}
    assert scoring.probe(f"{server.uri}/ready", timeout=PATIENCE) == status
    assert [(each.method, each.target) for each in server.asked] == [("GET", "/ready")]


def test_a_probe_that_nobody_answers_is_none(refused: str, server: LocalServer) -> None:
    assert scoring.probe(refused, timeout=PATIENCE) is None
    server.silent = True
    assert scoring.probe(server.uri, timeout=0.2) is None
    server.silent, server.dropped = False, True
    assert scoring.probe(server.uri, timeout=PATIENCE) is None


# Pieces


@pytest.mark.parametrize("chunked", [True, False])
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_each_piece_is_there_before_the_next_one_is_sent(
    server: LocalServer, chunked: bool, encoding: str
) -> None:
    server.chunked, server.headers = chunked, {"Content-Encoding": encoding}
    server.pieces = (b"one", b"two", b"three") if encoding == "identity" else zipped("one", "two")
    read: list[bytes] = []

    def note(head: Answer, pieces: Iterator[bytes]) -> bytes:
        for piece in pieces:
            read.append(piece)
            server.go.release()
        return b"read"

    with scoring.connected(proxies=False) as score:
        answer = score(server.uri, REQUEST, timeout=PATIENCE, read=note)
    assert answer.body == b"read"
    assert [each for each in read if each] == [b"one", b"two", b"three"][: len(server.pieces)]


def zipped(*texts: str) -> tuple[bytes, ...]:
    """Each part of one stream, which can be unpacked as soon as it is there."""
    packer = zlib.compressobj(wbits=31)
    return tuple(packer.compress(text.encode()) + packer.flush(zlib.Z_SYNC_FLUSH) for text in texts)


def test_a_reader_gets_the_answer_and_when_it_was_asked(server: LocalServer) -> None:
    server.headers, server.status = {"X-A": "1"}, 424
    before = time.perf_counter()

    def read(head: Answer, pieces: Iterator[bytes]) -> bytes:
        assert (head.status, head.headers["x-a"], head.body) == (424, "1", b"")
        assert before <= head.began <= time.perf_counter()
        return b"".join(pieces)

    with scoring.connected(proxies=False) as score:
        score(server.uri, REQUEST, timeout=PATIENCE, read=read)


def test_when_pieces_came_is_noted_and_those_of_a_moment_once(server: LocalServer) -> None:
    server.pieces = (b"one", b"three", b"!")

    def read(_: Answer, pieces: Iterator[bytes]) -> bytes:
        body = next(pieces)
        seen = time.perf_counter()
        while time.perf_counter() < seen + 0.001:  # another moment
            pass
        server.go.release(3)
        return b"".join([body, *pieces])

    with scoring.connected(proxies=False) as score:
        answer = score(server.uri, REQUEST, timeout=PATIENCE, read=read)
    counts, times = zip(*answer.arrivals, strict=True)
    assert (counts[0], counts[-1]) == (3, 9)
    assert list(times) == sorted(times) and times[0] > answer.began
    assert all(later - earlier >= 0.001 for earlier, later in pairwise(times))


def test_a_stream_that_stops_is_an_error(server: LocalServer) -> None:
    server.pieces = (b"one", b"two")
    with pytest.raises(ScoringError, match=r"sent no more of its answer for 0\.2 s") as raised:
        score(server.uri, timeout=0.2)
    assert "--timeout" in str(raised.value.recommendation)


def test_a_stream_that_is_cut_off_is_an_error(server: LocalServer) -> None:
    server.pieces, server.cut = (b"one",), True
    server.go.release()
    with pytest.raises(BrokenAnswerError, match=r"127\.0\.0\.1.* broke off its answer"):
        score(server.uri)


def test_an_answer_has_a_limit(server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "_MOST_BYTES", 1 << 20)
    server.body = b"0" * ((1 << 20) + 1)
    with pytest.raises(ScoringError, match="larger than 1 MB"):
        score(server.uri)


def test_a_connection_is_kept_and_cookies_are_not(server: LocalServer) -> None:
    server.kept, server.headers = True, {"Set-Cookie": "to=blue"}
    with scoring.connected(proxies=False) as score:
        for _ in range(3):
            score(server.uri, REQUEST, timeout=PATIENCE)
    assert (server.connections, len(server.asked)) == (1, 3)
    assert not any("cookie" in each.headers for each in server.asked)


@pytest.mark.parametrize("name", ["Authorization", "authorization"])
def test_a_request_may_bring_what_opens_the_endpoint(name: str) -> None:
    assert Request(body=b"", headers={name: "Bearer key"}).authorized
    assert not Request(body=b"", headers={"X-A": "Authorization"}).authorized
