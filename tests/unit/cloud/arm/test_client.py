"""The door to ARM: what it sends, what it tries again, and what it makes of a refusal."""

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

from azext_ml_endpoint.cloud.arm.client import API_VERSION, ArmClient
from azext_ml_endpoint.errors import (
    Interrupted,
    MissingResourceError,
    NotLoggedInError,
    ServiceError,
)
from tests.fakes.http_server import local_server
from tests.fakes.simulated_arm import WORKSPACE, StaticCredential, simulated_arm
from tests.simulator.message import Reply, Request, json_reply
from tests.unit.cloud.conversation import (
    RESET,
    Conversation,
    named,
    ok,
    page,
    refused,
    sent,
)

ROOT = "https://management.azure.com"
THROTTLED = Reply(429, {"Retry-After": "7"})


# Where requests go


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("", f"{ROOT}{WORKSPACE.id}?api-version={API_VERSION}"),
        ("onlineEndpoints/e", f"{ROOT}{WORKSPACE.id}/onlineEndpoints/e?api-version={API_VERSION}"),
        ("/subscriptions/s", f"{ROOT}/subscriptions/s?api-version={API_VERSION}"),
        ("/subscriptions/s?api-version=1", f"{ROOT}/subscriptions/s?api-version=1"),
        (f"{ROOT}/next?$skip=2", f"{ROOT}/next?$skip=2&api-version={API_VERSION}"),
        (f"{ROOT}/next?Api-Version=9", f"{ROOT}/next?Api-Version=9"),
        ("https://eastus2.management.azure.com/x?api-version=1",) * 2,
    ],
)
def test_a_path_is_of_the_workspace_or_absolute_or_a_url_of_arm(path: str, url: str) -> None:
    azure = Conversation(ok())
    simulated_arm(azure).get(path)
    assert azure.requests[0].url == url


def test_the_query_is_encoded_and_joined() -> None:
    azure = Conversation(ok())
    simulated_arm(azure, api_version="2024-10-01").get("codes/c/versions", {"hash": "a b&c"})
    assert azure.requests[0].query == {"hash": "a b&c", "api-version": "2024-10-01"}


def test_another_service_has_versions_of_its_own() -> None:
    azure = Conversation(ok())
    simulated_arm(azure).get("providers/Microsoft.Insights/metrics", {"api-version": "2023-10-01"})
    assert azure.requests[0].query == {"api-version": "2023-10-01"}


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/x",
        "http://management.azure.com/x",
        "https://notmanagement.azure.com/",
    ],
)
def test_no_token_goes_where_an_answer_points_outside_of_arm(url: str) -> None:
    azure = Conversation()
    with pytest.raises(ServiceError, match="not part of it"):
        simulated_arm(azure).get(url)
    assert azure.requests == []


def test_requests_carry_a_token_and_say_who_asks() -> None:
    azure, credential = Conversation(ok(), ok()), StaticCredential("t0k3n")
    arm = simulated_arm(azure, credential=credential, base_url="https://arm.example/", scope="s")
    arm.put("onlineEndpoints/e", {"tags": {"Größe": "5"}})
    arm.post("onlineEndpoints/e/listKeys")
    put, post = azure.requests
    assert put.host == "arm.example" and put.bearer == "t0k3n" and credential.asked == [("s",)]
    assert put.headers["user-agent"].startswith("az-ml-endpoint/")
    assert put.headers["content-type"] == "application/json" and sent(put) == {
        "tags": {"Größe": "5"}
    }
    assert post.headers["content-length"] == "0" and post.body == b""


# Answers


def test_an_answer_has_its_status_body_and_headers_in_lower_case() -> None:
    azure = Conversation(json_reply(201, {"name": "e"}, {"Azure-AsyncOperation": "https://x"}))
    answer = simulated_arm(azure).put("onlineEndpoints/e", {})
    assert (answer.status, answer.body) == (201, {"name": "e"})
    assert answer.headers["azure-asyncoperation"] == "https://x"


@pytest.mark.parametrize("content", [b"", b"null"])
def test_an_answer_without_a_body_has_an_empty_one(content: bytes) -> None:
    assert simulated_arm(Conversation(Reply(202, {}, content))).delete("models/m").body == {}


def test_a_collection_is_read_to_its_last_page() -> None:
    azure = Conversation(
        ok({"value": [{"n": 1}], "nextLink": f"{ROOT}/next"}), ok({"value": [{"n": 2}]})
    )
    assert simulated_arm(azure).pages("models") == [{"n": 1}, {"n": 2}]
    assert azure.asked[1] == "GET /next"


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


# Refusals


def test_a_refusal_says_the_inner_reason_the_code_and_the_correlation_id() -> None:
    details = [{"code": "OutOfQuota", "message": '{"title": "Not enough cores"}'}]
    azure = Conversation(refused(400, "BadRequest", "The request is invalid.", details))
    with pytest.raises(ServiceError) as caught:
        simulated_arm(azure).put("onlineEndpoints/e/deployments/blue", {})
    error = caught.value
    assert (error.code, error.status, error.correlation_id) == ("OutOfQuota", 400, "0f-correlation")
    assert error.message == (
        "Azure refused to write deployment blue of endpoint e: The request is invalid.\n"
        "Not enough cores (HTTP 400, OutOfQuota, correlation id 0f-correlation)"
    )
    assert "quota" in str(error.recommendation)


def test_what_is_missing_is_named() -> None:
    azure = Conversation(refused(404, "NotFound", "Could not find it."))
    with pytest.raises(MissingResourceError, match=r"There is no model m:3: Could not find it\."):
        simulated_arm(azure).get("models/m/versions/3")


def test_finding_nothing_is_no_error() -> None:
    assert (
        simulated_arm(Conversation(refused(404, "ResourceNotFound", "x"))).find("models/m") is None
    )
    assert simulated_arm(Conversation(ok({"name": "m"}))).find("models/m") == {"name": "m"}


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ResourceGroupNotFound", "Resource group 'rg' could not be found."),
        (
            "ResourceNotFound",
            "The Resource 'Microsoft.MachineLearningServices/workspaces/ws' under resource group"
            " 'rg' was not found.",
        ),
    ],
)
def test_finding_nothing_in_no_workspace_is_an_error(code: str, message: str) -> None:
    with pytest.raises(MissingResourceError, match=r"was not found|could not be found"):
        simulated_arm(Conversation(refused(404, code, message))).find("onlineEndpoints/e")


def test_a_missing_deployment_is_not_a_missing_workspace() -> None:
    text = (
        "Resource 'Microsoft.MachineLearningServices/workspaces/ws/onlineEndpoints/e' was not found"
    )
    azure = Conversation(refused(404, "ParentResourceNotFound", text))
    assert simulated_arm(azure).find("onlineEndpoints/e/deployments/d") is None


def test_a_credential_that_is_refused_leads_to_a_login() -> None:
    azure = Conversation(refused(401, "ExpiredAuthenticationToken", "The token has expired."))
    with pytest.raises(NotLoggedInError, match="The token has expired") as caught:
        simulated_arm(azure).get("")
    assert "az login" in str(caught.value.recommendation)


def test_a_challenge_for_claims_is_answered_with_another_token() -> None:
    challenge = 'Bearer error="insufficient_claims", claims="eyJhIjoxfQ=="'
    azure = Conversation(Reply(401, {"WWW-Authenticate": challenge}), ok({"name": "ws"}))
    credential = StaticCredential()
    assert simulated_arm(azure, credential=credential).get("").body == {"name": "ws"}
    assert len(credential.asked) == 2


def test_a_missing_role_is_told_with_what_to_ask_for() -> None:
    azure = Conversation(refused(403, "AuthorizationFailed", "The client does not have it."))
    with pytest.raises(ServiceError, match="does not have it") as caught:
        simulated_arm(azure).put("onlineEndpoints/e", {})
    assert "role" in str(caught.value.recommendation)


@pytest.mark.parametrize("status", [200, 502])
def test_a_page_of_a_proxy_is_told_by_its_title(status: int) -> None:
    with pytest.raises(ServiceError, match="Sign in to the guest network"):
        simulated_arm(lambda _: page(status, "Sign in to the guest network")).get("")


def test_no_reason_is_said_to_be_none() -> None:
    with pytest.raises(ServiceError, match=r"it gives no reason \(HTTP 418\)"):
        simulated_arm(Conversation(Reply(418))).get("")


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


# What is logged


def test_each_try_is_one_line_of_the_debug_log() -> None:
    reply = json_reply(200, {"primaryKey": "s3cr3t"}, named({"x_ms_correlation_request_id": "0f"}))
    arm = simulated_arm(Conversation(RESET, reply), credential=StaticCredential("t0k3n"))
    logger, text = logging.getLogger("azext_ml_endpoint.cloud.arm.client"), io.StringIO()
    logger.addHandler(handler := logging.StreamHandler(text))
    logger.setLevel(logging.DEBUG)
    arm.post(f"{ROOT}/e/listKeys?sig=s1gn", {"keyValue": "s3cr3t"})
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)
    first, second = text.getvalue().splitlines()
    assert first.startswith(f"POST {ROOT}/e/listKeys?sig=REDACTED") and "no answer" in first
    assert "200, correlation id 0f" in second
    assert not [secret for secret in ("s3cr3t", "t0k3n", "s1gn") if secret in text.getvalue()]


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
