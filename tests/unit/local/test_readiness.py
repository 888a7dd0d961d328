"""Ready means that the server answered; what never answers is explained as soon as it is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from azext_ml_endpoint.errors import Interrupted, StartError, Superseded
from azext_ml_endpoint.local import readiness
from azext_ml_endpoint.local.addresses import routes, uri
from azext_ml_endpoint.local.readiness import Probe, Readiness
from azext_ml_endpoint.local.runtime import Instance, InstanceSpec
from tests.fakes.builders import OWN_ROUTES, environment
from tests.fakes.memory_runtime import Behaviour, MemoryRuntime
from tests.fakes.recording_report import RecordingReport

LOGS = Path(__file__).parent / "server_logs"
CODE = "/home/me/onlinescoring"
PATIENCE = 30


def start(runtime: MemoryRuntime, behaviour: Behaviour, own_routes: bool = False) -> Instance:
    wanted = environment(inference_config=OWN_ROUTES if own_routes else None)
    runtime.behaviours["blue"] = behaviour
    runtime.make_environment(wanted)
    record = {"code_folder": CODE}
    return runtime.start(
        InstanceSpec(endpoint="houses", deployment="blue", environment=wanted, record=record)
    )


def wait(
    runtime: MemoryRuntime,
    instance: Instance,
    *,
    probe: Probe | None = None,
    timeout: float = PATIENCE,
    own_routes: bool = False,
) -> Instance:
    wanted = routes(OWN_ROUTES if own_routes else None)
    ready = Readiness(runtime, RecordingReport(), probe or runtime.probe)
    return ready.wait(instance, wanted, timeout)


@pytest.fixture
def runtime() -> MemoryRuntime:
    return MemoryRuntime()


def test_it_is_ready_once_its_route_has_answered(runtime: MemoryRuntime) -> None:
    instance = start(runtime, Behaviour(ready_after=3))
    assert wait(runtime, instance).state == "running"


@pytest.mark.parametrize("status", [None, 404, 500, 502])
def test_an_error_is_no_answer(runtime: MemoryRuntime, status: int | None) -> None:
    statuses = iter([status, 200])  # liveness and readiness are one route here, asked once
    instance = start(runtime, Behaviour())
    wait(runtime, instance, probe=lambda _: next(statuses))
    assert next(statuses, "asked for every answer") == "asked for every answer"


def test_liveness_is_asked_before_readiness_each_on_its_own_port(runtime: MemoryRuntime) -> None:
    instance = start(runtime, Behaviour(), own_routes=True)
    live, ready = (f"http://127.0.0.1:{instance.ports[port]}" for port in (8080, 8081))
    answers = iter([None, 200, None, 200, 200])
    asked: list[str] = []

    def probe(address: str) -> int | None:
        asked.append(address)
        return next(answers)

    wait(runtime, instance, probe=probe, own_routes=True)
    assert asked == [
        f"{live}/live",
        f"{live}/live",
        f"{ready}/ready",
        f"{live}/live",
        f"{ready}/ready",
    ]


def test_while_it_does_not_listen_nothing_is_asked() -> None:
    silent = Instance(id="1", endpoint="houses", deployment="blue", promoted=False, state="created")
    assert uri(silent, routes(None).scoring) is None


# Crashes


def crash(runtime: MemoryRuntime, behaviour: Behaviour) -> StartError:
    instance = start(runtime, behaviour)
    with pytest.raises(StartError) as raised:
        wait(runtime, instance)
    return raised.value


def recorded(name: str) -> tuple[str, ...]:
    return tuple((LOGS / f"{name}.log").read_text().splitlines())


def test_a_crash_shows_the_scripts_traceback_and_what_to_do(runtime: MemoryRuntime) -> None:
    error = crash(runtime, Behaviour(log=recorded("missing_module"), exit_code=3))
    assert error.message == "Deployment blue crashed while it started (exit code 3)."
    assert str(error.detail).splitlines() == [
        "Traceback (most recent call last):",
        f'  File "{CODE}/score.py", line 1, in <module>',
        "    import lightgbm",
        "ModuleNotFoundError: No module named 'lightgbm'",
    ]
    assert str(error.recommendation).startswith("Add the package of lightgbm")


def test_a_server_that_gave_up_is_not_waited_for_although_it_still_runs(
    runtime: MemoryRuntime,
) -> None:
    error = crash(runtime, Behaviour(log=recorded("init_raises"), ready_after=None))
    assert error.message == "Deployment blue crashed while it started."
    assert "FileNotFoundError" in str(error.detail)


def test_a_crash_without_a_traceback_shows_the_servers_complaint(runtime: MemoryRuntime) -> None:
    error = crash(runtime, Behaviour(log=recorded("no_run"), exit_code=3))
    assert f"{CODE}/score.py does not have a run() function" in str(error.detail)


def test_a_crash_of_any_other_program_shows_the_end_of_its_log(runtime: MemoryRuntime) -> None:
    log = tuple(f"line {number}" for number in range(100))
    error = crash(runtime, Behaviour(log=log, exit_code=127))
    assert str(error.detail).splitlines() == list(log[-20:])
    assert "Correct what the log complains of" in str(error.recommendation)


def test_a_crash_while_it_waits_is_noticed(runtime: MemoryRuntime) -> None:
    instance = start(runtime, Behaviour(log=()))

    def probe(address: str) -> None:
        runtime.write("blue", "Killed")
        runtime.kill("blue", error="it ran out of memory")

    with pytest.raises(StartError) as raised:
        wait(runtime, instance, probe=probe)
    assert (
        raised.value.message == "Deployment blue crashed while it started (it ran out of memory)."
    )
    assert raised.value.detail == "Killed"


def test_an_instance_that_somebody_removed_is_not_waited_for(runtime: MemoryRuntime) -> None:
    error = crash(runtime, Behaviour(vanishes=True))
    assert error.message == "Deployment blue was removed while it started."


# Slowness and Ctrl-C


def test_what_is_not_ready_in_time_shows_its_last_lines(runtime: MemoryRuntime) -> None:
    log = tuple(f"Loading part {number}" for number in range(100))
    instance = start(runtime, Behaviour(log=log, ready_after=None))
    with pytest.raises(StartError) as raised:
        wait(runtime, instance, timeout=0)
    assert raised.value.message == "Deployment blue was not ready after 0 s."
    assert str(raised.value.detail).splitlines() == list(log[-20:])
    assert "--timeout" in str(raised.value.recommendation)


def test_what_answers_that_it_is_not_ready_is_shown(runtime: MemoryRuntime) -> None:
    instance = start(runtime, Behaviour(), own_routes=True)
    with pytest.raises(StartError) as raised:
        wait(runtime, instance, probe=lambda _: 404, timeout=0, own_routes=True)
    why = f"http://127.0.0.1:{instance.ports[8080]}/live answers 404."
    assert raised.value.message == f"Deployment blue was not ready after 0 s. {why}"
    assert "inference_config" in str(raised.value.recommendation)


def test_what_takes_long_is_said_to_be_still_starting(
    runtime: MemoryRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "_SAY_AFTER", 0)
    report = RecordingReport()
    instance = start(runtime, Behaviour(ready_after=2))
    Readiness(runtime, report, runtime.probe).wait(instance, routes(None), PATIENCE)
    assert report.steps[0] == "blue: still starting, 0 s"


def test_cancelling_ends_every_wait(runtime: MemoryRuntime) -> None:
    def probe(address: str) -> None:
        ready.cancel()

    ready = Readiness(runtime, RecordingReport(), probe)
    for _ in range(2):
        instance = start(runtime, Behaviour(ready_after=None))
        with pytest.raises(Interrupted, match="blue was not ready yet"):
            ready.wait(instance, routes(None), PATIENCE)


# Workers that die


@pytest.mark.parametrize(
    ("name", "why", "detail"),
    [
        (
            "worker_killed",
            "its worker was ended by SIGKILL, as happens when there is no memory left",
            "was sent SIGKILL! Perhaps out of memory?",
        ),
        (
            "worker_crashed",
            "its worker was ended by SIGSEGV",
            f'Fatal Python error: Segmentation fault\n  File "{CODE}/score.py", line 13 in init',
        ),
        (
            "worker_aborted",
            "its worker was ended by SIGABRT",
            f'Fatal Python error: Aborted\n  File "{CODE}/score.py", line 13 in init',
        ),
        ("worker_left", "its worker ended itself with exit code 7", "exited with code 7."),
    ],
)
def test_the_first_worker_that_dies_ends_the_wait(
    runtime: MemoryRuntime, name: str, why: str, detail: str
) -> None:
    """The server goes on, starts another one, and is never ready."""
    error = crash(runtime, Behaviour(log=recorded(name), ready_after=None))
    assert error.message == f"Deployment blue crashed while it started ({why})."
    assert str(error.detail).endswith(detail)
    assert "--timeout" not in str(error.recommendation)


def test_a_worker_that_the_server_found_too_slow_needs_another_timeout(
    runtime: MemoryRuntime,
) -> None:
    log = (
        "2026-11-27 07:05:17,000 C [1] gunicorn.error - WORKER TIMEOUT (pid:7)",
        "2026-11-27 07:05:18,000 E [1] gunicorn.error - Worker (pid:7) was sent SIGKILL! Perhaps"
        " out of memory?",
    )
    error = crash(runtime, Behaviour(log=log, ready_after=None))
    assert "because init() took longer than it allows" in error.message
    assert "memory" not in error.message
    assert "WORKER_TIMEOUT" in str(error.recommendation)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (137, "exit code 137: it was ended by SIGKILL, as happens when there is no memory left"),
        (139, "exit code 139: it was ended by SIGSEGV"),
        (132, "exit code 132: it was ended by SIGILL"),
    ],
)
def test_a_server_that_a_signal_ended(runtime: MemoryRuntime, code: int, why: str) -> None:
    error = crash(runtime, Behaviour(log=("Loading",), exit_code=code))
    assert error.message == f"Deployment blue crashed while it started ({why})."
    assert error.detail == "Loading"


def test_what_nobody_wants_any_more_is_waited_for_no_longer(runtime: MemoryRuntime) -> None:
    """How it is asked is in the tests of what asks: that it is asked again and again."""
    instance, looks = start(runtime, Behaviour(ready_after=1000)), iter([False, False, True])
    ready = Readiness(runtime, RecordingReport(), runtime.probe)
    with pytest.raises(Superseded, match="was saved anew before it was ready"):
        ready.wait(instance, routes(None), PATIENCE, lambda: next(looks))
