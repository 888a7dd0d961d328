"""The real ArmClient, its whole pipeline running, over a simulator in the same process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from azure.core.credentials import AccessToken
from azure.core.exceptions import ServiceResponseError
from azure.core.pipeline.transport import HttpRequest, HttpResponse, HttpTransport
from requests.structures import CaseInsensitiveDict

from azext_ml_endpoint.cloud.arm.client import ArmClient
from azext_ml_endpoint.cloud.workspace import Workspace
from tests.simulator.message import CUT, Reply, Request

WORKSPACE = Workspace(
    subscription="00000000-0000-0000-0000-000000000001", resource_group="rg", name="ws"
)


class StaticCredential:
    """asked: the scopes of every call, in their order."""

    def __init__(self, token: str = "token-of-the-test") -> None:
        self.asked: list[tuple[str, ...]] = []
        self._token = token

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        self.asked.append(scopes)
        return AccessToken(self._token, int(time.time()) + 3600)


class SimulatedTransport(HttpTransport[HttpRequest, HttpResponse]):
    """Hands azure-core's requests to ``handle``, such as ``Simulator.handle``."""

    def __init__(self, handle: Callable[[Request], Reply]) -> None:
        self._handle = handle

    def send(self, request: HttpRequest, **_: Any) -> HttpResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        reply = self._handle(Request(request.method, request.url, headers, _content(request)))
        if reply.status == CUT:
            raise ServiceResponseError("Connection aborted: the connection was reset by the peer")
        return _Response(request, reply)

    def open(self) -> None: ...

    def close(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


def _content(request: HttpRequest) -> bytes:
    body: Any = request.body or b""
    content = body if isinstance(body, bytes) else body.read()
    assert isinstance(content, bytes)
    return content


class _Response(HttpResponse):
    """``read`` and ``stream_download`` are for the libraries that stream every answer."""

    def __init__(self, request: HttpRequest, reply: Reply) -> None:
        super().__init__(request, None)
        self.status_code = reply.status
        self.headers = CaseInsensitiveDict(reply.headers)
        self.reason = ""
        self.content_type = self.headers.get("content-type")
        self._content = reply.body

    def body(self) -> bytes:
        return self._content

    def read(self) -> bytes:
        return self._content

    def stream_download(self, *_: object, **__: object) -> Iterator[bytes]:
        return iter([self._content])


def simulated_arm(
    handle: Callable[[Request], Reply],
    workspace: Workspace = WORKSPACE,
    *,
    pauses: list[float] | None = None,
    **options: Any,
) -> ArmClient:
    """Nobody waits: each pause between two tries is only noted in ``pauses``."""
    noted = pauses if pauses is not None else []

    def pause(seconds: float) -> bool:
        noted.append(seconds)
        return False

    options.setdefault("pause", pause)
    return ArmClient(
        options.pop("credential", StaticCredential()),
        workspace,
        transport=SimulatedTransport(handle),
        **options,
    )
