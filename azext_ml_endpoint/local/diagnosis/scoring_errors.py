"""What it means that a local deployment refuses a request or gives no answer, with its log."""

from __future__ import annotations

import time

from azext_ml_endpoint import refusals
from azext_ml_endpoint.errors import ScoringError
from azext_ml_endpoint.harmless import shortened
from azext_ml_endpoint.local import readiness, records, remembered
from azext_ml_endpoint.local.diagnosis import logs, next_step
from azext_ml_endpoint.local.runtime import Instance, Runtime
from azext_ml_endpoint.scoring import DEPLOYMENT, Answer

_MODEL_ERROR = 424
_OF_GATEWAYS = frozenset({502, 503, 504})
_LOG_TRIES, _LOG_PAUSE = 5, 0.1


def not_serving(runtime: Runtime, instance: Instance) -> ScoringError:
    """For one that does not listen."""
    return ScoringError(
        f"{_spoken(instance)} does not run: {records.trouble(instance)}.",
        "Start it again: az ml endpoint update --local, with its file.",
        detail=_end_of_log(runtime, instance),
    )


def unanswered(runtime: Runtime, instance: Instance, error: ScoringError) -> ScoringError:
    """It may have been killed since it was looked at, or right now."""
    now = runtime.inspect(instance.id)
    if now and now.state != "running":
        return not_serving(runtime, now)
    gone = "" if now else " It has been removed."
    return ScoringError(
        f"{_spoken(instance)} gave no answer: {error.message}{gone}",
        "The whole log: az ml endpoint get-logs --local "
        f"-n {instance.endpoint} -d {instance.deployment}",
        detail=_end_of_log(runtime, instance),
    )


def refused(
    runtime: Runtime,
    instance: Instance,
    answer: Answer,
    began: float,
    *,
    simulated: bool = False,
) -> ScoringError:
    """A gateway's answer means that nobody stands behind it: the log from before tells why.

    began: when it was asked, in seconds since the epoch. simulated: the answer is what Azure would
    say, and is explained as there, with the log at hand.
    """
    if simulated:
        return _as_in_azure(runtime, instance, answer, began)
    trouble = _trouble_since(runtime, instance, began, answer)
    detail = "\n".join(trouble)
    if answer.status in _OF_GATEWAYS and not trouble:
        now = runtime.inspect(instance.id)
        if now and now.state != "running":
            return not_serving(runtime, now)
        detail = _end_of_log(runtime, instance)
    return ScoringError(
        f"{_spoken(instance)} answered {answer.status}: {answer.message}",
        next_step.advice(trouble, instance),
        detail=detail,
    )


def _as_in_azure(
    runtime: Runtime, instance: Instance, answer: Answer, began: float
) -> ScoringError:
    trouble = []
    if answer.status == _MODEL_ERROR:
        trouble = _trouble_since(runtime, instance, began, answer)
    by = answer.headers.get(DEPLOYMENT)
    said = refusals.refusal(answer, instance.endpoint, by, local=True, detail="\n".join(trouble))
    better = next_step.advice(trouble, instance)
    return ScoringError(said.message, better or said.recommendation, detail=said.detail)


def _spoken(instance: Instance) -> str:
    return f"Deployment {instance.deployment} of endpoint {instance.endpoint}"


def _end_of_log(runtime: Runtime, instance: Instance) -> str:
    """What matters of the deployment's own log, none of what a proxy in its container says."""
    lines = list(map(shortened, runtime.logs(instance.id, tail=200)))
    shown, _ = readiness.explain(instance, logs.own(lines))
    return "\n".join(shown)


def _trouble_since(runtime: Runtime, instance: Instance, began: float, answer: Answer) -> list[str]:
    """The script's traceback, or else the server's complaint.

    Docker may need a moment until its log has what was printed.
    """
    folder = remembered.code_folder(instance)
    traceback, complaint = [], []
    for attempt in range(_LOG_TRIES if answer.status >= 500 else 1):
        time.sleep(_LOG_PAUSE if attempt else 0)
        lines = list(runtime.logs(instance.id, tail=1000, since=began))
        traceback = logs.script_traceback(lines, folder)
        complaint = logs.server_error(lines, folder)
        if traceback or (complaint and not answer.script_failed):
            break
    return traceback or complaint
