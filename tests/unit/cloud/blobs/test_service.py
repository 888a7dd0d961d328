"""Storage that leads astray: the requests of an upload stay where they belong, and end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from azext_ml_endpoint.cloud.blobs.service import AzureBlobService
from azext_ml_endpoint.cloud.contract import Container
from azext_ml_endpoint.errors import EndpointError, StorageError
from tests.fakes.simulated_arm import SimulatedTransport
from tests.simulator.message import Reply, Request

URL = "https://acct.blob.core.windows.net/c"
PAGE = (
    '<?xml version="1.0" encoding="utf-8"?><EnumerationResults ContainerName="c"><Blobs />'
    "<NextMarker>{}</NextMarker></EnumerationResults>"
)


def service(handle: Callable[[Request], Reply]) -> AzureBlobService:
    transport: Any = SimulatedTransport(handle)
    return AzureBlobService(Container(url=URL, credential="sig=x"), transport, threading.Event())


@pytest.mark.parametrize("markers", ["aa", "aba", "abcb", "abca"])
def test_a_list_that_leads_in_a_circle_is_left(markers: str) -> None:
    coming = iter(markers)

    def handle(_: Request) -> Reply:
        text = PAGE.format(next(coming)).encode()
        return Reply(200, {"Content-Type": "application/xml"}, text)

    with pytest.raises(StorageError, match="leads in a circle of a list"):
        service(handle).listing("folder/")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(status: int) -> None:
    hosts: list[str] = []

    def handle(request: Request) -> Reply:
        hosts.append(request.url.split("/")[2])
        return Reply(status, {"Location": "https://evil.example/steal"})

    with pytest.raises(EndpointError):
        service(handle).put("score.py", b"secret", {}, new=True)
    assert set(hosts) == {"acct.blob.core.windows.net"}
