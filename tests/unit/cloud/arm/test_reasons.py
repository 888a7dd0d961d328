"""The reason is dug out of what Azure wraps around it, and comes with a next step."""

from __future__ import annotations

import json
from typing import Any

import pytest

from azext_ml_endpoint.cloud.arm.reasons import Reason, reason
from azext_ml_endpoint.cloud.remedies import remedy


def error(code: str, message: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "message": message, **more}


def test_a_plain_error_is_told_as_it_is() -> None:
    assert reason({"error": error("OutOfQuota", "No cores.")}) == Reason(
        message="No cores.", code="OutOfQuota"
    )


def test_details_add_to_the_message_and_give_the_telling_code() -> None:
    details = [error("ResourceNotReady", "It crashed.", details=[error("Inner", "line 3")])]
    why = reason({"error": error("BadRequest", "The request is bad.", details=details)})
    assert why.message == "The request is bad.\nIt crashed.\nline 3"
    assert why.code == "ResourceNotReady"


def test_a_telling_code_outside_wins_over_one_inside() -> None:
    why = reason({"error": error("ResourceNotReady", "x", details=[error("Inner", "y")])})
    assert why.code == "ResourceNotReady"


def test_the_name_of_a_wrapper_is_no_code() -> None:
    inner = json.dumps({"error": error("OutOfQuota", "No cores.")})
    details = [error("InferencingClientCallFailed", inner)]
    why = reason({"error": error("UserError", "The request is invalid.", details=details)})
    assert why.code == "OutOfQuota"


def test_a_vague_code_is_better_than_none() -> None:
    assert reason({"error": error("NotFound", "x")}).code == "NotFound"


@pytest.mark.parametrize(
    "packed",
    [
        {"error": error("ImageBuildFailure", "pip failed")},
        error("ImageBuildFailure", "pip failed"),
        [error("ImageBuildFailure", "pip failed")],
        {"Code": "ImageBuildFailure", "Message": "pip failed"},
        {"code": "ImageBuildFailure", "title": "pip failed"},
        {"error": error("BadRequest", json.dumps(error("ImageBuildFailure", "pip failed")))},
        {"innerError": error("ImageBuildFailure", "pip failed")},
    ],
    ids=json.dumps,
)
def test_json_in_a_message_is_unpacked(packed: Any) -> None:
    why = reason({"error": error("UserError", json.dumps(packed))})
    assert (why.message, why.code) == ("pip failed", "ImageBuildFailure")


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"code": "UserError", "message": {"lang": "en", "value": "pip failed"}}},
        {"odata.error": {"code": "X", "message": {"lang": "en-US", "value": "pip failed"}}},
        json.dumps({"error": error("ImageBuildFailure", "pip failed")}),
        {"errors": ["pip failed"], "status": 400},
        {"errors": {"": "pip failed"}},
        {"error": error("BadRequest", "", details=[{"errors": "pip failed"}])},
        {"error": {"code": "UserError", "message": "", "messageFormat": "pip failed"}},
        {"error": {"code": "X", "statusMessage": {"error": error("Y", "pip failed")}}},
        {"error": {"code": "X", "statusMessage": json.dumps({"error": error("Y", "pip failed")})}},
    ],
    ids=json.dumps,
)
def test_a_reason_in_another_place_is_found(body: object) -> None:
    assert reason(body).message == "pip failed"


def test_texts_that_are_no_list_are_told_with_their_member() -> None:
    why = reason({"errors": {"VmSize": "is not known", "Sku": ["a", {"b": 1}], "Other": None}})
    assert why.message == "VmSize: is not known\nSku: a"


def test_what_only_looks_like_json_is_text() -> None:
    assert reason({"error": error("X", "{not: json")}).message == "{not: json"


def test_nothing_is_said_twice() -> None:
    details = [error("A", "It crashed."), error("B", "Details: It crashed.")]
    why = reason({"error": error("A", "It crashed.", details=details)})
    assert why.message == "Details: It crashed."


def test_a_whole_log_in_a_message_is_cut() -> None:
    assert len(reason({"error": error("X", "x" * 100_000)}).message) < 2100


@pytest.mark.parametrize("body", [None, {}, [], "text", {"error": None}, {"status": "Failed"}, 5])
def test_no_error_has_no_reason(body: object) -> None:
    assert reason(body) == Reason()


def test_a_status_document_is_read_too() -> None:
    body = {"name": "guid", "status": "Failed", "error": error("OutOfCapacity", "none left")}
    assert reason(body) == Reason(message="none left", code="OutOfCapacity")


@pytest.mark.parametrize(
    "info", [[], "x", {"value": []}, {"value": "x"}, {"value": {"operation": {}, "request": 1}}]
)
def test_a_correlation_of_another_shape_is_none(info: object) -> None:
    body = {"error": {"code": "A", "additionalInfo": [{"type": "Correlation", "info": info}]}}
    assert reason(body).correlation_id is None
    assert reason(body, {"request-id": "request"}).correlation_id == "request"


def test_the_correlation_id_is_that_of_the_error_or_of_the_answer() -> None:
    headers = {"x-ms-correlation-request-id": "of-the-answer"}
    value = {"operation": "of-the-error", "request": "r"}
    info = [
        {"type": "ComponentName", "info": {"value": "managementfrontend"}},
        {"type": "Correlation", "info": {"value": value}},
    ]
    body = {"error": error("X", "y", additionalInfo=info)}
    assert reason(body, headers).correlation_id == "of-the-error"
    assert reason({}, headers).correlation_id == "of-the-answer"
    assert reason({}, {"x-ms-request-id": "request"}).correlation_id == "request"


def test_endless_nesting_ends() -> None:
    body: dict[str, Any] = error("X", "deep")
    for _ in range(50):
        body = {"error": body}
    assert reason(body).message in ("", "deep")


def test_what_is_invalid_is_said_and_not_that_something_is() -> None:
    problem = {"title": "One or more validation errors occurred.", "errors": {"Sku": ["Too big."]}}
    assert reason(error("Validation", json.dumps(problem))).message == "Sku: Too big."


def test_the_detail_of_a_problem_says_more_than_its_title() -> None:
    problem = {"title": "Conflict", "status": 409, "detail": "Another operation is in progress."}
    assert reason(error("X", json.dumps(problem))).message == "Another operation is in progress."


# Remedies

DOCUMENTED = [
    *("ImageBuildFailure", "OutOfQuota", "OutOfCapacity", "BadArgument", "ResourceNotReady"),
    *("ResourceNotFound", "WorkspaceManagedNetworkNotReady", "OperationCanceled"),
    *("SecretsInjectionError", "InternalServerError"),
    *("ERR_1100", "ERR_1101", "ERR_1200", "ERR_1300", "ERR_1350", "ERR_2100", "ERR_2200"),
    "ERR_5000",
]


@pytest.mark.parametrize("code", DOCUMENTED)
def test_every_documented_code_has_a_next_step(code: str) -> None:
    assert remedy(code) and remedy(code.lower()) == remedy(code)


@pytest.mark.parametrize(("status", "word"), [(401, "login"), (403, "role"), (429, "minute")])
def test_an_unknown_code_is_judged_by_its_status(status: int, word: str) -> None:
    assert word in str(remedy("Whatever", status))
    assert remedy("OutOfQuota", status) == remedy("OutOfQuota")


def test_what_nobody_has_written_about_has_no_remedy() -> None:
    assert remedy(None) is None and remedy("Whatever", 400) is None
