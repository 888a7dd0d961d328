"""Requests through the endpoint's address: who has answered, and who has not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.document.model import Code, Model
from azext_ml_endpoint.errors import ScoringError
from azext_ml_endpoint.local.debug.debugger import GENEROUS, Debugging
from azext_ml_endpoint.local.front import OWN_ANSWER
from azext_ml_endpoint.local.service import LocalService, Options
from azext_ml_endpoint.plan.steps import SetTraffic
from azext_ml_endpoint.scoring import DEPLOYMENT, Answer, Request
from tests.fakes.builders import deployment, endpoint, write_files
from tests.fakes.memory_front import MemoryFront
from tests.fakes.memory_runtime import Behaviour, MemoryRuntime
from tests.fakes.memory_service import memory_service
from tests.fakes.recording_report import RecordingReport

REQUEST = Request(body=b"[1]")
EMPTY = Request(body=b"")


def no_empty_one(request: Request) -> Answer:
    return Answer(status=200 if request.body else 400, body=request.body or b"no")


@pytest.fixture
def runtime() -> MemoryRuntime:
    return MemoryRuntime()


@pytest.fixture
def front() -> MemoryFront:
    return MemoryFront()


@pytest.fixture
def service(runtime: MemoryRuntime, front: MemoryFront, tmp_path: Path) -> LocalService:
    """The endpoint ``houses``: blue with 90, green with 10 of 100, which takes no empty request."""
    write_files(tmp_path, {"onlinescoring/score.py": "def init(): ...", "model.pkl": "weights"})
    runtime.behaviours["green"] = Behaviour(answer=no_empty_one)
    made = memory_service(runtime, RecordingReport(), tmp_path / "home", front=front)
    given: dict[str, Any] = {
        "code": Code(path=tmp_path / "onlinescoring"),
        "model": Model(name="prices", version="1", path=tmp_path / "model.pkl"),
    }
    split = {"blue": 90, "green": 10}
    made.create(endpoint(deployment("blue", **given), deployment("green", **given), traffic=split))
    return made


def test_the_address_splits_the_traffic_and_says_who_has_answered(service: LocalService) -> None:
    ask = service.opened("houses", 5)
    counted = Counter(ask(None, REQUEST).deployment for _ in range(100))
    assert counted["green"] == pytest.approx(10, abs=2)
    assert ask("green", REQUEST).deployment == "green"


def test_an_error_is_told_of_the_one_that_has_answered(service: LocalService) -> None:
    to_green = SetTraffic(reason="asked for", endpoint_name="houses", traffic={"green": 100})
    service.take(to_green)
    with pytest.raises(ScoringError, match="Deployment green of endpoint houses answered 400: no"):
        service.invoke("houses", None, EMPTY, timeout=5)


def test_one_that_does_not_run_is_named_though_several_could_answer(
    service: LocalService, runtime: MemoryRuntime
) -> None:
    runtime.kill("blue")
    runtime.kill("green")
    with pytest.raises(ScoringError, match=r"Deployment (blue|green) of endpoint houses does not"):
        service.invoke("houses", None, REQUEST, timeout=5)
    with pytest.raises(ScoringError, match="Deployment green of endpoint houses does not run"):
        service.invoke("houses", "green", REQUEST, timeout=5)


def test_where_several_could_answer_and_none_does_nobody_is_blamed(
    service: LocalService, front: MemoryFront
) -> None:
    def silent() -> Answer:
        raise ScoringError("no answer within 5 s.")

    front.respond = silent
    with pytest.raises(ScoringError, match="no answer within 5 s") as raised:
        service.invoke("houses", None, REQUEST, timeout=5)
    assert raised.value.detail is None
    with pytest.raises(ScoringError, match="blue of endpoint houses gave no answer: no answer"):
        service.invoke("houses", "blue", REQUEST, timeout=5)


def test_an_answer_of_a_deployment_that_has_gone_meanwhile_is_an_answer(
    service: LocalService, front: MemoryFront
) -> None:
    late = Answer(status=200, body=b"7", headers={DEPLOYMENT: "red"})
    front.respond = lambda: late
    assert service.invoke("houses", None, REQUEST, timeout=5) == late


def test_an_answer_of_nobody_is_none(service: LocalService, front: MemoryFront) -> None:
    own = Answer(status=404, body=b"No valid deployments", headers={OWN_ANSWER: "nobody"})
    front.respond = lambda: own
    with pytest.raises(ScoringError, match="No valid deployments"):
        service.invoke("houses", None, REQUEST, timeout=5)


@pytest.mark.parametrize(("debug", "seconds"), [(None, 5), (Debugging(), GENEROUS)])
def test_who_is_debugged_may_take_its_time(
    runtime: MemoryRuntime, tmp_path: Path, debug: Debugging | None, seconds: float
) -> None:
    waited = []

    @contextmanager
    def connect(*, proxies: bool) -> Iterator[Any]:
        def score(_: str, request: Request, *, timeout: float, read: Any) -> Answer:
            waited.append(timeout)
            return Answer(status=200, body=request.body)

        yield score

    runtime.connect = connect  # type: ignore[method-assign]
    write_files(tmp_path, {"onlinescoring/score.py": "def init(): ..."})
    made = memory_service(runtime, RecordingReport(), tmp_path / "home", None, Options(debug=debug))
    code = Code(path=tmp_path / "onlinescoring")
    made.create(endpoint(deployment("blue", code=code, model=None)))
    made.opened("houses", 5)("blue", REQUEST)
    assert waited == [seconds]
