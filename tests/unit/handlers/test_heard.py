"""What came of a request that the page has sent."""

from __future__ import annotations

import itertools
from typing import Any, cast

from azext_ml_endpoint.errors import ScoringError
from azext_ml_endpoint.handlers import heard
from azext_ml_endpoint.handlers.heard import Heard
from azext_ml_endpoint.local.service import LocalService
from azext_ml_endpoint.page.routes import Sending
from azext_ml_endpoint.scoring import DEPLOYMENT, Answer

JSON = {"content-type": "application/json", DEPLOYMENT: "blue"}


class Scorer:
    """Answers, and refuses what has an error's status, as a service does."""

    def __init__(self, answer: Answer | None) -> None:
        self.answer = answer
        self.asked: list[tuple[Any, ...]] = []

    def invoke(self, name: str, deployment: Any, request: Any, *, timeout: float, read: Any) -> Any:
        self.asked.append((name, deployment, request.body, request.content_type))
        if self.answer:
            read(self.answer, iter([self.answer.body]))
        if self.answer is None or self.answer.status >= 300:
            raise ScoringError("It failed.", "Look at score.py.", detail="Traceback")


def asked(answer: Answer | None, sending: Sending) -> tuple[Heard, Scorer]:
    scorer = Scorer(answer)
    return heard.of(cast(LocalService, scorer), "houses", sending), scorer


def test_an_answer_is_told_with_who_has_given_it() -> None:
    found, scorer = asked(
        Answer(status=200, body=b"[1]", headers=JSON),
        Sending(body="é", content_type="text/plain", deployment="blue"),
    )
    shown = found.shown()
    assert scorer.asked == [("houses", "blue", "é".encode(), "text/plain")]
    assert (shown["status"], shown["body"], shown["deployment"]) == (200, "[1]", "blue")
    assert shown["milliseconds"] >= 0
    assert shown["headers"] == JSON
    assert shown["error"] is None


def test_a_refusal_is_told_with_what_was_said_and_what_to_do() -> None:
    found, _ = asked(Answer(status=500, body=b'{"message": "x"}', headers=JSON), Sending(body=""))
    shown = found.shown()
    assert (shown["status"], shown["body"]) == (500, '{"message": "x"}')
    assert shown["error"] == {
        "message": "It failed.",
        "recommendation": "Look at score.py.",
        "detail": "Traceback",
    }


def test_no_answer_has_no_status_and_took_no_time() -> None:
    found, _ = asked(None, Sending(body=""))
    assert found.figures() == {"status": None, "milliseconds": None, "deployment": None}
    assert found.shown()["error"]["message"] == "It failed."


def test_a_stream_without_an_end_is_cut_off() -> None:
    found = Heard()
    head = Answer(status=200, body=b"", headers={"content-type": "text/event-stream"})
    found.read(head, itertools.repeat(b"data: x\n\n" * 1000))
    shown = found.shown()
    assert not shown["whole"]
    assert len(shown["body"]) == 1 << 20


def test_what_is_no_text_is_not_shown_as_one() -> None:
    found, _ = asked(
        Answer(status=200, body=b"\x89PNG\0", headers={"content-type": "image/png"}),
        Sending(body=""),
    )
    assert found.shown()["body"] is None
    assert found.shown()["bytes"] == 5
