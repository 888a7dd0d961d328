"""Sends tests, one after another, each once."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol, TypeAlias

from azext_ml_endpoint.document.model import Check, Endpoint
from azext_ml_endpoint.errors import EndpointError, FileAccessError
from azext_ml_endpoint.plan import twins
from azext_ml_endpoint.plan.observed import ObservedEndpoint
from azext_ml_endpoint.plan.proof import Gate
from azext_ml_endpoint.report import Report
from azext_ml_endpoint.scoring import Answer, Ask, Request
from azext_ml_endpoint.testing import comparing
from azext_ml_endpoint.testing.results import Result, Results

Case: TypeAlias = tuple["str | None", Check]
Clock = Callable[[], float]

ANSWER_SECONDS = 60.0
_SHOWN = 300
"""Characters of an error, whose reason stands at its end."""


class Service(Protocol):
    def opened(self, name: str, timeout: float) -> Ask: ...

    def observe(self, name: str) -> ObservedEndpoint: ...


def gate(
    service: Service, wanted: Endpoint, report: Report, *, timeout: float = ANSWER_SECONDS
) -> Gate | None:
    """Tests a deployment before it gets traffic; None where there are no tests.

    The endpoint's tests are for whoever answers, so the deployment must pass them and its own.
    It may be called as in ``wanted``, or as the endpoint calls what took its place.
    """

    def fails(deployment: str) -> str | None:
        names = {each.name for each in wanted.deployments}
        known = (
            wanted
            if deployment in names
            else twins.named_as_there(wanted, service.observe(wanted.name))
        )
        results = run(service, known, deployment, timeout=timeout)
        for line in results.table():
            report.step(line)
        return results.trouble()

    has_tests = wanted.tests or any(each.tests for each in wanted.deployments)
    return fails if has_tests else None


def run(
    service: Service,
    wanted: Endpoint,
    deployment: str | None = None,
    *,
    timeout: float = ANSWER_SECONDS,
    clock: Clock = time.perf_counter,
) -> Results:
    """The tests of one deployment or, without its name, of all.

    Raises NotFoundError where there is no such endpoint. timeout: seconds for each answer.
    """
    chosen = cases(wanted, deployment)
    if not chosen:
        return Results(endpoint=wanted.name)
    ask = service.opened(wanted.name, timeout)
    results = tuple(_run(ask, check, to, clock) for to, check in chosen)
    return Results(endpoint=wanted.name, results=results)


def run_in_place(
    service: Service, wanted: Endpoint, deployment: str | None = None, *, timeout: float
) -> Results:
    """As :func:`run`, with the file's names: what took a deployment's place has its tests."""
    known = twins.named_as_there(wanted, service.observe(wanted.name))
    pairs = zip(wanted.deployments, known.deployments, strict=True)
    names: dict[str | None, str] = {asked.name: there.name for asked, there in pairs}
    return run(service, known, names.get(deployment), timeout=timeout)


def cases(wanted: Endpoint, deployment: str | None) -> list[Case]:
    """Whom to send which test; None is whoever has the traffic."""
    own = [
        (each.name, check)
        for each in wanted.deployments
        for check in each.tests
        if deployment in (None, each.name)
    ]
    return [*((deployment, check) for check in wanted.tests), *own]


def _run(ask: Ask, check: Check, deployment: str | None, clock: Clock) -> Result:
    request = Request(body=_body(check), content_type=check.content_type)
    began = clock()
    answer, trouble = asked(ask, deployment, request)
    seconds = clock() - began
    return Result(
        name=check.name,
        deployment=deployment,
        status=answer.status if answer else None,
        seconds=seconds,
        faults=comparing.faults(check, answer, seconds) if answer else (trouble,),
    )


def asked(ask: Ask, deployment: str | None, request: Request) -> tuple[Answer | None, str]:
    """The answer, or why there is none."""
    try:
        return ask(deployment, request), ""
    except EndpointError as error:
        return None, f"expected an answer, got none: {comparing.cut(error.message, _SHOWN)}"


def _body(check: Check) -> bytes:
    if check.request_file is None:
        return check.body
    try:
        return check.request_file.read_bytes()
    except OSError as error:
        raise FileAccessError(
            f"{check.request_file}: {error.strerror}", "The file of a test must stay in its place."
        ) from error
