"""The door to ARM in trouble: tried again, without an answer, interrupted, led astray."""

from __future__ import annotations

import gzip
import io
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from azure.core.pipeline.transport import HttpRequest

from azext_ml_endpoint.cloud.arm.client import ArmClient
from azext_ml_endpoint.errors import Interrupted, NotLoggedInError, ServiceError
from tests.fakes.http_server import local_server
from tests.fakes.simulated_arm import WORKSPACE, StaticCredential, simulated_arm
from tests.simulator.message import Reply, Request
from tests.unit.cloud.conversation import RESET, ROOT, Conversation, ok, refused

THROTTLED = Reply(429, {"Retry-After": "7"})


# Trying again


@pytest.mark.parametrize("fault", [THROTTLED, Reply(503), Reply(500), RESET], ids=str)
@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "post"])
def test_what_fails_for_a_moment_is_tried_again(method: str, fault: Reply) -> None:
    azure = Conversation(fault, ok({"there": True}))
    arm = simulated_arm(azure)
    sending = {"body": {"n": 1}} if method in ("put", "patch") else {}
    answer = getattr(arm, method)("onlineEndpoints/e/listKeys", **sending)
    assert answer.body == {"there": True}
    assert azure.requests[0].body == azure.requests[1].body


def test_retry_after_is_obeyed() -> None:
    pauses: list[float] = []
    simulated_arm(Conversation(THROTTLED, ok()), pauses=pauses).get("models")
    assert pauses == [7]


def test_a_long_wait_is_told() -> None:
    logger, text = logging.getLogger("cli.azext_ml_endpoint"), io.StringIO()
    logger.addHandler(handler := logging.StreamHandler(text))
    simulated_arm(Conversation(RESET, THROTTLED, ok())).get("models")
    logger.removeHandler(handler)
    assert text.getvalue() == "Azure is busy; asking again in 7 s.\n"


def test_a_wait_that_nobody_wants_is_an_error() -> None:
    azure = Conversation(Reply(429, {"Retry-After": "3600"}))
    with pytest.raises(ServiceError) as caught:
        simulated_arm(azure).get("models")
    assert caught.value.status == 429 and "wait 60 minutes" in str(caught.value.recommendation)


@pytest.mark.parametrize("fault", [THROTTLED, Reply(503), RESET], ids=str)
def test_keys_are_not_regenerated_twice(fault: Reply) -> None:
    azure = Conversation(fault)
    with pytest.raises(ServiceError):
        simulated_arm(azure).post("onlineEndpoints/e/regenerateKeys", {"keyType": "Primary"})
    assert azure.is_over


def test_a_conflict_is_left_to_who_knows_what_it_means() -> None:
    azure = Conversation(refused(409, "Conflict", "busy", Retry_After="1"))
    with pytest.raises(ServiceError) as caught:
        simulated_arm(azure).put("onlineEndpoints/e", {})
    assert caught.value.status == 409


def test_lasting_trouble_is_reported_after_some_tries() -> None:
    pauses: list[float] = []
    with pytest.raises(ServiceError) as caught:
        simulated_arm(lambda _: Reply(503), pauses=pauses).get("models")
    assert caught.value.status == 503 and 3 <= len(pauses) <= 6 and sum(pauses) < 60


# Without an answer


def test_a_credential_without_a_token_leads_to_a_login() -> None:
    from azure.core.exceptions import ClientAuthenticationError

    class Nobody:
        def get_token(self, *scopes: str, **_: object) -> None:
            raise ClientAuthenticationError("no account in the cache")

    with pytest.raises(NotLoggedInError, match="no account in the cache"):
        simulated_arm(Conversation(), credential=Nobody()).get("")


def real_arm(base_url: str) -> ArmClient:
    return ArmClient(StaticCredential(), WORKSPACE, base_url=base_url, pause=lambda _: False)


@contextmanager
def listening(answer: bytes | None) -> Iterator[str]:
    """A server that takes connections, says this, and no HTTP ever; its address."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        talker = threading.Thread(target=_talk, args=(server, answer), daemon=True)
        talker.start()
        yield f"https://127.0.0.1:{server.getsockname()[1]}"


def _talk(server: socket.socket, answer: bytes | None) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            connection.sendall(answer or b"")


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.mark.usefixtures("no_proxy")
def test_a_closed_door_is_told_with_its_host() -> None:
    with listening(b"") as address:
        pass
    with pytest.raises(
        ServiceError, match=r"127\.0\.0\.1:\d+ cannot be reached: .*refused"
    ) as caught:
        real_arm(address).get("")
    assert "network" in str(caught.value.recommendation)


@pytest.mark.usefixtures("no_proxy")
def test_a_host_that_speaks_no_tls_is_told_in_one_line() -> None:
    with (
        listening(b"HTTP/1.1 400 Bad Request\r\n\r\n") as address,
        pytest.raises(ServiceError) as caught,
    ):
        real_arm(address).get("")
    assert "127.0.0.1" in caught.value.message and "\n" not in caught.value.message


# Ctrl-C


def test_a_pause_between_two_tries_ends_when_the_command_is_cancelled() -> None:
    arms: list[ArmClient] = []

    def throttle(_: object) -> Reply:
        arms[0].cancel()
        return Reply(429, {"Retry-After": "200"})

    arms.append(arm := simulated_arm(throttle, pause=None))
    began = time.monotonic()
    with pytest.raises(Interrupted):
        arm.get("")
    assert time.monotonic() - began < 100


def test_nothing_is_asked_after_it_has_been_cancelled() -> None:
    azure = Conversation()
    arm = simulated_arm(azure)
    arm.cancel()
    with pytest.raises(Interrupted):
        arm.put("onlineEndpoints/e", {})
    assert azure.requests == []


# Answers that lead astray


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "location",
    ["https://evil.example/steal", f"{ROOT}/elsewhere", "http://management.azure.com/", "/x", ""],
)
@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_no_redirect_is_followed(status: int, location: str, method: str) -> None:
    azure = Conversation(Reply(status, {"Location": location}))
    sending = {"body": {"secret": "s3cret"}} if method == "put" else {}
    with pytest.raises(ServiceError, match="that is not followed") as raised:
        getattr(simulated_arm(azure), method)("onlineEndpoints/e", **sending)
    assert (raised.value.status, len(azure.requests)) == (status, 1)


def test_a_library_s_redirect_is_not_followed_either() -> None:
    from azure.mgmt.resource.deployments import DeploymentsMgmtClient

    azure = Conversation(Reply(307, {"Location": "https://evil.example/steal"}))
    arm = simulated_arm(azure)
    with (
        pytest.raises(ServiceError, match="that is not followed"),
        arm.library_client(DeploymentsMgmtClient, "x") as client,
    ):
        client.deployments.begin_create_or_update("g", "x", io.BytesIO(b"{}"), polling=False)
    assert len(azure.requests) == 1


@pytest.mark.parametrize(
    "links",
    [
        ["/a", "/a"],
        ["/a", "/b", "/a"],
        ["/a", "/b", "/c", "/b"],
        [f"{ROOT}/a?x=1", f"{ROOT}/a?x=2", f"{ROOT}/a?x=1"],
    ],
)
def test_a_list_that_leads_in_a_circle_is_left(links: list[str]) -> None:
    azure = Conversation(*(ok({"value": [{}], "nextLink": each}) for each in links))
    with pytest.raises(ServiceError, match="leads in a circle of a list"):
        simulated_arm(azure).pages("models")
    assert azure.is_over


def test_a_list_without_end_is_left() -> None:
    count = 0

    def azure(_: Request) -> Reply:
        nonlocal count
        count += 1
        return ok({"value": [], "nextLink": f"/page/{count}"})

    with pytest.raises(ServiceError, match="over more than 10000 pages"):
        simulated_arm(azure).pages("models")


@pytest.mark.parametrize(
    "link", ["https://evil.example/", "http://management.azure.com/", f"{ROOT}@evil.example/"]
)
def test_a_next_page_of_another_host_is_not_asked_for(link: str) -> None:
    azure = Conversation(ok({"value": [], "nextLink": link}))
    with pytest.raises(ServiceError, match="which is not part of it; nothing was sent there"):
        simulated_arm(azure).pages("models")
    assert len(azure.requests) == 1


def test_the_real_transport_reads_no_answer_without_end() -> None:
    """The simulated one brings answers of its own."""
    with local_server() as server:
        server.headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
        server.body = gzip.compress(b" " * (33 << 20))
        arm = ArmClient(StaticCredential(), WORKSPACE, base_url=server.uri)
        request = HttpRequest("GET", server.uri)
        with pytest.raises(ServiceError, match="is larger than 32 MB"):
            arm._transport.send(request)
