"""The door to ARM: what it sends, what it makes of answers and refusals, and what it logs.

What it tries again, and what it does not believe, is in :mod:`.test_client_troubles`.
"""

from __future__ import annotations

import io
import logging

import pytest

from azext_ml_endpoint.cloud.arm.client import API_VERSION
from azext_ml_endpoint.errors import MissingResourceError, NotLoggedInError, ServiceError
from tests.fakes.simulated_arm import WORKSPACE, StaticCredential, simulated_arm
from tests.simulator.message import Reply, json_reply
from tests.unit.cloud.conversation import RESET, ROOT, Conversation, named, ok, page, refused, sent

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
