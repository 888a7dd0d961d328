"""An endpoint before which a gateway stands as Azure's would, and its models."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests

from azext_ml_endpoint.document.model import Deployment, RequestSettings
from azext_ml_endpoint.local import remembered
from azext_ml_endpoint.local.front import Address
from azext_ml_endpoint.local.gateway.gateways import Gateways
from azext_ml_endpoint.local.runtime import SERVER_PORT, EndpointRecord, Instance
from tests.fakes.builders import deployment
from tests.fakes.interrupt import PATIENCE
from tests.fakes.recording_report import RecordingReport

QUICK = RequestSettings(request_timeout_ms=60_000, max_queue_wait_ms=60_000)


@dataclass
class Model:
    """A server that keeps what it was asked. ``wait`` is answered once ``go`` is set."""

    name: str
    bodies: list[bytes] = field(default_factory=list)
    ids: list[str | None] = field(default_factory=list)
    go: threading.Event = field(default_factory=threading.Event)
    asked: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def __post_init__(self) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def await_request(self) -> None:
        assert self.asked.acquire(timeout=PATIENCE)

    def stop(self) -> None:
        self.go.set()
        self.server.shutdown()
        self.server.server_close()


def _handler(model: Model) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            if "Transfer-Encoding" in self.headers:
                self.rfile.read()  # to the end of the connection: such a request is not to get here
                return
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            model.bodies.append(body)
            model.ids.append(self.headers["x-request-id"])
            model.asked.release()
            if body == b"wait":
                model.go.wait(PATIENCE)
            if body == b"stuck halfway":
                self._begin(200, 100)
                model.go.wait(PATIENCE)
                return
            answer = model.name.encode()
            self._begin(int(body) if body.isdigit() else 200, len(answer))
            self.wfile.write(answer)

        def _begin(self, status: int, length: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.flush()

        def log_message(self, *_: object) -> None:
            """stderr is the test's."""

    return Handler


@dataclass
class World:
    """One endpoint: what its record says, and its deployments."""

    home: Path
    properties: dict[str, Any] = field(default_factory=lambda: {"traffic": {"blue": 100}})
    settings: RequestSettings = QUICK
    collector: dict[str, Any] | None = None
    models: dict[str, Model] = field(default_factory=dict)

    def serve(self, name: str) -> Model:
        self.models[name] = Model(name)
        return self.models[name]

    def see(self) -> tuple[EndpointRecord, list[Instance]]:
        return EndpointRecord(name="houses", properties=self.properties), [
            Instance(
                id=f"{name}-1",
                endpoint="houses",
                deployment=name,
                promoted=True,
                state="running",
                ports={SERVER_PORT: each.server.server_port},
                record=remembered.remember(self.said(name)),
            )
            for name, each in self.models.items()
        ]

    def said(self, name: str) -> Deployment:
        return deployment(name, request_settings=self.settings, data_collector=self.collector)

    @property
    def gateways(self) -> Gateways:
        return Gateways(self.home, "process", RecordingReport())

    def stand(self, **properties: Any) -> Address:
        self.properties |= properties
        address = self.gateways.stand("houses", self.see)
        assert address
        return address

    def key(self, mode: str = "key") -> str:
        return f"Bearer {self.gateways.credentials('houses').bearer(mode)}"

    def ask(self, body: bytes = b"{}", **headers: str | bytes) -> requests.Response:
        """As whoever has the key."""
        uri = f"http://127.0.0.1:{self.stand().port}/score"
        known = {"Authorization": self.key(), **headers}
        return requests.post(uri, data=body, headers=known, timeout=PATIENCE)
