"""A registry on this machine that wants a login, with one small image: a file, and no program.

What a client asks is in the OCI distribution specification, "Pull". Docker takes one at 127.0.0.1
without TLS.

Azure's registries want an access token, and give it for what `az acr login` has left: the
challenge and its answer are in azure.github.io/acr ("AAD-OAuth", "Token-BasicAuth"). What is left
in Docker's configuration was pasted by a user, testcontainers-dotnet#841: a user of zeros, no
password, and a refresh token as ``identitytoken``.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_CONFIG = "application/vnd.docker.container.image.v1+json"
_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"


_ACCESS, _EXCHANGE = "an-access-token", "/oauth2/token"


@dataclass
class Registry:
    """image: its name, with the registry's. opened: how often somebody came in.

    refresh: a token, for which it gives the one that opens it; none where the password does.
    """

    user: str
    password: str = ""
    refresh: str = ""
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
        return base64.b64encode(f"{self.user}:{self.password}".encode()).decode()

    @property
    def login(self) -> dict[str, str]:
        """As Docker's configuration has it."""
        return {"auth": self.auth, **({"identitytoken": self.refresh} if self.refresh else {})}

    @property
    def kept(self) -> tuple[str, str]:
        """User and secret, as Docker's programs for credentials have them."""
        return ("<token>", self.refresh) if self.refresh else (self.user, self.password)

    @property
    def opens(self) -> str:
        """The header ``Authorization``."""
        return f"Bearer {_ACCESS}" if self.refresh else f"Basic {self.auth}"

    @property
    def challenge(self) -> str:
        if not self.refresh:
            return 'Basic realm="words"'
        scope = "repository:words:pull"
        return f'Bearer realm="http://{self.host}{_EXCHANGE}",service="{self.host}",scope="{scope}"'

    def exchanged(self, asked: Mapping[str, list[str]]) -> bytes | None:
        """None for what is not this registry's."""
        wanted = {"grant_type": ["refresh_token"], "refresh_token": [self.refresh]}
        wanted |= {"service": [self.host], "scope": ["repository:words:pull"]}
        if not self.refresh or any(asked.get(each) != wanted[each] for each in wanted):
            return None
        return json.dumps({"access_token": _ACCESS}).encode()

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
def served(registry: Registry) -> Iterator[Registry]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.headers.get("Authorization") != registry.opens:
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

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            token = registry.exchanged(parse_qs(body)) if self.path == _EXCHANGE else None
            self._answer(200 if token else 401, "application/json", token or b"{}")

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("WWW-Authenticate", registry.challenge)
            self.send_header("Content-Type", kind)
            self.send_header("Docker-Content-Digest", _digest(body))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
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
