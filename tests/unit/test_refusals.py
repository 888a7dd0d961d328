"""What an endpoint's refusal means, and what to do about it."""

from __future__ import annotations

import pytest

from azext_ml_endpoint.refusals import refusal
from azext_ml_endpoint.scoring import Answer


def answer(status: int, body: bytes = b"", **headers: str) -> Answer:
    return Answer(status=status, body=body, headers=headers)


@pytest.mark.parametrize(
    ("status", "what", "way_out"),
    [
        (401, "not accepted", "AzureML Data Scientist"),
        (403, "not allowed", "network"),
        (404, "no deployment", "az ml endpoint update -n houses --traffic"),
        (408, "request_timeout_ms", "request_settings.request_timeout_ms"),
        (413, "too big", "Send less"),
        (424, "the model failed", "get-logs -n houses -d blue"),
        (429, "too many", "instance_count"),
        (503, "failed", "get-logs -n houses -d blue"),
    ],
)
def test_every_status_has_a_meaning_and_a_way_out(status: int, what: str, way_out: str) -> None:
    error = refusal(answer(status), "houses", "blue")
    assert error.message.startswith(f"Endpoint houses, deployment blue, answered {status}: ")
    assert what in error.message
    assert way_out in str(error.recommendation)


def test_a_model_that_fails_is_quoted_with_its_own_status() -> None:
    failed = Answer(
        status=424,
        body=b'{"message": "list index out of range"}',
        headers={
            "ms-azureml-model-error-statuscode": "500",
            "ms-azureml-model-error-reason": "model_error",
            "azureml-model-deployment": "green",
        },
    )
    assert refusal(failed, "houses", None).message == (
        "Endpoint houses, deployment green, answered 424: "
        "the model failed with status 500 (model_error). list index out of range"
    )


def test_an_answer_that_says_nothing_is_still_explained() -> None:
    error = refusal(answer(401), "houses", None)
    assert error.message == "Endpoint houses answered 401: the key or token is not accepted."
    assert "DEPLOYMENT" in str(refusal(answer(500), "houses", None).recommendation)


@pytest.mark.parametrize("status", [401, 404, 424])
def test_where_azure_is_simulated_the_way_out_is_here(status: int) -> None:
    error = refusal(answer(status), "houses", "blue", local=True, detail="its log")
    assert "--local -n houses" in str(error.recommendation)
    assert error.detail == "its log"
