"""Whatever a server answers, and in whichever pieces, it is what a client gets, or a broken one."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from azext_ml_endpoint.local.gateway.environment import GatewayEnvironment
from tests.fakes.recording_report import RecordingReport
from tests.integration import answers_in_pieces

Told = Callable[[str, Sequence[bytes]], object]
"""Of an answer in pieces: status, reason, headers and body, None where it is a broken one."""
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    environment = GatewayEnvironment(tmp_path_factory.mktemp("answers"), RecordingReport())
    environment.make()
    command = [str(environment.python), "-I", answers_in_pieces.__file__]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, bufsize=1) as process:
        assert process.stdin and process.stdout
        write, read = process.stdin.write, process.stdout.readline

        def ask(method: str, pieces: Sequence[bytes]) -> object:
            write(json.dumps([method, [each.hex() for each in pieces]]) + "\n")
            return json.loads(read())

        yield ask
        process.stdin.close()


@dataclass(frozen=True)
class Answer:
    """framing: how its end is told. chunks: of its body. before: answers of 1xx."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    framing: str
    chunks: tuple[bytes, ...]
    before: bytes = b""
    end: str = "\r\n"

    @property
    def all_headers(self) -> list[list[str]]:
        own = {
            "length": ("Content-Length", str(sum(map(len, self.chunks)))),
            "chunks": ("transfer-encoding", "Chunked"),
        }
        said = own.get(self.framing)
        return [list(each) for each in ((*self.headers, said) if said else self.headers)]

    def written(self) -> bytes:
        fields = "".join(f"{name}:{value}{self.end}" for name, value in self.all_headers)
        head = f"HTTP/1.1 {self.status} {self.reason}{self.end}{fields}{self.end}".encode()
        return self.before + head + self._body()

    def _body(self) -> bytes:
        if self.framing != "chunks":
            return b"".join(self.chunks)
        parts = [b"%X;a=b\r\n%b\r\n" % (len(each), each) for each in self.chunks if each]
        return b"".join(parts) + b"000\r\nX-After: 1\r\n\r\n"


NAMES = some.from_regex(r"\AX-[A-Za-z0-9!#$%&'*+.^_`|~-]{0,8}\Z")
VALUES = some.from_regex(r"\A([!-~é](([ \t]|[!-~é]){0,8}[!-~é])?)?\Z")
ANSWERS = some.builds(
    Answer,
    status=some.sampled_from([200, 201, 302, 404, 413, 503]),
    reason=some.sampled_from(["", "OK", "Not  so fast"]),
    headers=some.lists(some.tuples(NAMES, VALUES), max_size=4).map(tuple),
    framing=some.sampled_from(["length", "chunks", "close"]),
    chunks=some.lists(some.binary(max_size=40), max_size=4).map(tuple),
    before=some.sampled_from([b"", HINTS, b"HTTP/1.1 100 Continue\r\n\r\n" + HINTS]),
    end=some.sampled_from(["\r\n", "\n"]),
)
CUTS = some.one_of(some.just(None), some.lists(some.integers(0, 400), max_size=8))
"""Where it is cut; None: after each byte."""


def cut(data: bytes, places: list[int] | None) -> list[bytes]:
    at = range(len(data)) if places is None else sorted({0, *places} & set(range(len(data))))
    return [data[start:end] for start, end in zip(at, [*at[1:], len(data)], strict=True)]


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(answer=ANSWERS, places=CUTS)
def test_what_comes_out_is_what_went_in(
    told: Told, answer: Answer, places: list[int] | None
) -> None:
    expected = [answer.status, answer.reason, answer.all_headers, b"".join(answer.chunks).hex()]
    assert told("POST", cut(answer.written(), places)) == expected


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(answer=ANSWERS.filter(lambda each: each.framing != "close"), size=some.integers(0, 400))
def test_what_breaks_off_is_never_whole(told: Told, answer: Answer, size: int) -> None:
    came = answer.written()
    assert told("POST", [came[: size % len(came)]]) is None


HEAD = b"HTTP/1.1 200 OK\r\n"
BODY = b"Content-Length: 4\r\n\r\nbody"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
BROKEN = {
    "two lengths": HEAD + b"Content-Length: 5\r\n" + BODY,
    "one length twice": HEAD + b"Content-Length: 4\r\n" + BODY,
    "a list of lengths": HEAD + b"Content-Length: 4, 4\r\n\r\nbody",
    "no number": HEAD + b"Content-Length: +4\r\n\r\nbody",
    "a length before a colon": HEAD + b"Content-Length : 4\r\n\r\nbody",
    "length and chunks": HEAD + CHUNKED + BODY,
    "chunks and length": HEAD + b"Content-Length: 4\r\n" + CHUNKED + b"\r\n0\r\n\r\n",
    "chunks before a colon": HEAD + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "another coding": HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "a coding nobody knows": HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "another coding above": HEAD + b"Transfer-Encoding: gzip\r\n" + CHUNKED + b"\r\n0\r\n\r\n",
    "negative": HEAD + CHUNKED + b"\r\n-4\r\nbody\r\n0\r\n\r\n",
    "not hexadecimal": HEAD + CHUNKED + b"\r\n0x4\r\nbody\r\n0\r\n\r\n",
    "huge": HEAD + CHUNKED + b"\r\nfffffffffffffffff\r\nbody\r\n0\r\n\r\n",
    "longer than it says": HEAD + CHUNKED + b"\r\n4\r\nbody!\r\n0\r\n\r\n",
    "a length after all": HEAD + CHUNKED + b"\r\n0\r\nContent-Length: 3\r\n\r\n",
    "folded": HEAD + b"X-A: 1\r\n 2\r\n" + BODY,
    "CR": HEAD + b"X-A: 1\rX-B: 2\r\n" + BODY,
    "NUL": HEAD + b"X-A: 1\x002\r\n" + BODY,
    "a control character": HEAD + b"X-A: 1\x012\r\n" + BODY,
    "a space in a name": HEAD + b"X A: 1\r\n" + BODY,
    "no name": HEAD + b": 1\r\n" + BODY,
    "upgraded": b"HTTP/1.1 101 No\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x00",
    "no status": b"HTTP/1.1 000 No\r\n" + BODY,
    "more than once closed": b"HTTP/1.1 103 No\r\nConnection: close\r\n\r\n" + HEAD + BODY,
    "older than headers": b"body",
}


@pytest.mark.parametrize("came", BROKEN.values(), ids=list(BROKEN))
def test_what_can_be_read_in_two_ways_is_broken(told: Told, came: bytes) -> None:
    assert told("POST", [came]) is None
    assert told("POST", cut(came, None)) is None


@pytest.mark.parametrize(
    ("status", "method", "headers", "body"),
    [
        (200, "HEAD", b"Content-Length: 4\r\n", b""),
        (200, "HEAD", CHUNKED, b"4\r\nbody\r\n0\r\n\r\n"),
        (204, "POST", b"", b""),
        (204, "POST", b"Content-Length: 4\r\n", b"body"),
        (304, "GET", b"Content-Length: 4\r\n", b""),
        (304, "GET", CHUNKED, b""),
        (200, "GET", b"Content-Length: 0\r\n", HEAD + BODY),
        (200, "GET", b"Connection: close\r\nContent-Length: 0\r\n", HEAD + BODY),
    ],
)
def test_what_has_no_body_has_none(
    told: Told, status: int, method: str, headers: bytes, body: bytes
) -> None:
    came = b"HTTP/1.1 %d OK\r\n%b\r\n%b" % (status, headers, body)
    for pieces in ([came], cut(came, None)):
        answer = told(method, pieces)
        assert isinstance(answer, list)
        assert (answer[0], answer[3]) == (status, "")


def test_a_reason_that_cannot_pass_on_is_left_out(told: Told) -> None:
    came = b"HTTP/1.1 200 N\x00!\r\nX-E:\r\n" + BODY
    assert told("GET", [came]) == [200, "", [["X-E", ""], ["Content-Length", "4"]], b"body".hex()]
