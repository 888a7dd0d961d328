"""Servers of a test's own, and the gateways before them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import requests

from azext_ml_endpoint.local.front import Address
from azext_ml_endpoint.local.gateway.gateways import Gateways
from azext_ml_endpoint.local.runtime import SERVER_PORT, EndpointRecord, Instance, Near
from azext_ml_endpoint.scoring import DEPLOYMENT
from tests.fakes.interrupt import PATIENCE
from tests.fakes.recording_report import RecordingReport


class _Listener(ThreadingHTTPServer):
    """Where many connect at once, nobody waits until the kernel tries again."""

    daemon_threads = True
    request_queue_size = 512


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
        self._httpd = _Listener((self.host, self.port), _handler(self))
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


@contextmanager
def standing(home: Path) -> Iterator[World]:
    """With its gateway, of which nothing may be left."""
    world = World(home)
    world.gateways().prepare("houses", world.see)
    assert world.report.warnings == []
    yield world
    world.gateways().leave("houses")
    for each in world.servers:
        each.stop()
    assert list((home / "gateways").iterdir()) == []
    assert not processes_of(home)


def processes_of(home: Path) -> list[psutil.Process]:
    every = psutil.process_iter(["cmdline"])
    return [each for each in every if any(str(home) in it for it in each.info["cmdline"] or ())]


def ask(address: Address, path: str = "/score", body: object = b"{}", **headers: str) -> str:
    answer = requests.post(
        f"http://127.0.0.1:{address.port}{path}", data=body, headers=headers, timeout=PATIENCE
    )
    assert answer.status_code == 200, answer.text
    return answer.text


def until(true: Callable[[], bool]) -> None:
    tried = threading.Event()
    while not true():
        tried.wait(0.01)
