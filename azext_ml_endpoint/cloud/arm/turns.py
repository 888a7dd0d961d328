"""One endpoint, one operation: waiting for those that others have begun.

Azure answers 409 to a change of an endpoint that is busy. That is no failure: whoever is at work
is named and waited for, and the change is asked for again.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Sequence
from functools import partial

from azext_ml_endpoint.cloud.arm.operations import Operations
from azext_ml_endpoint.cloud.bodies import Bodies, Running, read, running
from azext_ml_endpoint.cloud.contract import Arm, Response
from azext_ml_endpoint.errors import ConflictError, Interrupted, ServiceError, StartError
from azext_ml_endpoint.report import Report
from azext_ml_endpoint.side_by_side import answers, told_of_interrupts

_PAUSES = (1.0, 1.0, 2.0, 3.0, 5.0)
"""Seconds between two looks where Azure does not say how an operation goes; the last one stays."""
_CONFLICT = 409
_QUIET_TRIES = 3
"""Refusals in a row while nothing runs that would explain them: it is not a matter of waiting."""
_LAGGING_TRIES = 12
"""The same where Azure names a state that its own answers have left behind, about a minute."""
_LAGGING = re.compile(r"because it is in \w{1,20} provisioning state")


class Turns:
    """pause: waits so many seconds, and answers whether the command was cancelled.

    timeout: seconds to wait for others; None for as long as it takes.
    patient: whether to wait for others at all. Where not, ConflictError says who is at work.
    """

    def __init__(
        self,
        arm: Arm,
        operations: Operations,
        report: Report,
        *,
        pause: Callable[[float], bool],
        timeout: float | None,
        clock: Callable[[], float],
        patient: bool = True,
    ) -> None:
        self._arm = arm
        self._operations = operations
        self._report = report
        self._pause = pause
        self._timeout = timeout
        self._clock = clock
        self._patient = patient
        self._own: set[str] = set()

    def settled(self, name: str) -> Bodies:
        """What is there once the operations of earlier commands have ended, however they ended."""
        deadline, looks = self._deadline(), 0
        while under_way := list(running(bodies := read(self._arm, name))):
            self._require_time(deadline, under_way)
            self._require_patience(name, under_way)
            for each in under_way if not looks else ():
                self._report.step(f"{_at_work(each)}; following it")
            self._follow(under_way, looks)
            looks += 1
        return bodies

    def take(
        self, name: str, what: str, send: Callable[[], Response], resource: str = ""
    ) -> Response:
        """Sends as soon as nothing else runs on the endpoint ``name``.

        what: for people. resource: ARM id of what the request changes, which is then this
        command's own to wait for.
        """
        deadline, quiet, tries, told = self._deadline(), 0, 0, False
        while True:
            try:
                answer = send()
                self._own.add(resource.lower())
                return answer
            except ServiceError as refusal:
                under_way = self._in_the_way(name, refusal)
                quiet = 0 if under_way else quiet + 1
                if quiet >= (_LAGGING_TRIES if _lags(refusal) else _QUIET_TRIES):
                    raise
            self._require_time(deadline, under_way)
            self._require_patience(name, under_way)
            if under_way and not told:
                told = True
                others = ", ".join(map(self._named, under_way))
                self._report.step(f"{what}: waits its turn, Azure works on {others}")
            self._follow(under_way, tries)
            tries += 1

    def _in_the_way(self, name: str, refusal: ServiceError) -> list[Running]:
        """Raises the refusal itself where it is none that passes."""
        if refusal.status != _CONFLICT and not _lags(refusal):
            raise refusal
        return list(running(read(self._arm, name)))

    def _follow(self, under_way: Sequence[Running], looks: int) -> None:
        """How they end is told by the resources, not here. looks: those that were in vain.

        Raises Interrupted after Ctrl-C, with what it says of the operations.
        """
        known = [partial(self._attach, each, each.url) for each in under_way if each.url]
        with told_of_interrupts(self._operations.cancel):
            answers(known)
        if looks or len(known) < max(1, len(under_way)):
            self._wait(_PAUSES[min(looks, len(_PAUSES) - 1)])

    def _attach(self, each: Running, url: str) -> None:
        with contextlib.suppress(ServiceError):
            self._operations.attach(url, what=each.what, resource=each.resource)

    def _require_patience(self, name: str, under_way: Sequence[Running]) -> None:
        others = [each for each in under_way if not self._is_own(each)]
        if others and not self._patient:
            raise ConflictError(
                f"{_at_work(others[0])}.",
                f"Wait for it: --on-conflict wait, or az ml endpoint wait -n {name} --updated.",
            )

    def _is_own(self, running: Running) -> bool:
        return running.resource.lower() in self._own

    def _named(self, running: Running) -> str:
        said = running.who and not self._is_own(running)
        return f"{running.what} for {running.who}" if said else running.what

    def _wait(self, seconds: float) -> None:
        if self._pause(seconds):
            raise Interrupted("Interrupted while Azure was at work on the endpoint.")

    def _deadline(self) -> float | None:
        return None if self._timeout is None else self._clock() + self._timeout

    def _require_time(self, deadline: float | None, under_way: Sequence[Running]) -> None:
        if deadline is not None and self._clock() >= deadline:
            others = ", ".join(each.what for each in under_way) or "the endpoint"
            raise StartError(
                f"Azure is still at work on {others} after {self._timeout:g} s.",
                "Run the same command again to go on from there, or give it more --timeout.",
            )


def _lags(refusal: ServiceError) -> bool:
    """Right after an endpoint has said Succeeded, Azure may still refuse what is to follow.

    Source: Azure/azure-sdk-for-net#36961, where the status is not told.
    """
    return bool(_LAGGING.search(refusal.message))


def _at_work(running: Running) -> str:
    begun = f" (begun by {running.who})" if running.who else ""
    return f"{running.what}: an earlier command is at work on it{begun}"
