"""What goes wrong on the way to Azure, and in it: it passes unseen, or one screen explains it."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.cloud.blobs.store import WORKERS
from tests.integration.az import Result, ended
from tests.integration.azure import Azure
from tests.integration.small import NAME, small_endpoint
from tests.simulator.blob_front import BUSY, EXPIRED, storage_error
from tests.simulator.faults import (
    CancelOperation,
    Effect,
    FailOperation,
    Fault,
    Outcome,
    Reset,
    Slow,
    Status,
)
from tests.simulator.journal import Entry
from tests.simulator.operations import DEPLOYMENT as MADE
from tests.simulator.operations import Durations

SCREEN = 40
CORRELATION = "0f0f0f0f-1111-2222-3333-444444444444"
HEADERS = {"x-ms-correlation-request-id": CORRELATION, "retry-after-ms": "10"}
"""The pause is a short one: it is the number of tries that counts."""
ALWAYS = 99
ENDPOINT, DEPLOYMENT = rf"onlineEndpoints/{NAME}\?", r"/deployments/blue\?"
EVERY_KIND = [
    ("GET", ENDPOINT),
    ("GET", "/codes/"),
    ("GET", "/datastores/"),
    ("POST", "/listSecrets"),
    ("POST", "/startPendingUpload"),
    ("PUT", "/codes/"),
    ("PUT", "/models/"),
    ("PUT", "/environments/"),
    ("PUT", ENDPOINT),
    ("PUT", DEPLOYMENT),
    ("GET", "/mfeOperationsStatus/"),
]
PAGE = b"<html><head><title>Sign in to the network</title></head><body>Who are you?</body></html>"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return small_endpoint(tmp_path)


def create(azure: Azure, file: Path) -> Result:
    return azure.az(f"ml endpoint create -n {NAME} -f {file}", expect=None)


def succeeds(azure: Azure, file: Path) -> Result:
    """Creates the endpoint, whatever is in the way, without a request that Azure refuses."""
    done = create(azure, file)
    assert done.exit_code == 0, done
    made = done.json
    assert made["traffic"] == {"blue": 100}
    assert [each["provisioning_state"] for each in made["deployments"]] == ["Succeeded"]
    assert azure.simulator.journal.refused() == []
    return done


def explains(result: Result, *told: str) -> None:
    """One screen that tells all of this, and ends with the error."""
    assert result.exit_code == 1, result
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert len(result.stderr.splitlines()) <= SCREEN
    assert "ERROR: " in result.stderr
    assert not [each for each in told if each not in result.stderr], result.stderr


def refusal(status: int, code: str, message: str) -> Status:
    return Status(status, HEADERS, {"error": {"code": code, "message": message}})


# What passes


@pytest.mark.parametrize(
    "effect",
    [refusal(503, "ServiceUnavailable", ""), Reset(), Reset(done=True), Slow(0.5)],
    ids=["503", "reset", "reset after the work", "slow"],
)
def test_a_fault_of_every_request_is_got_over(azure: Azure, file: Path, effect: Effect) -> None:
    for method, url in EVERY_KIND:
        azure.simulator.faults.add(Fault(effect, method, url))
    told = succeeds(azure, file).stderr
    assert "ERROR" not in told
    assert "WARNING" not in told


def test_azure_is_not_asked_before_it_wants_to_be(azure: Azure, file: Path) -> None:
    throttled = Status(429, {"Retry-After": "1"}, {"error": {"code": "TooManyRequests"}})
    for method, url in [("GET", ENDPOINT), ("PUT", "/models/"), ("GET", "/mfeOperationsStatus/")]:
        azure.simulator.faults.add(Fault(throttled, method, url))
    succeeds(azure, file)
    entries = azure.simulator.journal.entries()
    refused = [each for each in entries if each.reply.status == 429]
    assert len(refused) == 3
    for each in refused:
        again = [
            later.began
            for later in entries
            if later.request.url == each.request.url and later.began > each.began
        ]
        assert min(again) - each.ended >= 1


def test_storage_that_is_busy_or_breaks_off_is_tried_again(azure: Azure, file: Path) -> None:
    azure.blobs.faults.add(Fault(BUSY, "PUT", "model.pkl"))
    azure.blobs.faults.add(Fault(Reset(), "PUT", "score.py"))
    succeeds(azure, file)


def test_an_answer_that_is_lost_while_the_work_goes_on_is_no_failure(
    azure: Azure, file: Path
) -> None:
    """The request is sent again, and Azure is busy: with what was asked the first time."""
    azure.simulator.backend.durations = Durations(deployment=1)
    azure.simulator.faults.add(Fault(Reset(done=True), "PUT", DEPLOYMENT))
    done = create(azure, file)
    assert done.exit_code == 0, done
    assert done.json["deployments"][0]["provisioning_state"] == "Succeeded"


def test_another_operation_is_waited_for(azure: Azure, tmp_path: Path) -> None:
    azure.simulator.serialize_deployments = True
    azure.simulator.backend.durations = Durations(deployment=1)
    done = create(azure, small_endpoint(tmp_path, "blue", "green"))
    assert done.exit_code == 0, done
    assert "waits its turn, Azure works on deployment" in done.stderr
    assert len(done.json["deployments"]) == 2


def test_a_token_that_expires_on_the_way_is_renewed(azure: Azure, file: Path) -> None:
    azure.simulator.tokens.lifetime = 240
    azure.simulator.backend.durations = Durations(deployment=3600)
    with azure.az.running(f"ml endpoint create -n {NAME} -f {file}") as process:
        azure.simulator.journal.wait_until(asks_for_deployment)
        azure.simulator.tokens.revoke()
        azure.simulator.backend.operations.end_soon()
        done = ended(process)
    assert done.exit_code == 0, done
    assert azure.simulator.journal.refused() == []


def asks_for_deployment(entries: Sequence[Entry]) -> bool:
    return any(f"/mfeOperationsStatus/{MADE}:" in each.request.url for each in entries)


def test_a_challenge_is_met_with_another_token(azure: Azure, file: Path) -> None:
    """Of continuous access evaluation: what Azure wants to know is told to the account."""
    claims = b64encode(b'{"access_token":{"nbf":{"essential":true,"value":"1"}}}').decode()
    challenge = f'Bearer authorization_uri="", error="insufficient_claims", claims="{claims}"'
    refused = Status(401, {"WWW-Authenticate": challenge}, {"error": {"code": "Unauthorized"}})
    azure.simulator.faults.add(Fault(refused, "PUT", ENDPOINT))
    succeeds(azure, file)


def test_a_signature_that_expires_in_an_upload_is_renewed(azure: Azure, tmp_path: Path) -> None:
    """Signatures are told apart by the second in which they end."""
    file = small_endpoint(tmp_path, model={f"{number}.bin": b"content" for number in range(40)})
    azure.blobs.faults.add(Fault(Slow(1.1), "PUT", "LocalUpload", times=WORKERS))
    azure.blobs.faults.add(Fault(EXPIRED, "PUT", "LocalUpload"))
    succeeds(azure, file)
    asked = [each for each in azure.simulator.journal.lines() if each.endswith("/listSecrets")]
    assert len(asked) == 2
    sent = [each.path for each in azure.blobs.journal.written() if "LocalUpload" in each.path]
    assert len(sent) == len(set(sent)) == 40


# What does not pass


@pytest.mark.parametrize(
    ("effect", "told"),
    [
        (refusal(503, "ServiceUnavailable", "Come back."), ["HTTP 503", "Come back.", CORRELATION]),
        (refusal(429, "TooManyRequests", "Not so fast."), ["HTTP 429", CORRELATION, "Wait a"]),
        (
            Status(429, {**HEADERS, "Retry-After": "3600", "retry-after-ms": "3600000"}),
            ["HTTP 429", CORRELATION, "wait 60 minutes"],
        ),
        (Reset(), ["management.azure.com", "Check the network"]),
        (Status(200, {"Content-Type": "text/html"}, PAGE), ["Sign in to the network", "proxy"]),
        (
            Status(502, {**HEADERS, "Content-Type": "text/html"}, PAGE),
            ["Sign in to the network", "HTTP 502", "proxy"],
        ),
        (
            refusal(403, "AuthorizationFailed", "The client may not read."),
            ["may not read", CORRELATION, "AzureML Data Scientist"],
        ),
    ],
    ids=["503", "429", "429 for an hour", "reset", "a page", "502 with a page", "403"],
)
def test_what_does_not_pass_is_explained(azure: Azure, effect: Effect, told: list[str]) -> None:
    azure.simulator.faults.add(Fault(effect, "GET", ENDPOINT, times=ALWAYS))
    shown = azure.az(f"ml endpoint show -n {NAME}", expect=None)
    azure.simulator.faults.clear()
    explains(shown, *told)


def test_a_token_that_is_refused_is_explained(azure: Azure, file: Path) -> None:
    challenge = {"www-authenticate": 'Bearer error="invalid_token"', **HEADERS}
    error = {"error": {"code": "ExpiredAuthenticationToken", "message": "It has expired."}}
    azure.simulator.faults.add(Fault(Status(401, challenge, error), "PUT", ENDPOINT, times=ALWAYS))
    done = create(azure, file)
    azure.simulator.faults.clear()
    explains(done, "does not accept the credential", "It has expired.", CORRELATION, "`az login`")


def test_azure_out_of_reach_is_explained(azure: Azure) -> None:
    azure.playground.proxy.unreachable.add(azure.playground.world.management)
    shown = azure.az(f"ml endpoint show -n {NAME}", expect=None)
    explains(shown, azure.playground.world.management, "cannot be reached", "HTTPS_PROXY")


def test_storage_out_of_reach_is_explained(azure: Azure, file: Path) -> None:
    host = azure.playground.world.blob_host(azure.playground.storage.account)
    azure.playground.proxy.unreachable.add(host)
    explains(create(azure, file), host, "cannot be reached", "HTTPS_PROXY")


@pytest.mark.parametrize(
    ("effect", "told"),
    [
        (EXPIRED, ["AuthenticationFailed"]),
        (
            storage_error(403, "AuthorizationFailure", "This request is not authorized."),
            ["AuthorizationFailure", "firewall"],
        ),
    ],
    ids=["signature", "firewall"],
)
def test_storage_that_refuses_is_explained(
    azure: Azure, file: Path, effect: Status, told: list[str]
) -> None:
    azure.blobs.faults.add(Fault(effect, "PUT", "model.pkl", times=ALWAYS))
    done = create(azure, file)
    azure.blobs.faults.clear()
    explains(done, azure.playground.storage.account, *told)


def test_a_conflict_that_nobody_explains_is_told(azure: Azure, file: Path) -> None:
    busy = refusal(409, "Conflict", "Something else is going on.")
    azure.simulator.faults.add(Fault(busy, "PUT", DEPLOYMENT, times=ALWAYS))
    done = create(azure, file)
    azure.simulator.faults.clear()
    explains(done, "deployment blue", "Something else is going on.", CORRELATION, "wait")


def test_too_little_quota_is_refused_with_a_way_out(azure: Azure, file: Path) -> None:
    few = refusal(400, "QuotaExceeded", "You have 2 cores of Standard_F2s_v2, 4 are needed.")
    azure.simulator.faults.add(Fault(few, "PUT", DEPLOYMENT))
    explains(create(azure, file), "deployment blue", "4 are needed", CORRELATION, "more quota")


# What fails after Azure has taken it


def wrapped(code: str, reason: str) -> dict[str, Any]:
    """As the service does: JSON as text, inside of JSON as text, inside of details."""
    problem = json.dumps({"title": "Invalid.", "status": 400, "errors": {"": [reason]}})
    text = json.dumps({"error": {"code": code, "message": problem}})
    correlation = {"operation": CORRELATION, "request": "0123456789abcdef"}
    return {
        "code": "UserError",
        "message": "The request is invalid.",
        "details": [{"code": "InferencingClientCallFailed", "message": text}],
        "additionalInfo": [{"type": "Correlation", "info": {"value": correlation}}],
    }


FAILURES = [
    (
        FailOperation(wrapped("ImageBuildFailure", "No matching numpy.")),
        ["No matching numpy.", CORRELATION, "build log"],
    ),
    (
        FailOperation(wrapped("OutOfQuota", "Not enough cores.")),
        ["Not enough cores.", CORRELATION, "more quota"],
    ),
    (
        FailOperation(wrapped("ResourceNotReady", "User container crashed.")),
        ["User container crashed.", CORRELATION, "--local first"],
    ),
    (FailOperation(), ["it gives no reason", "correlation id", "get-logs"]),
    (CancelOperation(), ["was canceled", "correlation id", "same command again"]),
]


@pytest.mark.parametrize(
    ("outcome", "told"), FAILURES, ids=["build", "quota", "crash", "no reason", "canceled"]
)
def test_a_deployment_that_fails_says_why_and_what_its_containers_said(
    azure: Azure, file: Path, outcome: Outcome, told: list[str]
) -> None:
    for container in ("InferenceServer", "StorageInitializer"):
        log = "".join(f"{container} {number}.\n" for number in range(40))
        azure.simulator.logs[(NAME, "blue", container)] = log
    azure.simulator.faults.add(Fault(outcome, "PUT", DEPLOYMENT))
    done = create(azure, file)
    logs = done.stderr.splitlines()
    for container in ("InferenceServer", "StorageInitializer"):
        last = [f"{container} {number}." for number in range(10, 40)]
        assert [each for each in logs if each.startswith(container)] == last
    said = "\n".join(each for each in logs if not re.match(r"(Inf|Sto)\w+ \d+\.", each))
    explains(replace(done, stderr=said), *told)
    assert "deployment blue" in said.partition("ERROR: ")[2]


@pytest.mark.parametrize("outcome", [FAILURES[1], FAILURES[3]], ids=["quota", "no reason"])
def test_an_endpoint_that_fails_says_why(
    azure: Azure, file: Path, outcome: tuple[Outcome, list[str]]
) -> None:
    effect, told = outcome
    azure.simulator.faults.add(Fault(effect, "PUT", ENDPOINT))
    explains(create(azure, file), f"endpoint {NAME} failed in Azure", *told)


def test_the_same_command_again_gets_over_a_deployment_that_never_served(
    azure: Azure, file: Path
) -> None:
    azure.simulator.faults.add(Fault(CancelOperation(), "PUT", DEPLOYMENT))
    explains(create(azure, file), "was canceled")
    done = create(azure, file)
    assert done.exit_code == 0, done
    assert "it never served; it is made anew" in done.stderr
    assert done.json["traffic"] == {"blue": 100}


def test_keys_are_not_made_anew_twice(azure: Azure, file: Path) -> None:
    """Who may have a new key already is told so, and gets no other one unasked."""
    create(azure, file)
    azure.simulator.faults.add(Fault(Reset(done=True), "POST", "/regenerateKeys"))
    done = azure.az(f"ml endpoint regenerate-keys -n {NAME}", expect=None)
    explains(done, "management.azure.com", "may be a new one", f"get-credentials -n {NAME}")
    asked = [each for each in azure.simulator.journal.lines() if each.endswith("regenerateKeys")]
    assert len(asked) == 1


@pytest.mark.parametrize("effect", [refusal(503, "ServiceUnavailable", ""), Reset(done=True)])
def test_a_deletion_gets_over_faults(azure: Azure, file: Path, effect: Effect) -> None:
    create(azure, file)
    azure.simulator.faults.add(Fault(effect, "DELETE", ENDPOINT))
    azure.az(f"ml endpoint delete -n {NAME} --yes")
    azure.az(f"ml endpoint show -n {NAME}", expect=3)
