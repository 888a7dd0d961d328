"""Sends collected requests again, and compares the answers with those that were collected."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from azext_ml_endpoint import foreign_json
from azext_ml_endpoint.document.model import Check, Comparison
from azext_ml_endpoint.scoring import Answer, Ask
from azext_ml_endpoint.testing import comparing
from azext_ml_endpoint.testing.collected import Expected, Recorded
from azext_ml_endpoint.testing.results import Result, Results
from azext_ml_endpoint.testing.runner import ANSWER_SECONDS, Clock, Service, asked

_MOST_TOLD = 3
"""Differences of one answer."""


def run(
    service: Service,
    endpoint: str,
    recorded: Iterable[Recorded],
    deployment: str | None = None,
    *,
    timeout: float = ANSWER_SECONDS,
    clock: Clock = time.perf_counter,
) -> Results:
    """One after another, each once, to that deployment or where the traffic leads.

    Raises NotFoundError where there is no such endpoint. timeout: seconds for each answer.
    """
    ask = service.opened(endpoint, timeout)
    results = tuple(_run(ask, each, deployment, clock) for each in recorded)
    return Results(endpoint=endpoint, results=results)


def faults(expected: Expected | None, answer: Answer) -> tuple[str, ...]:
    """None where it is as it was; numbers may be off by a millionth. Of what has no collected
    answer only the status is looked at.
    """
    status = expected.status if expected else 200
    wrong = comparing.faults(Check(name="", status=status), answer, 0.0)
    if wrong or expected is None or expected.body == answer.body:
        return wrong
    if not expected.is_json:
        return (f"expected {_text(expected.body)}, got {_text(answer.body)}",)
    try:
        there = foreign_json.loads(expected.body), foreign_json.loads(answer.body)
    except ValueError:
        return (f"expected {_text(expected.body)}, got {_text(answer.body)}",)
    return tuple(islice(differences(*there), _MOST_TOLD))


def differences(expected: Any, found: Any, path: str = "") -> Iterator[str]:
    """Where one JSON document differs from another, by paths of JMESPath."""
    if isinstance(expected, dict) and isinstance(found, dict) and expected.keys() == found.keys():
        for key, value in expected.items():
            yield from differences(value, found[key], f"{path}.{key}".lstrip("."))
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for place, pair in enumerate(zip(expected, found, strict=True)):
            yield from differences(*pair, f"{path}[{place}]")
    elif not _same(expected, found):
        yield f"expected {path or '@'} {comparing.short(expected)}, got {comparing.short(found)}"


def _same(expected: Any, found: Any) -> bool:
    return any(
        comparing.holds(Comparison(path="@", sign=sign, value=expected), found)
        for sign in ("==", "approx")
    )


def _run(ask: Ask, recorded: Recorded, deployment: str | None, clock: Clock) -> Result:
    began = clock()
    answer, trouble = asked(ask, deployment, recorded.request)
    return Result(
        name=recorded.name,
        deployment=deployment,
        status=answer.status if answer else None,
        seconds=clock() - began,
        faults=faults(recorded.expected, answer) if answer else (trouble,),
    )


def _text(body: bytes) -> str:
    return comparing.cut(body.decode("utf-8", "replace")) or "nothing"
