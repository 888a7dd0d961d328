"""A small daemon that speaks HTTP over a socket, as Docker's does."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from tests.fakes.memory_engine import MemoryEngine

Answer = Callable[["Request"], None]


class Request(BaseHTTPRequestHandler):
    """One request to a Daemon; ``path`` is without the version."""

    server: Daemon

    def address_string(self) -> str:
        return "local"

    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        self.server.asked.append(f"{self.command} {self.path}")
        known = self.server.answers
        answer = next((known[part] for part in known if part in self.path), None)
        (answer or says(404, {"message": "no such thing"}))(self)

    do_POST = do_DELETE = do_GET  # noqa: N815 - http.server's own names


class Daemon(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Answers by the first key that is part of the path; ``asked`` remembers the requests."""

    daemon_threads = True

    def __init__(self, path: Path, version: str = "1.47") -> None:
        super().__init__(str(path), Request)
        self.url = f"unix://{path}"
        self.asked: list[str] = []
        self.answers: dict[str, Answer] = {"/_ping": says(200, "OK", version)}
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()


def says(status: int, body: object, version: str = "1.47") -> Answer:
    def answer(request: Request) -> None:
        payload = json.dumps(body).encode()
        request.send_response(status)
        request.send_header("Api-Version", version)
        request.send_header("Content-Length", str(len(payload)))
        request.send_header("Content-Type", "application/json")
        request.end_headers()
        request.wfile.write(payload)

    return answer


def as_engine(daemon: Daemon, engine: MemoryEngine) -> None:
    """It knows what there is in the engine at this moment."""
    containers = engine.containers()
    daemon.answers |= {
        "/volumes": says(200, {"Volumes": engine.volumes()}),
        "/containers/json": says(200, containers),
        **{
            f"/containers/{each['Id']}/json": says(200, engine.container(each["Id"]))
            for each in containers
        },
    }
