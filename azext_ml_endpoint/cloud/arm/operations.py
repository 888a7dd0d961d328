"""Follows what Azure does for minutes after it has taken a request, until it has ended.

ARM says where to ask, in ``Azure-AsyncOperation`` or ``Location``; what answers there has a
``status``, or is the resource with its ``provisioningState``, or is a bare 202 until it is none.
Sources: the long-running operations of Azure's REST guidelines, and recorded ones of the service:
it gives no Retry-After, and no progress but "not yet".
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from azext_ml_endpoint.cloud.arm.errors import facts, seconds_asked
from azext_ml_endpoint.cloud.arm.reasons import reason
from azext_ml_endpoint.cloud.contract import Arm, Response
from azext_ml_endpoint.cloud.remedies import remedy
from azext_ml_endpoint.errors import (
    Interrupted,
    MissingResourceError,
    NotLoggedInError,
    ServiceError,
    StartError,
)
from azext_ml_endpoint.report import Report

_SHORTEST, _LONGEST, _GROWTH = 1.0, 5.0, 1.25
"""Seconds between two looks. Most operations that are short are over in a few looks; of a long
one the end is noticed after five seconds at most."""
_PATIENCE = 300.0
"""Seconds for which Azure may be out of reach: an operation outlives a network."""

_ENDPOINT = re.compile(
    r"^/subscriptions/[^/]+/resourceGroups/([^/]+)/providers/[^/]+/workspaces/([^/]+)"
    r"/onlineEndpoints/([^/]+)",
    re.IGNORECASE,
)
_SUCCEEDED = "succeeded"
_ENDS = (_SUCCEEDED, "failed", "canceled", "cancelled")


@dataclass(kw_only=True)
class _Work:
    """One operation. ``url``: where to ask; the resource itself, once its operation is forgotten.

    may_vanish: whether that there is no such resource any more is a good end.
    headers: of the answer that began it.
    by_result: whether ``url`` answers with the result, so that a refusal there is the bad end.
    is_noted: whether ``url`` comes from the resource: it lacks the signature of the one in the
    answer, and nobody was seen to be let in without.
    told: minutes that have been told.
    """

    what: str
    resource: str
    url: str
    began: float
    may_vanish: bool
    headers: Mapping[str, str] = field(default_factory=dict)
    by_result: bool = False
    is_noted: bool = False
    interval: float = _SHORTEST / _GROWTH
    out_of_reach_since: float | None = None
    told: int = 0


class Operations:
    """Every method may be called from any thread.

    timeout: seconds after which an operation is not waited for any longer; it goes on.
    pause: waits so many seconds and answers whether the command has been cancelled.
    """

    def __init__(
        self,
        arm: Arm,
        report: Report,
        *,
        timeout: float | None = None,
        pause: Callable[[float], bool] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._arm = arm
        self._report = report
        self._timeout = timeout
        self._cancelled = threading.Event()
        self._pause = pause or self._cancelled.wait
        self._clock = clock

    def follow(self, started: Response, *, what: str, resource: str) -> None:
        """Returns when the operation has succeeded, at once where there is none.

        started: the answer of PUT, PATCH, DELETE or POST.
        what: such as ``deployment blue``; for messages.
        resource: ARM id of what it is about.

        Raises ServiceError where it failed or was canceled, Interrupted after :meth:`cancel`, and
        StartError after the timeout; after these two Azure goes on.
        """
        if url := _monitor(started, resource):
            self._until_ended(
                _Work(
                    what=what,
                    resource=resource,
                    url=url,
                    began=self._clock(),
                    may_vanish=started.status == 202,
                    headers=started.headers,
                    by_result="azure-asyncoperation" not in started.headers,
                )
            )

    def attach(self, url: str, *, what: str, resource: str) -> None:
        """Like :meth:`follow`, for an operation that an earlier command has started."""
        self._until_ended(
            _Work(
                what=what,
                resource=resource,
                url=url,
                began=self._clock(),
                may_vanish=True,
                is_noted=True,
            )
        )

    def cancel(self) -> None:
        self._cancelled.set()

    def _until_ended(self, work: _Work) -> None:
        try:
            while (state := self._look(work)).lower() not in _ENDS:
                self._wait(work, state)
        except Interrupted as interrupt:
            raise _goes_on(Interrupted, work, "interrupted") from interrupt
        finally:
            self._report.status(work.what, None)

    def _wait(self, work: _Work, state: str) -> None:
        elapsed = self._clock() - work.began
        left = (self._timeout or float("inf")) - elapsed
        if left <= 0:
            raise _goes_on(StartError, work, f"not ready after {self._timeout:g} s")
        self._tell(work, state, elapsed)
        if self._pause(min(work.interval, left)) or self._cancelled.is_set():
            raise Interrupted(work.what)

    def _tell(self, work: _Work, state: str, elapsed: float) -> None:
        """Where nobody sees the status, a line each minute says that it still works."""
        text = f"{state}, {duration(elapsed)}"
        self._report.status(work.what, text)
        minutes = int(elapsed // 60)
        if not self._report.live and minutes > work.told:
            work.told = minutes
            self._report.step(f"{work.what}: {text}")

    def _look(self, work: _Work) -> str:
        """The state, in Azure's words. Raises ServiceError for a bad end."""
        try:
            answer = self._arm.get(work.url)
        except MissingResourceError:
            return self._look_elsewhere(work)
        except (NotLoggedInError, ServiceError) as error:
            if work.is_noted and getattr(error, "status", 401) in (401, 403):
                return self._look_elsewhere(work)
            return self._be_patient(work, error)
        work.out_of_reach_since = None
        work.interval = _interval(answer, work.interval)
        state = _state(answer)
        if state.lower() in _ENDS and state.lower() != _SUCCEEDED:
            raise _bad_end(state, answer, work)
        return state

    def _look_elsewhere(self, work: _Work) -> str:
        """Azure has forgotten the operation, or does not tell. Its resource knows how it ended."""
        if work.url != work.resource:
            work.url, work.is_noted = work.resource, False
            return self._look(work)
        if work.may_vanish:
            return _SUCCEEDED
        raise MissingResourceError(
            f"{work.what}: it is not there any more; somebody else may have deleted it.",
            "Run the same command again.",
            status=404,
        )

    def _be_patient(self, work: _Work, error: NotLoggedInError | ServiceError) -> str:
        """A look that failed says nothing of the operation, but for a refusal as its result."""
        if isinstance(error, NotLoggedInError):
            raise error
        if work.by_result and error.code and error.status == 400:
            raise _refused_result(error, work) from error
        now = self._clock()
        if work.out_of_reach_since is None:
            work.out_of_reach_since = now
            if _is_transient(error):
                self._report.warning(f"{work.what}: {error.message} Asking again.")
        if not _is_transient(error) or now - work.out_of_reach_since > _PATIENCE:
            raise _goes_on(ServiceError, work, error.message) from error
        work.interval = _LONGEST
        return "Not reachable"


def duration(seconds: float) -> str:
    """``42s``, ``1m 05s``, ``1h 02m``."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h {minutes:02}m"
    return f"{minutes}m {rest:02}s" if minutes else f"{rest}s"


def _monitor(started: Response, resource: str) -> str | None:
    """Where to ask how it goes; None where it is done."""
    if url := started.headers.get("azure-asyncoperation"):
        return url
    if started.status == 202:
        return started.headers.get("location") or resource
    return None if _state(started).lower() == _SUCCEEDED else resource


def _state(answer: Response) -> str:
    properties = answer.body.get("properties")
    given = answer.body.get("status")
    if given is None and isinstance(properties, dict):
        given = properties.get("provisioningState")
    return str(given or ("InProgress" if answer.status == 202 else _SUCCEEDED))


def _interval(answer: Response, last: float) -> float:
    """Seconds until the next look: those Azure asks for, else a bit more each time."""
    return float(seconds_asked(answer.headers)) or min(last * _GROWTH, _LONGEST)


def _is_transient(error: ServiceError) -> bool:
    """Without status and code there was no answer, or none of Azure's."""
    if error.status is None:
        return error.code is None
    return error.status in (408, 429) or error.status >= 500


def _bad_end(state: str, answer: Response, work: _Work) -> ServiceError:
    why = reason(answer.body, work.headers or answer.headers)
    canceled = state.lower() != "failed"
    ended = "was canceled in Azure" if canceled else "failed in Azure"
    told = f"{why.message or 'it gives no reason'} {facts(why)}".strip()
    code = why.code or ("OperationCanceled" if canceled else None)
    return ServiceError(
        f"{work.what} {ended}: {told}",
        remedy(code, told=why.message) or _where_to_look(why.correlation_id),
        code=code,
        correlation_id=why.correlation_id,
    )


def _refused_result(error: ServiceError, work: _Work) -> ServiceError:
    told = error.message.partition(": ")[2] or error.message
    return ServiceError(
        f"{work.what} failed in Azure: {told}",
        remedy(error.code, told=told) or _where_to_look(error.correlation_id),
        code=error.code,
        correlation_id=error.correlation_id,
    )


def _where_to_look(correlation_id: str | None) -> str:
    log = f" --correlation-id {correlation_id}" if correlation_id else ""
    return (
        "`az ml endpoint get-logs` shows the log of a deployment,"
        f" `az monitor activity-log list{log}` what Azure did."
    )


def _goes_on(
    kind: type[Interrupted] | type[StartError] | type[ServiceError], work: _Work, why: str
) -> Interrupted | StartError | ServiceError:
    return kind(
        f"{work.what}: {why.rstrip('.')}. Azure goes on with it.",
        f"See how it goes with `{_show(work.resource)}`. The same command again goes on where this"
        " one ended.",
    )


def _show(resource: str) -> str:
    found = _ENDPOINT.search(resource)
    if not found:
        return f"az resource show --ids {resource}"
    group, workspace, endpoint = found.groups()
    return f"az ml endpoint show -n {endpoint} -g {group} -w {workspace}"
