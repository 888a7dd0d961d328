"""What it means that a local deployment refuses a request or gives no answer, with its log."""

from __future__ import annotations

import re
import time

from azext_ml_endpoint import refusals
from azext_ml_endpoint.errors import BrokenAnswerError, ScoringError
from azext_ml_endpoint.harmless import shortened
from azext_ml_endpoint.local import readiness, records, remembered
from azext_ml_endpoint.local.diagnosis import logs, next_step
from azext_ml_endpoint.local.runtime import Instance, Runtime
from azext_ml_endpoint.scoring import DEPLOYMENT, Answer

_MODEL_ERROR = 424
_OF_GATEWAYS = frozenset({502, 503, 504})
_NOT_PROVIDED = re.compile(r"A value is not provided for the '(?P<name>\w+)' parameter")
"""In the words of inference-schema."""
_LOG_TRIES, _LOG_PAUSE = 5, 0.1


def not_serving(runtime: Runtime, instance: Instance) -> ScoringError:
    """For one that does not listen."""
    return ScoringError(
        f"{_spoken(instance)} does not run: {records.trouble(instance)}.",
        "Start it again: az ml endpoint update --local, with its file.",
        detail=_end_of_log(runtime, instance),
    )


def unanswered(
    runtime: Runtime, instance: Instance, error: ScoringError, began: float
) -> ScoringError:
    """It may have been killed since it was looked at, or right now.

    began: as for :func:`refused`.
    """
    now = runtime.inspect(instance.id)
    if now and now.state != "running":
        return not_serving(runtime, now)
    if now and isinstance(error, BrokenAnswerError):
        return _broken(runtime, now, error, began)
    gone = "" if now else " It has been removed."
    whole_log = (
        f"The whole log: az ml endpoint get-logs --local -n {instance.endpoint} "
        f"-d {instance.deployment}"
    )
    return ScoringError(
        f"{_spoken(instance)} gave no answer: {error.message}{gone}",
        f"{error.recommendation} {whole_log}" if error.recommendation else whole_log,
        detail=_end_of_log(runtime, instance),
    )


def _broken(
    runtime: Runtime, instance: Instance, error: ScoringError, began: float
) -> ScoringError:
    """A script that answers a generator fails in it when the status is long sent."""
    trouble = _trouble_since(runtime, instance, began, is_late=True, is_scripts=True)
    usual = "Correct what the log complains of." if trouble else error.recommendation
    return BrokenAnswerError(
        f"{_spoken(instance)} broke off its answer.",
        next_step.advice(trouble, instance) or usual,
        detail="\n".join(trouble),
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
    trouble = _trouble_of(runtime, instance, began, answer)
    detail = "\n".join(trouble)
    if answer.status in _OF_GATEWAYS and not trouble:
        now = runtime.inspect(instance.id)
        if now and now.state != "running":
            return not_serving(runtime, now)
        detail = _end_of_log(runtime, instance)
    return ScoringError(
        f"{_spoken(instance)} answered {answer.status}: {answer.message}",
        _advice(trouble, instance, answer),
        detail=detail,
    )


def _as_in_azure(
    runtime: Runtime, instance: Instance, answer: Answer, began: float
) -> ScoringError:
    trouble = []
    if answer.status == _MODEL_ERROR:
        trouble = _trouble_of(runtime, instance, began, answer)
    by = answer.headers.get(DEPLOYMENT)
    said = refusals.refusal(answer, instance.endpoint, by, local=True, detail="\n".join(trouble))
    better = _advice(trouble, instance, answer)
    return ScoringError(said.message, better or said.recommendation, detail=said.detail)


def _advice(trouble: list[str], instance: Instance, answer: Answer) -> str | None:
    return next_step.advice(trouble, instance) or _wanted(answer.message)


def _wanted(message: str) -> str | None:
    """What the server refuses by itself it tells the client, and no log."""
    found = _NOT_PROVIDED.search(message)
    if found is None:
        return None
    of_mlflow = "; dataframe_split of MLflow's own server is input_data here, as in Azure"
    also = of_mlflow if found["name"] == "input_data" else ""
    return f'Send a JSON object with this key: {{"{found["name"]}": …}}{also}.'


def _spoken(instance: Instance) -> str:
    return f"Deployment {instance.deployment} of endpoint {instance.endpoint}"


def _end_of_log(runtime: Runtime, instance: Instance) -> str:
    """What matters of the deployment's own log, none of what a proxy in its container says."""
    lines = list(map(shortened, runtime.logs(instance.id, tail=200)))
    shown, _ = readiness.explain(instance, logs.own(lines))
    return "\n".join(shown)


def _trouble_of(runtime: Runtime, instance: Instance, began: float, answer: Answer) -> list[str]:
    is_late, is_scripts = answer.status >= 500, answer.script_failed
    return _trouble_since(runtime, instance, began, is_late=is_late, is_scripts=is_scripts)


def _trouble_since(
    runtime: Runtime, instance: Instance, began: float, *, is_late: bool, is_scripts: bool
) -> list[str]:
    """The script's traceback, or else the server's complaint.

    is_late: whether it is waited for, as Docker may need a moment until its log has what was
    printed. is_scripts: whether it is known that the script has failed.
    """
    folder = remembered.code_folder(instance)
    traceback, complaint = [], []
    for attempt in range(_LOG_TRIES if is_late else 1):
        time.sleep(_LOG_PAUSE if attempt else 0)
        lines = list(runtime.logs(instance.id, tail=1000, since=began))
        traceback = logs.script_traceback(lines, folder)
        complaint = logs.server_error(lines, folder)
        if traceback or (complaint and not is_scripts):
            break
    return traceback or complaint
