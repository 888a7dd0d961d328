"""Ready means that the scoring server answered, not that time has passed.

Liveness comes first: an instance that has ended is never going to answer. While waiting, its
log is read, so that a crash is known as soon as the server admits it, and can be explained.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TypeAlias

from azext_ml_endpoint import errors, scoring
from azext_ml_endpoint.document.model import Route
from azext_ml_endpoint.errors import EndpointError, Interrupted, StartError
from azext_ml_endpoint.harmless import shortened
from azext_ml_endpoint.local import remembered
from azext_ml_endpoint.local.addresses import Routes, uri
from azext_ml_endpoint.local.diagnosis import deaths, logs, next_step, unready
from azext_ml_endpoint.local.diagnosis.deaths import Death
from azext_ml_endpoint.local.runtime import Instance, Runtime
from azext_ml_endpoint.report import Report

Probe = Callable[[str], "int | None"]
Superseded: TypeAlias = Callable[[], bool]
"""Whether nobody wants any more what is being made. Asked often."""

_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.01, 0.05
_PROBE_SECONDS = 1.0
_SAY_AFTER = 10.0
_KEPT_LINES = 5000


def local_probe(address: str) -> int | None:
    return scoring.probe(address, timeout=_PROBE_SECONDS)


def still_wanted() -> bool:
    return False


def require_wanted(deployment: str, superseded: Superseded) -> None:
    """Raises errors.Superseded."""
    if superseded():
        raise errors.Superseded(f"{deployment}: given up, as it was saved anew before it was ready")


class Readiness:
    """Waits for instances. One object serves several threads."""

    def __init__(
        self,
        runtime: Runtime,
        report: Report,
        probe: Probe = local_probe,
        *,
        refuses: unready.Refuses = unready.unknown,
    ) -> None:
        self._runtime = runtime
        self._report = report
        self._probe = probe
        self._refuses = refuses
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Ends every wait with Interrupted."""
        self._cancelled.set()

    def wait(
        self,
        instance: Instance,
        wanted: Routes,
        timeout: float,
        superseded: Superseded = still_wanted,
    ) -> Instance:
        """The instance as it is once liveness and readiness route have answered.

        timeout: seconds. Raises StartError with the log's relevant part as detail, Interrupted, and
        where it was superseded what that is an error for.
        """
        log = Log(self._runtime, instance.id)
        answers = self._question(instance, wanted)
        began = said = time.monotonic()
        while True:
            now = self._alive(instance, log)
            if answers(now):
                return now
            require_wanted(instance.deployment, superseded)
            if self._cancelled.wait(_pause(time.monotonic() - began)):
                raise Interrupted(f"{instance.deployment} was not ready yet.")
            if time.monotonic() - began > timeout:
                raise self._too_slow(now, wanted, timeout)
            if time.monotonic() - said > _SAY_AFTER:
                said = time.monotonic()
                self._still(instance, said - began)

    def _still(self, instance: Instance, seconds: float) -> None:
        """It is waited for."""
        self._report.step(f"{instance.deployment}: still starting, {seconds:.0f} s")

    def _question(self, instance: Instance, wanted: Routes) -> Callable[[Instance], bool]:
        """What says, again and again, whether it answers."""
        del instance
        asked = dict.fromkeys((wanted.liveness, wanted.readiness))  # often the same one
        return lambda now: all(self._answers(now, route) for route in asked)

    def _too_slow(self, instance: Instance, wanted: Routes, timeout: float) -> StartError:
        asked = (wanted.liveness, wanted.readiness)
        why, step = unready.explain(instance, asked, self._probe, self._refuses)
        return StartError(
            f"Deployment {instance.deployment} was not ready after {timeout:g} s. {why}".rstrip(),
            step,
            detail="\n".join(map(shortened, self._runtime.logs(instance.id, tail=20))),
        )

    def _alive(self, instance: Instance, log: Log) -> Instance:
        now = self._runtime.inspect(instance.id)
        if now is None:
            raise StartError(f"Deployment {instance.deployment} was removed while it started.")
        if now.state in ("exited", "paused") or log.crashed or log.death:
            raise _crash(now, log.after_end(), log.death)
        return now

    def _answers(self, instance: Instance, route: Route) -> bool:
        address = uri(instance, route)
        status = self._probe(address) if address else None
        return status is not None and status < 400


def _pause(waited: float) -> float:
    """Seconds until the next look. Who is ready at once is seen at once."""
    return min(_LONGEST_PAUSE, max(_SHORTEST_PAUSE, waited / 20))


class Log:
    """Follows an instance's log in the background and keeps its last lines.

    death: of the first worker that died; the lines end with it then.
    """

    def __init__(self, runtime: Runtime, instance_id: str) -> None:
        self._runtime = runtime
        self._instance_id = instance_id
        self.crashed = False
        self.death: Death | None = None
        self._too_slow = False
        self.lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def after_end(self) -> list[str]:
        """All lines of an instance that is ending, without waiting long for the last of them."""
        self._thread.join(timeout=0.5)
        return list(self.lines)

    def _follow(self) -> None:
        # an instance that is gone has no log; whoever waits for it finds that out by itself
        with contextlib.suppress(EndpointError):
            for line in self._runtime.logs(self._instance_id, follow=True):
                self.lines.append(shortened(line))
                self.crashed = self.crashed or logs.is_crash(line)
                self._too_slow = self._too_slow or deaths.is_too_slow(line)
                self.death = deaths.of_worker(line, too_slow=self._too_slow)
                if self.death:
                    return


def explain(instance: Instance, lines: list[str]) -> tuple[list[str], str | None]:
    """What to show of a log after a failure, and the next step."""
    folder = remembered.code_folder(instance)
    trouble = logs.script_traceback(lines, folder) or logs.server_error(lines, folder)
    shown = trouble or lines[-20:]
    return shown, next_step.advice(shown, instance)


def _crash(instance: Instance, lines: list[str], of_worker: Death | None) -> StartError:
    death = of_worker or deaths.of_exit_code(instance.exit_code)
    why = instance.error or _how(instance, of_worker, death)
    shown, step = _dying_words(instance, lines, death) if death else explain(instance, lines)
    return StartError(
        f"Deployment {instance.deployment} crashed while it started{f' ({why})' if why else ''}.",
        step or "Correct what the log complains of, then run the command again.",
        detail="\n".join(shown),
    )


def _how(instance: Instance, of_worker: Death | None, death: Death | None) -> str:
    if of_worker:
        return f"its worker {of_worker.how}"
    code = "" if instance.exit_code is None else f"exit code {instance.exit_code}"
    return f"{code}: it {death.how}" if death else code


def _dying_words(instance: Instance, lines: list[str], death: Death) -> tuple[list[str], str]:
    """Where Python was when it ended, or else the end of the log."""
    folder = remembered.code_folder(instance)
    return logs.script_frames(deaths.fatal(lines), folder) or lines[-20:], death.step
