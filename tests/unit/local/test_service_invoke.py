"""What `invoke` and `get-logs` do on this machine: who answers, and what is told of a failure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from azext_ml_endpoint import scoring
from azext_ml_endpoint.document.model import Endpoint
from azext_ml_endpoint.errors import BrokenAnswerError, NotFoundError, ScoringError, StartError
from azext_ml_endpoint.local.service import LocalService
from azext_ml_endpoint.scoring import Answer, Request
from tests.fakes.builders import write_files
from tests.fakes.memory_runtime import Behaviour, MemoryRuntime
from tests.fakes.memory_service import REQUEST, invoke
from tests.fakes.recording_report import RecordingReport

LOGS = Path(__file__).parent / "server_logs"
CRASH = Behaviour(log=("Cannot load",), exit_code=3)


# Invoke


def answering(text: bytes) -> Behaviour:
    return Behaviour(answer=lambda _: Answer(status=200, body=text))


def test_the_answer_comes_from_the_deployment_that_was_named(
    service: LocalService, runtime: MemoryRuntime, houses: Endpoint
) -> None:
    runtime.behaviours |= {"blue": answering(b"blue"), "green": answering(b"green")}
    service.create(houses)
    assert invoke(service, "green").body == b"green"


def test_without_a_name_the_traffic_split_decides(
    service: LocalService, runtime: MemoryRuntime, houses: Endpoint
) -> None:
    runtime.behaviours["green"] = answering(b"green")
    service.create(houses)
    seen = Counter(invoke(service).body for _ in range(300))
    assert 0 < seen[b"green"] < 100, "about 30"
    service.update(replace(houses, traffic={"blue": 0, "green": 100}))
    assert {invoke(service).body for _ in range(20)} == {b"green"}


def test_a_single_deployment_needs_no_traffic(service: LocalService, houses: Endpoint) -> None:
    service.create(replace(houses, deployments=houses.deployments[:1], traffic=None))
    assert invoke(service).body == REQUEST.body


def test_several_deployments_without_traffic_must_be_named(
    service: LocalService, houses: Endpoint
) -> None:
    service.create(replace(houses, traffic=None))
    with pytest.raises(ScoringError, match=r"No deployment .* receives traffic"):
        invoke(service)


@pytest.mark.parametrize("name", [None, "blue"])
def test_what_is_not_there_cannot_be_invoked(service: LocalService, name: str | None) -> None:
    with pytest.raises(NotFoundError, match="no local endpoint houses"):
        invoke(service, name)


def test_a_deployment_that_is_not_there_is_not_found(
    service: LocalService, houses: Endpoint
) -> None:
    service.create(houses)
    with pytest.raises(NotFoundError, match="houses has no deployment grey"):
        invoke(service, "grey")


def test_options_find_a_deployment_whatever_their_capitals(
    service: LocalService, runtime: MemoryRuntime, houses: Endpoint
) -> None:
    runtime.behaviours["green"] = answering(b"green")
    service.create(houses)
    assert invoke(service, "Green").body == b"green"
    service.update(replace(houses, traffic={"blue": 100, "green": 0}))
    service.delete("houses", "GrEEn")
    assert [each["name"] for each in service.show("houses")["deployments"]] == ["blue"]


def test_whoever_asks_often_is_led_by_the_traffic_and_told_who_answered(
    service: LocalService, runtime: MemoryRuntime, houses: Endpoint
) -> None:
    service.create(houses)
    connect = service.connected("houses", None, REQUEST, timeout=30)
    with connect() as call:
        answers = [call(scoring.whole) for _ in range(300)]
    assert {each.body for each in answers} == {REQUEST.body}
    seen = Counter(each.deployment for each in answers)
    assert 0 < seen["green"] < 100, "about 30"


def test_whoever_asks_often_needs_only_those_with_traffic(
    service: LocalService, runtime: MemoryRuntime, houses: Endpoint
) -> None:
    service.create(replace(houses, traffic={"blue": 100, "green": 0}))
    runtime.kill("green")
    with service.connected("houses", None, REQUEST, timeout=30)() as call:
        assert {call(scoring.whole).deployment for _ in range(20)} == {"blue"}
    with pytest.raises(ScoringError, match="green of endpoint houses does not run"):
        service.connected("houses", "green", REQUEST, timeout=30)


def test_a_reader_gets_the_answer_with_who_has_given_it(
    service: LocalService, houses: Endpoint
) -> None:
    service.create(houses)

    def read(head: Answer, pieces: Iterator[bytes]) -> bytes:
        assert (head.deployment, list(pieces)) == ("green", [REQUEST.body])
        return b"read"

    answer = service.invoke("houses", "green", REQUEST, timeout=30, read=read)
    assert (answer.body, answer.deployment) == (b"read", "green")


def failed(
    service: LocalService, runtime: MemoryRuntime, wanted: Endpoint, log: str
) -> ScoringError:
    """run() fails, as it did when the log was recorded."""
    lines = tuple((LOGS / f"{log}.log").read_text().splitlines())
    body = b'{"message": "An unexpected error occurred in scoring script."}'
    failing = Answer(status=500, body=body, headers={"x-ms-run-function-failed": "True"})
    runtime.behaviours["blue"] = Behaviour(answer=lambda _: failing, request_log=lines)
    service.create(wanted)
    with pytest.raises(ScoringError) as raised:
        invoke(service, "blue")
    return raised.value


def test_a_failed_request_shows_the_servers_message_and_the_scripts_traceback(
    service: LocalService, runtime: MemoryRuntime, houses: Endpoint, files: Path
) -> None:
    error = failed(service, runtime, houses, "run_raises")
    assert error.message == (
        "Deployment blue of endpoint houses answered 500: "
        "An unexpected error occurred in scoring script."
    )
    assert f'File "{files}/onlinescoring/score.py", line 7, in run' in str(error.detail)


WANTED = {
    "input_data": '{"input_data": …}; dataframe_split of MLflow\'s own server is input_data here',
    "data": '{"data": …}.',
    "rooms_2": '{"rooms_2": …}.',
}
"""A key of a request -> the next step of one that has it not."""


@pytest.mark.parametrize("key", WANTED)
@pytest.mark.parametrize("status", [400, 424])
def test_a_key_that_a_request_has_not_is_named(
    service: LocalService, runtime: MemoryRuntime, houses: Endpoint, key: str, status: int
) -> None:
    said = f'{{"message": "A value is not provided for the \'{key}\' parameter."}}'
    refusing = Answer(status=status, body=said.encode())
    runtime.behaviours["blue"] = Behaviour(answer=lambda _: refusing)
    service.create(replace(houses, simulate=status == 424))
    with pytest.raises(ScoringError, match="A value is not provided") as raised:
        invoke(service, "blue")
    assert WANTED[key] in str(raised.value.recommendation)


def test_a_failed_request_without_a_traceback_shows_the_servers_complaint(
    service: LocalService,
    runtime: MemoryRuntime,
    houses: Endpoint,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("azext_ml_endpoint.local.diagnosis.scoring_errors._LOG_PAUSE", 0)
    error = failed(service, runtime, houses, "run_answers_an_object")
    assert error.detail == "TypeError: Object of type object is not JSON serializable"
    assert "run() answers numbers" in str(error.recommendation)


def test_only_what_was_logged_for_this_request_explains_it(
    service: LocalService, runtime: MemoryRuntime, houses: Endpoint
) -> None:
    before = tuple((LOGS / "init_raises.log").read_text().splitlines())
    refused = Answer(status=400, body=b"Cannot read your rows")
    runtime.behaviours["blue"] = Behaviour(log=before[:-4], answer=lambda _: refused)
    service.create(houses)
    with pytest.raises(ScoringError, match="answered 400: Cannot read your rows") as raised:
        invoke(service, "blue")
    assert raised.value.detail == ""


def test_a_deployment_that_ended_cannot_be_invoked_and_says_why(
    service: LocalService, runtime: MemoryRuntime, houses: Endpoint
) -> None:
    service.create(houses)
    runtime.write("blue", "2026-11-22 11:00:00,000 E [1] gunicorn.error - Worker was sent SIGKILL!")
    runtime.kill("blue")
    with pytest.raises(ScoringError) as raised:
        invoke(service, "blue")
    assert (
        raised.value.message
        == "Deployment blue of endpoint houses does not run: it exited with code 137."
    )
    assert raised.value.detail == "gunicorn.error - Worker was sent SIGKILL!"
    assert "az ml endpoint update --local" in str(raised.value.recommendation)


NGINX = (
    "2026/11/22 11:00:00 [error] 12#12: *1 connect() failed (111: Connection refused) while "
    "connecting to upstream, client: 172.17.0.1"
)
BAD_GATEWAY = Answer(
    status=502,
    body=b"<html><head><title>502 Bad Gateway</title></head><body>nginx/1.18.0</body></html>",
)


def test_where_a_gateway_answers_for_a_server_that_is_gone_the_servers_log_is_shown(
    service: LocalService, runtime: MemoryRuntime, houses: Endpoint
) -> None:
    runtime.behaviours["blue"] = Behaviour(
        log=("Loading 12 GB", "Killed"), answer=lambda _: BAD_GATEWAY, request_log=(NGINX,)
    )
    service.create(houses)
    with pytest.raises(ScoringError) as raised:
        invoke(service, "blue")
    assert raised.value.message == (
        "Deployment blue of endpoint houses answered 502: 502 Bad Gateway"
    )
    assert raised.value.detail == "Loading 12 GB\nKilled"


@pytest.mark.parametrize("status", [502, 503, 504, 500])
def test_whoever_is_killed_while_it_answers_is_named(
    service: LocalService, runtime: MemoryRuntime, houses: Endpoint, status: int
) -> None:
    def dies(_: Request) -> Answer:
        runtime.kill("blue")
        if status == 500:
            raise ScoringError("http://127.0.0.1:50010/score closed the connection or refused it.")
        return replace(BAD_GATEWAY, status=status)

    runtime.behaviours["blue"] = Behaviour(log=("Loading 12 GB",), answer=dies)
    service.create(houses)
    with pytest.raises(ScoringError) as raised:
        invoke(service, "blue")
    assert raised.value.message == (
        "Deployment blue of endpoint houses does not run: it exited with code 137."
    )
    assert raised.value.detail == "Loading 12 GB"


def test_an_answer_that_does_not_come_shows_the_deployment_and_its_log(
    service: LocalService, runtime: MemoryRuntime, houses: Endpoint
) -> None:
    def hangs(_: Request) -> Answer:
        raise ScoringError("http://127.0.0.1:50010/score gave no answer within 30 s.", "Wait.")

    runtime.behaviours["blue"] = Behaviour(log=("Loading 12 GB",), answer=hangs)
    service.create(houses)
    with pytest.raises(ScoringError, match="blue of endpoint houses gave no answer") as raised:
        invoke(service, "blue")
    assert raised.value.detail == "Loading 12 GB"
    assert raised.value.recommendation == (
        "Wait. The whole log: az ml endpoint get-logs --local -n houses -d blue"
    )


@pytest.mark.parametrize("log", ["run_raises", "run_answers_an_object", None])
def test_an_answer_that_breaks_off_shows_why(
    service: LocalService,
    runtime: MemoryRuntime,
    houses: Endpoint,
    monkeypatch: pytest.MonkeyPatch,
    log: str | None,
) -> None:
    def breaks(_: Request) -> Answer:
        raise BrokenAnswerError("http://127.0.0.1:50010/score broke off its answer.", "See logs.")

    monkeypatch.setattr("azext_ml_endpoint.local.diagnosis.scoring_errors._LOG_PAUSE", 0)
    lines = tuple((LOGS / f"{log}.log").read_text().splitlines()) if log else ()
    runtime.behaviours["blue"] = Behaviour(answer=breaks, request_log=lines)
    service.create(houses)
    with pytest.raises(BrokenAnswerError) as raised:
        invoke(service, "blue")
    assert raised.value.message == "Deployment blue of endpoint houses broke off its answer."
    shown = {"run_raises": "in run", "run_answers_an_object": "not JSON serializable"}
    assert shown.get(log or "", "") in str(raised.value.detail)
    assert raised.value.recommendation


# Logs


def logs(service: LocalService, name: str = "blue", tail: int = 100) -> list[str]:
    return list(service.logs("houses", name, tail=tail, follow=False))


def test_the_log_is_that_of_the_deployment_and_can_be_cut(
    service: LocalService, runtime: MemoryRuntime, houses: Endpoint
) -> None:
    runtime.behaviours["blue"] = Behaviour(log=("one", "two", "three"))
    service.create(houses)
    assert logs(service) == ["one", "two", "three"]
    assert logs(service, tail=2) == ["two", "three"]


def test_a_followed_log_ends_with_its_instance(
    service: LocalService, runtime: MemoryRuntime, houses: Endpoint
) -> None:
    runtime.behaviours["blue"] = Behaviour(log=("one",))
    service.create(houses)
    following = service.logs("houses", "blue", tail=1, follow=True)
    assert next(following) == "one"
    runtime.write("blue", "two")
    assert next(following) == "two"
    runtime.kill("blue")
    assert list(following) == []


def test_a_start_that_failed_can_be_read_about_afterwards(
    service: LocalService, runtime: MemoryRuntime, report: RecordingReport, houses: Endpoint
) -> None:
    runtime.behaviours["green"] = CRASH
    with pytest.raises(StartError):
        service.create(houses)
    assert logs(service, "green") == ["Cannot load"]
    assert report.warnings == ["green does not run; this is the log of its last start."]


def test_a_running_deployment_shows_its_own_log_after_a_failed_update(
    service: LocalService, runtime: MemoryRuntime, houses: Endpoint, files: Path
) -> None:
    runtime.behaviours["blue"] = Behaviour(log=("serving",))
    service.create(houses)
    runtime.behaviours["blue"] = CRASH
    write_files(files, {"onlinescoring/score.py": "def init(): pass"})
    with pytest.raises(StartError):
        service.update(houses)
    assert logs(service) == ["serving"]


def test_the_log_of_what_is_not_there_is_not_found(service: LocalService, houses: Endpoint) -> None:
    with pytest.raises(NotFoundError, match="no local endpoint houses"):
        logs(service)
    service.create(houses)
    with pytest.raises(NotFoundError, match="no deployment grey"):
        logs(service, "grey")
