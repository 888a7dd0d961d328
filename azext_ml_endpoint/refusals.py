"""What the statuses of an endpoint mean, in Azure or simulated, in words and with a way out.

Source: "Troubleshooting online endpoints", HTTP status codes, in Azure's documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from azext_ml_endpoint.errors import ScoringError
from azext_ml_endpoint.scoring import DEPLOYMENT, Answer

_MODEL_STATUS = "ms-azureml-model-error-statuscode"
_MODEL_REASON = "ms-azureml-model-error-reason"


@dataclass(frozen=True)
class _Meaning:
    """``{endpoint}`` (with ``--local`` where it is here) and ``{logs}`` (a command) are filled.

    here: the way out where Azure is simulated, if it is another one.
    """

    what: str
    way_out: str
    here: str = ""


_SEND_IT = (
    "Send it as Authorization: Bearer. What opens it: az ml endpoint get-credentials {endpoint}"
)
_MEANINGS: Mapping[int, _Meaning] = {
    401: _Meaning(
        "the key or token is not accepted",
        "Keys may need a minute after they were regenerated. With auth_mode aad_token, your "
        "account needs the action onlineEndpoints/score: the role AzureML Data Scientist has it.",
        _SEND_IT,
    ),
    403: _Meaning(
        "this request is not allowed",
        "The key is sent as Authorization: Bearer. Where public network access is disabled, call "
        "it from inside of its network.",
        _SEND_IT,
    ),
    404: _Meaning(
        "there is no deployment for it",
        "See whether it is there and who has traffic: az ml endpoint show {endpoint}; "
        "az ml endpoint update {endpoint} --traffic NAME:100 sets the traffic.",
    ),
    408: _Meaning(
        "the model took longer than its request_timeout_ms",
        "Raise request_settings.request_timeout_ms in the deployment's file, then update.",
    ),
    413: _Meaning("the request is too big", "Send less at once: Azure limits a request's size."),
    424: _Meaning("the model failed", "See why: {logs}"),
    429: _Meaning(
        "too many requests wait for an answer",
        "Send fewer, or raise scale_settings.instance_count or "
        "request_settings.max_concurrent_requests_per_instance.",
    ),
}
_ELSEWHERE = _Meaning(
    "it points elsewhere, where neither request nor key is sent",
    "See what its scoring URI is: az ml endpoint show {endpoint}",
)
_UNKNOWN = _Meaning("the request failed", "If it happens again, see {logs}")


def refusal(
    answer: Answer,
    endpoint: str,
    deployment: str | None,
    *,
    local: bool = False,
    detail: str = "",
) -> ScoringError:
    """The error for an answer whose status is 300 or more.

    local: it is here, and simulates Azure. detail: what its log has to say.
    """
    meaning = _MEANINGS.get(answer.status, _ELSEWHERE if answer.status < 400 else _UNKNOWN)
    by = answer.headers.get(DEPLOYMENT) or deployment
    named = f"{'--local ' if local else ''}-n {endpoint}"
    logs = f"az ml endpoint get-logs {named} -d {by or 'DEPLOYMENT'}"
    way_out = (local and meaning.here) or meaning.way_out
    where = f"Endpoint {endpoint}, deployment {by}," if by else f"Endpoint {endpoint}"
    said = f" {answer.message}" if answer.message else ""
    return ScoringError(
        f"{where} answered {answer.status}: {meaning.what}{_of_model(answer)}.{said}",
        way_out.format(endpoint=named, logs=logs),
        detail=detail,
    )


def _of_model(answer: Answer) -> str:
    """The model's own status and reason, behind the 424 that stands for them."""
    status = answer.headers.get(_MODEL_STATUS)
    reason = answer.headers.get(_MODEL_REASON)
    if not status:
        return ""
    return f" with status {status}" + (f" ({reason})" if reason else "")
