"""An image with a server of its own: alive at /health, and greeting whom it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import docker

PORT = 8080
_DOCKERFILE = """\
FROM python:3.12-slim
LABEL name={name}
COPY server.py /
CMD ["python", "-u", "/server.py"]
"""
_SERVER = """\
import http.server, os, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.end_headers()
        self.wfile.write("¡Olé, ".encode() + body + b"!")

http.server.ThreadingHTTPServer(("", 8080), Handler).serve_forever()
"""


@contextmanager
def own_image(engine: docker.DockerClient, folder: Path) -> Iterator[str]:
    """Its name, which is a label of it too, so that no two are one. folder: to build it in."""
    name = f"my-server-{uuid4().hex[:8]}:1"
    (folder / "server.py").write_text(_SERVER)
    (folder / "Dockerfile").write_text(_DOCKERFILE.format(name=name))
    engine.images.build(path=str(folder), tag=name, rm=True)
    yield name
    engine.images.remove(name)
