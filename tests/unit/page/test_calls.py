"""What the page's calls do, and what is told of failures."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from azext_ml_endpoint.errors import (
    ConflictError,
    EndpointError,
    NotFoundError,
    RuntimeUnavailableError,
    ScoringError,
    UsageError,
)
from azext_ml_endpoint.page import calls
from azext_ml_endpoint.page.calls import Calls
from azext_ml_endpoint.page.guard import Refusal
from azext_ml_endpoint.page.routes import Call, Sending, Verb


class Recorder:
    """Answers what it was asked."""

    def every(self) -> list[dict[str, Any]]:
        return [{"name": "houses"}]

    def show(self, name: str) -> dict[str, Any]:
        return {"shown": name}

    def set_traffic(self, name: str, shares: dict[str, int]) -> dict[str, Any]:
        return {"name": name, "traffic": shares}

    def invoke(self, name: str, sending: Sending) -> dict[str, Any]:
        return {"name": name, "sent": sending.body}

    def sample(self, name: str) -> dict[str, Any]:
        return {"sampled": name}

    def history(self, name: str) -> list[dict[str, Any]]:
        return [{"of": name}]

    def logs(self, name: str, deployment: str, tail: int) -> Iterator[str]:
        raise AssertionError


@pytest.mark.parametrize(
    ("verb", "body", "answer"),
    [
        ("endpoints", b"", [{"name": "houses"}]),
        ("endpoint", b"", {"shown": "houses"}),
        ("traffic", b'{"blue": 100}', {"name": "houses", "traffic": {"blue": 100}}),
        ("invoke", b'{"body": "[1]"}', {"name": "houses", "sent": "[1]"}),
        ("sample", b"", {"sampled": "houses"}),
        ("history", b"", [{"of": "houses"}]),
    ],
)
def test_each_call_does_what_it_is_called(verb: Verb, body: bytes, answer: object) -> None:
    assert Calls(Recorder()).answer(Call(verb, "houses"), body) == answer


def test_a_change_that_is_being_made_is_waited_for() -> None:
    began, go, changed = threading.Event(), threading.Event(), threading.Event()

    class Slow(Recorder):
        def set_traffic(self, name: str, shares: dict[str, int]) -> dict[str, Any]:
            began.set()
            go.wait()
            changed.set()
            return {}

    asked = Calls(Slow())
    change = (Call("traffic", "houses"), b'{"blue": 100}')
    thread = threading.Thread(target=asked.answer, args=change)
    thread.start()
    began.wait()
    threading.Timer(0.05, go.set).start()
    asked.finish()
    assert changed.is_set()
    thread.join()
    with pytest.raises(Refusal, match="has ended"):
        asked.answer(*change)


def test_a_bad_body_is_refused_before_anything_is_done() -> None:
    with pytest.raises(Refusal):
        Calls(Recorder()).answer(Call("traffic", "houses"), b'{"blue": 101}')


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFoundError("x"), 404),
        (UsageError("x"), 400),
        (ConflictError("x"), 409),
        (ScoringError("x"), 502),
        (RuntimeUnavailableError("x"), 500),
        (Refusal(418, "x"), 418),
    ],
)
def test_an_error_has_a_status_by_its_kind(error: Exception, status: int) -> None:
    assert calls.failure(error) == (
        status,
        {"message": "x", "recommendation": None, "detail": None},
    )


def test_the_next_step_is_told_and_no_text_of_others_does_harm() -> None:
    error = EndpointError("\x1b[2J", "az ml \u202eendpoint", detail="Traceback\x07")
    _, told = calls.failure(error)
    assert told == {
        "message": "\\x1b[2J",
        "recommendation": "az ml \\u202eendpoint",
        "detail": "Traceback\\x07",
    }


def test_of_a_defect_no_more_than_its_name_is_told() -> None:
    status, told = calls.failure(KeyError("/home/me/secret"))
    assert status == 500
    assert told["message"] == "This is a defect of the page: KeyError."


def test_what_is_no_text_any_more_is_still_json() -> None:
    assert json.loads(calls.dumped({"a": "\udce4", "b": None})) == {"a": "\udce4", "b": None}
