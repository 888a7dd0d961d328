"""The gateway's own process, in its own environment, before servers of the test's own."""

from __future__ import annotations

import http.client
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest
import requests

from azext_ml_endpoint.local.front import Address
from azext_ml_endpoint.local.gateway import control, gateways
from azext_ml_endpoint.local.gateway.environment import GatewayEnvironment
from azext_ml_endpoint.local.gateway.gateways import Gateways
from azext_ml_endpoint.local.gateway.state import GatewayState
from azext_ml_endpoint.local.process import server as server_process
from azext_ml_endpoint.local.runtime import SERVER_PORT, EndpointRecord, Instance, Near
from azext_ml_endpoint.scoring import DEPLOYMENT
from tests.fakes.interrupt import PATIENCE
from tests.fakes.recording_report import RecordingReport


@dataclass
class Server:
    """Of one deployment. Its answers wait for ``go``; ``begun`` is set when it has been asked."""

    deployment: str
    port: int = 0
    instance: str = ""
    go: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)
    headers: dict[str, str] = field(default_factory=dict)
    sent: int = 0
    host: str = "127.0.0.1"
    near: Near | None = None

    def __post_init__(self) -> None:
        self.instance = self.instance or f"{self.deployment}-1"
        self._httpd = ThreadingHTTPServer((self.host, self.port), _handler(self))
        self._httpd.daemon_threads = True
        self._httpd.request_queue_size = 128
        self.port = self._httpd.server_port
        threading.Thread(target=self._httpd.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        self.go.set()
        self._httpd.shutdown()
        self._httpd.server_close()


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            server.headers = dict(self.headers.items())
            getattr(self, f"_{self.path.strip('/').partition('?')[0]}")()

        def _score(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self._whole(json.dumps({"path": self.path, "body": body.decode()}).encode())

        def _slow(self) -> None:
            server.begun.set()
            assert server.go.wait(PATIENCE)
            self._whole(server.deployment.encode())

        def _upload(self) -> None:
            first = self._chunk()
            server.begun.set()
            self._whole(first + self._chunk())

        def _stream(self) -> None:
            self.send_response(201, "As it came")
            self.send_header("Transfer-Encoding", "chunked")
            self.send_header("X-Twice", "1")
            self.send_header("X-Twice", "2")
            self.send_header(DEPLOYMENT, "somebody else")
            self.end_headers()
            self._send(b"one")
            assert server.go.wait(PATIENCE)
            self._send(b"two")
            self._send(b"")

        def _cut(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"too little")
            self.close_connection = True

        def _zipped(self) -> None:
            self.send_response(200)
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", "3")
            self.end_headers()
            self.wfile.write(b"no!")

        def _moved(self) -> None:
            self.send_response(302)
            self.send_header("Location", "/score")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _endless(self) -> None:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Padding: ")
            with suppress(OSError):
                while True:
                    self.wfile.write(b"x" * 65536)

        def _until_closed(self) -> None:
            self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
            self.wfile.write(b"HTTP/1.0 200 OK\r\n\r\nto the end")
            self.close_connection = True

        def _at_once(self) -> None:
            """Without having read what it was sent."""
            self.send_response(507)
            self.send_header("Content-Length", "0")
            self.end_headers()
            assert server.go.wait(PATIENCE)
            self.close_connection = True

        def _upgrade(self) -> None:
            self.wfile.write(b"HTTP/1.1 101 No\r\nConnection: upgrade\r\nUpgrade: a\r\n\r\n")
            self.close_connection = True

        def _hang_up(self) -> None:
            self.close_connection = True

        def _refuse(self) -> None:
            self.rfile.read(1_000_000)
            self.wfile.write(b"HTTP/1.1 413 No\r\nContent-Length: 9\r\n\r\ntoo large")
            self.close_connection = True

        def _babble(self) -> None:
            self.wfile.write(b"This is no HTTP.\r\n\r\n")
            self.close_connection = True

        def _flood(self) -> None:
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            with suppress(OSError):
                while True:
                    self._send(b"x" * 65536)
                    server.sent += 1
            server.begun.set()

        def do_HEAD(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "25")
            self.end_headers()

        def _whole(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _send(self, piece: bytes) -> None:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))

        def _chunk(self) -> bytes:
            piece = self.rfile.read(int(self.rfile.readline(), 16))
            self.rfile.readline()
            return piece

        def log_message(self, *_: object) -> None:
            """stderr is the test's."""

    return Handler


class Large:
    """A body of 20 MB, in chunks."""

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(40):
            yield b"x" * 500_000


@dataclass
class World:
    """What the gateway is to know of the endpoint, and the gateways."""

    home: Path
    report: RecordingReport = field(default_factory=RecordingReport)
    servers: list[Server] = field(default_factory=list)
    traffic: dict[str, int] = field(default_factory=lambda: {"blue": 100})

    def serve(self, deployment: str, instance: str = "") -> Server:
        self.servers.append(Server(deployment, instance=instance))
        return self.servers[-1]

    def see(self) -> tuple[EndpointRecord, list[Instance]]:
        record = EndpointRecord(name="houses", properties={"traffic": self.traffic})
        return record, [
            Instance(
                id=each.instance,
                endpoint="houses",
                deployment=each.deployment,
                promoted=True,
                state="running",
                ports={SERVER_PORT: each.port} if each.port else {},
                near=each.near,
            )
            for each in self.servers
        ]

    def gateways(self, port: int | None = None) -> Gateways:
        return Gateways(self.home, "process", self.report, port=port)

    def stand(self) -> Address:
        address = self.gateways().stand("houses", self.see)
        assert address, self.report.warnings
        return address

    @property
    def run(self) -> Path:
        return self.home / "gateways" / "houses.process" / "run"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the environment, which is made but once."""
    return tmp_path_factory.mktemp("gateway")


@pytest.fixture
def world(home: Path) -> Iterator[World]:
    world = World(home)
    world.gateways().prepare("houses", world.see)
    assert world.report.warnings == []
    yield world
    world.gateways().leave("houses")
    for each in world.servers:
        each.stop()
    assert list((home / "gateways").iterdir()) == []
    left = [each for each in psutil.process_iter(["cmdline"]) if _is_of(each, home)]
    assert not left


def _is_of(process: psutil.Process, home: Path) -> bool:
    return any(str(home) in each for each in process.info["cmdline"] or ())


def ask(address: Address, path: str = "/score", body: object = b"{}", **headers: str) -> str:
    answer = requests.post(
        f"http://127.0.0.1:{address.port}{path}", data=body, headers=headers, timeout=PATIENCE
    )
    assert answer.status_code == 200, answer.text
    return answer.text


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
        _until(lambda: _stands(blue))
    assert blue.begun.wait(PATIENCE)  # who leaves is told of
    assert blue.sent < 1000  # of 64 KiB


def _stands(server: Server) -> bool:
    before = server.sent
    threading.Event().wait(0.2)
    return server.sent == before


# Who answers


def test_ten_thousand_requests_are_split_as_the_weights_say(world: World) -> None:
    world.serve("blue")
    world.serve("green")
    world.traffic = {"blue": 90, "green": 10}
    port = world.stand().port

    def many(count: int) -> Counter[str | None]:
        with closing(http.client.HTTPConnection("127.0.0.1", port)) as client:
            return Counter(_who(client) for _ in range(count))

    with ThreadPoolExecutor(8) as pool:
        counted = sum(pool.map(many, [1250] * 8), Counter[str | None]())
    assert counted["blue"] + counted["green"] == 10_000
    assert counted["green"] == pytest.approx(1000, abs=100)


def _who(client: http.client.HTTPConnection) -> str | None:
    client.request("POST", "/score", b"{}")
    answer = client.getresponse()
    answer.read()
    return answer.getheader(DEPLOYMENT)


def test_a_request_may_name_who_is_to_answer(world: World) -> None:
    world.serve("blue")
    world.serve("green").go.set()
    address = world.stand()
    assert ask(address, "/slow", **{DEPLOYMENT: "green"}) == "green"
    unknown = requests.post(address.scoring_uri, headers={DEPLOYMENT: "red"}, timeout=PATIENCE)
    assert (unknown.status_code, DEPLOYMENT in unknown.headers) == (404, False)
    assert "No valid deployments to route to" in unknown.text


def test_who_is_gone_is_named(world: World) -> None:
    world.serve("blue").stop()
    refused = requests.post(world.stand().scoring_uri, timeout=PATIENCE)
    assert (refused.status_code, refused.headers[DEPLOYMENT]) == (502, "blue")
    assert "closed the connection or refused it" in refused.text
    world.servers[0].port = 0
    stopped = requests.post(world.stand().scoring_uri, timeout=PATIENCE)
    assert (stopped.status_code, stopped.text) == (502, "Deployment blue does not run.")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no 127.0.1.1")
def test_a_container_is_asked_itself_as_long_as_its_process_lives(world: World) -> None:
    """Both have an answer of their own to this path, which is the name of their deployment."""
    published, living = world.serve("blue"), subprocess.Popen(["sleep", "1000"])
    published.instance = Path("/proc/self/cgroup").read_text()  # where a container's has its id
    itself = Server("itself", SERVER_PORT, host="127.0.1.1")
    published.near = Near(host="127.0.1.1", pid=living.pid)
    for each in (published, itself):
        each.go.set()
    address = world.stand()
    assert ask(address, "/slow") == "itself"
    living.kill()
    living.wait()
    with pytest.raises(AssertionError, match="Deployment blue does not run"):
        ask(address, "/slow")  # its port may be another container's by now
    published.near = Near(host="127.0.1.1", pid=os.getpid())
    assert ask(world.stand(), "/slow") == "itself"
    itself.stop()
    assert ask(address, "/slow") == "blue"


def test_only_az_is_told_what_is_under_way(world: World) -> None:
    world.serve("blue")
    address = world.stand()
    assert json.loads(ask(address, **{"ml-endpoint-gateway": "guessed"}))["body"] == "{}"


# Swapping


def test_a_request_whose_instance_is_gone_reaches_the_next_one_whole(world: World) -> None:
    """Where the file of routes does not look newer than it is known."""
    gone, new = world.serve("blue"), Server("blue")
    gone.stop()
    address, file = world.stand(), world.run.with_name("routes.json")
    known = file.stat()
    with pytest.raises(AssertionError, match="refused"):
        ask(address)
    file.write_text(file.read_text().replace(str(gone.port), str(new.port)))
    os.utime(file, ns=(known.st_atime_ns, known.st_mtime_ns))
    assert json.loads(ask(address, body=b'{"a": 1}'))["body"] == '{"a": 1}'
    new.stop()


def test_a_new_instance_gets_the_next_request_and_the_old_one_finishes(world: World) -> None:
    old = world.serve("blue")
    address = world.stand()
    with ThreadPoolExecutor(2) as pool:
        running = pool.submit(ask, address, "/slow")
        assert old.begun.wait(PATIENCE)
        new = world.serve("blue", "blue-2")
        new.deployment, world.servers = "blue", [new]
        world.stand()
        assert json.loads(ask(address))["path"] == "/score"
        assert new.headers
        instance = Instance(
            id="blue-1", endpoint="houses", deployment="blue", promoted=False, state="running"
        )
        drained = pool.submit(world.gateways().drain, instance)
        _until(lambda: bool(world.report.steps))
        assert not drained.done()
        old.go.set()
        assert running.result(PATIENCE) == "blue"
        drained.result(PATIENCE)
    assert "waiting for 1 running request of the old instance" in world.report.steps[0]
    old.stop()


def _until(true: Callable[[], bool]) -> None:
    tried = threading.Event()
    while not true():
        tried.wait(0.01)


@contextmanager
def few_files() -> Iterator[None]:
    """Whoever is started meanwhile has 64."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_it_has_connections_for_more_requests_than_a_shell_lets_it_have_files(world: World) -> None:
    blue = world.serve("blue")
    world.gateways().leave("houses")
    with few_files():
        world.gateways().prepare("houses", world.see)
    address, known = world.stand(), GatewayState(world.home, "houses", "process").remembered()
    assert known
    with ThreadPoolExecutor(100) as pool:
        asked = [pool.submit(ask, address, "/slow") for _ in range(100)]
        _until(
            lambda: (
                control.under_way(known, "blue-1", 0) == 100 or any(each.done() for each in asked)
            )
        )
        blue.go.set()
        assert [each.result() for each in asked] == ["blue"] * 100


# Living on


def test_a_gateway_that_is_killed_is_there_again_at_its_address(world: World) -> None:
    world.serve("blue")
    address = world.stand()
    assert world.stand() == address
    pids = server_process.pids(world.run)
    assert pids
    os.killpg(pids[0], signal.SIGKILL)
    _until(lambda: not server_process.running(world.run))
    assert world.stand() == address
    assert server_process.pids(world.run) != pids
    ask(address)


@pytest.mark.parametrize("left", ["", '{"port": 22', '{"port": 20001, "token": "", "made_of": ""}'])
def test_one_whose_file_is_damaged_keeps_its_address(world: World, left: str) -> None:
    world.serve("blue")
    address, file = world.stand(), world.run.with_name("gateway.json")
    pids = server_process.pids(world.run)
    file.write_text(left)
    assert world.stand() == address
    assert server_process.pids(world.run) != pids
    file.unlink()
    assert world.stand() == address
    ask(address)


def test_a_gateway_that_runs_is_left_alone(world: World) -> None:
    world.serve("blue")
    world.stand()
    pids = server_process.pids(world.run)
    world.traffic = {"blue": 50}
    world.stand()
    assert server_process.pids(world.run) == pids


def test_one_of_another_version_is_replaced_once_its_packages_are_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.serve("blue")
    address, pids = world.stand(), server_process.pids(world.run)
    monkeypatch.setattr(gateways, "_made_of", lambda: "another version")
    with monkeypatch.context() as offline:
        offline.setattr(GatewayEnvironment, "there", False)
        assert world.stand() == address
        assert server_process.pids(world.run) == pids
    assert world.stand() == address
    assert server_process.pids(world.run) != pids
    ask(address)


@contextmanager
def slow(world: World, blue: Server) -> Iterator[Future[str]]:
    """A request that the gateway of before has begun to answer when another one stands."""
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask, world.stand(), "/slow")
        assert blue.begun.wait(PATIENCE)
        yield asked
        blue.go.set()


def test_what_a_replaced_one_is_answering_it_answers(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with slow(world, world.serve("blue")) as asked:
        address = world.stand()
        monkeypatch.setattr(gateways, "_made_of", lambda: "another version")
        assert world.stand() == address
        ask(address)
        assert not asked.done()
    assert asked.result() == "blue"


def test_what_one_is_answering_that_moves_it_answers(world: World) -> None:
    with slow(world, world.serve("blue")) as asked:
        moved = world.gateways(free_port()).stand("houses", world.see)
        assert moved
        ask(moved)
        assert not asked.done()
    assert asked.result() == "blue"


def test_an_endpoint_that_goes_waits_for_none_of_them(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with slow(world, world.serve("blue")) as asked:
        monkeypatch.setattr(gateways, "_made_of", lambda: "another version")
        world.stand()
        world.gateways().leave("houses")
        assert not [each for each in psutil.process_iter(["cmdline"]) if _is_of(each, world.home)]
    with pytest.raises(requests.ConnectionError):
        asked.result()


def free_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_another_port_moves_it_and_is_kept(world: World) -> None:
    world.serve("blue")
    before, port = world.stand(), free_port()
    moved = world.gateways(port)
    moved.require("houses")
    address = moved.stand("houses", world.see)
    assert address and address.port == port != before.port
    moved.require("houses")
    ask(world.stand())
    assert world.stand() == address
    with pytest.raises(requests.ConnectionError):
        ask(before)


def test_a_port_that_somebody_has_taken_meanwhile_is_told_of(world: World) -> None:
    world.serve("blue")
    address = world.stand()
    pids = server_process.pids(world.run)
    assert pids
    os.killpg(pids[0], signal.SIGKILL)
    _until(lambda: not server_process.running(world.run))
    with closing(socket.create_server(("127.0.0.1", address.port))):
        assert world.gateways().stand("houses", world.see) is None
    (told,) = world.report.warnings
    assert f"cannot have port {address.port} of 127.0.0.1: another program" in told
    assert told.endswith("Choose another with --port.")
    assert world.stand() == address


def test_of_several_who_prepare_it_at_once_one_starts_it(world: World) -> None:
    world.serve("blue")
    world.gateways().leave("houses")
    assert world.gateways().stand("houses", world.see) is None  # who looks makes none

    def prepare(_: int) -> Address:
        world.gateways().prepare("houses", world.see)
        return world.stand()

    with ThreadPoolExecutor(8) as pool:
        (address,) = set(pool.map(prepare, range(8)))
    ask(address)  # by then there is a server
    python = [each for each in psutil.process_iter(["cmdline"]) if _is_of(each, world.home)]
    assert len(python) == 2  # the supervisor and its server
