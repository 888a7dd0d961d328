"""A registry on this machine that wants a login, with one small image: a file, and no program.

What a client asks is in the OCI distribution specification, "Pull". Docker takes one at 127.0.0.1
without TLS.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_CONFIG = "application/vnd.docker.container.image.v1+json"
_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"


@dataclass
class Registry:
    """image: its name, with the registry's. opened: how often somebody came in."""

    user: str
    password: str
    port: int = 0
    content: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    opened: int = 0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def image(self) -> str:
        return f"{self.host}/words:1"

    @property
    def auth(self) -> str:
        """As Docker's configuration has it."""
        return base64.b64encode(f"{self.user}:{self.password}".encode()).decode()

    def put(self, name: str, text: str, architecture: str) -> None:
        """The image, with this file at its root."""
        layer = _archive(name, text.encode())
        packed = gzip.compress(layer)
        rootfs = {"type": "layers", "diff_ids": [_digest(layer)]}
        said = {"architecture": architecture, "os": "linux", "config": {}, "rootfs": rootfs}
        config = json.dumps(said).encode()
        manifest = {
            "schemaVersion": 2,
            "mediaType": _MANIFEST,
            "config": _entry(_CONFIG, config),
            "layers": [_entry(_LAYER, packed)],
        }
        body = json.dumps(manifest).encode()
        blobs = "/v2/words/blobs/"
        self.content = {
            "/v2/": ("application/json", b"{}"),
            f"{blobs}{_digest(config)}": ("application/octet-stream", config),
            f"{blobs}{_digest(packed)}": ("application/octet-stream", packed),
            "/v2/words/manifests/1": (_MANIFEST, body),
            f"/v2/words/manifests/{_digest(body)}": (_MANIFEST, body),
        }


@contextmanager
def served(user: str, password: str) -> Iterator[Registry]:
    registry = Registry(user, password)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.headers.get("Authorization") != f"Basic {registry.auth}":
                self._answer(401, "application/json", b"{}")
                return
            registry.opened += 1
            missing = ("application/json", b'{"errors": [{"code": "MANIFEST_UNKNOWN"}]}')
            self._answer(
                200 if self.path in registry.content else 404,
                *registry.content.get(self.path, missing),
            )

        def do_HEAD(self) -> None:
            self.do_GET()

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("WWW-Authenticate", 'Basic realm="words"')
            self.send_header("Content-Type", kind)
            self.send_header("Docker-Content-Digest", _digest(body))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        registry.port = server.server_port
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield registry
        server.shutdown()


def _archive(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.size, member.mode = len(content), 0o644
        archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def _entry(kind: str, content: bytes) -> dict[str, Any]:
    return {"mediaType": kind, "size": len(content), "digest": _digest(content)}


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
