"""Requests to local endpoints: whom they go to, and who it was that has answered.

It stands on what only looks. What explains a failure is loaded where there is one.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from azext_ml_endpoint import scoring
from azext_ml_endpoint.errors import ScoringError
from azext_ml_endpoint.local import records, simulation
from azext_ml_endpoint.local.debug import debugger
from azext_ml_endpoint.local.front import OWN_ANSWER, Address
from azext_ml_endpoint.local.looking import Looking, named_so, no_such, open_looking
from azext_ml_endpoint.local.runtime import EndpointRecord, Instance, Runtime
from azext_ml_endpoint.report import Report

Open = Callable[..., AbstractContextManager[scoring.Score]]
Answered = tuple[Instance, scoring.Answer]
Shares = list[tuple[Instance, int]]
"""Instances that may answer, with their shares of the traffic."""


def open_asking(name: str, report: Report, home: Path) -> Asking:
    """name: ``docker`` or ``process``."""
    return Asking(open_looking(name, report, home))


@dataclass(frozen=True)
class _Call:
    """A request, on its way to whoever may answer it. address: None where there is no gateway."""

    possible: Shares
    address: Address | None
    request: scoring.Request
    timeout: float

    def once(self, score: scoring.Score, read: scoring.Read) -> Answered:
        return self._through(score, read) if self.address else self._directly(score, read)

    def _directly(self, score: scoring.Score, read: scoring.Read) -> Answered:
        """One of the deployments, as often as its share of the traffic says."""
        instances, weights = zip(*self.possible, strict=True)
        instance = random.choices(instances, weights=weights)[0]
        uri = records.scoring_uri(instance)
        if uri is None:
            raise _Silent([instance])
        reading = _named(read, instance)
        answer = score(uri, self.request, timeout=self.timeout, read=reading)
        return instance, _by(instance, answer)

    def _through(self, score: scoring.Score, read: scoring.Read) -> Answered:
        instances = [each for each, _ in self.possible]
        uri = self.address.scoring_uri if self.address else ""
        answer = score(uri, self.request, timeout=self.timeout, read=read)
        by = [each for each in instances if each.deployment == answer.deployment]
        if OWN_ANSWER in answer.headers:
            raise _Silent(by, answer.message)
        return (by or instances)[0], answer


class _Silent(ScoringError):
    """No deployment has answered. by: whom the request was for, where that is known."""

    def __init__(self, by: list[Instance], message: str = "it does not listen") -> None:
        super().__init__(message)
        self.by = by


class Asking:
    """Through the endpoint's own address, which splits the traffic; else by a deployment's port.

    connect: as :func:`scoring.connected`. timeout: seconds for each answer. Its methods raise
    NotFoundError, and ScoringError where there is no answer.
    """

    def __init__(self, there: Looking, connect: Open = scoring.connected) -> None:
        self._there = there
        self._connect = connect

    def invoke(
        self,
        name: str,
        deployment: str | None,
        request: scoring.Request,
        *,
        timeout: float,
        read: scoring.Read = scoring.whole,
    ) -> scoring.Answer:
        """Raises ScoringError also for an answer whose status is 300 or more."""
        began = time.time()
        by, answer = self._ask(name, deployment, request, timeout, read)
        if answer.status >= 300:
            from azext_ml_endpoint.local.diagnosis import scoring_errors

            simulated = simulation.is_simulated(self._there.existing(name))
            raise scoring_errors.refused(
                self._there.runtime, by, answer, began, simulated=simulated
            )
        return answer

    def opened(self, name: str, timeout: float) -> scoring.Ask:
        """For many requests; an answer with an error status is an answer."""
        self._there.existing(name)

        def ask(deployment: str | None, request: scoring.Request) -> scoring.Answer:
            return self._ask(name, deployment, request, timeout)[1]

        return ask

    def connected(
        self, name: str, deployment: str | None, request: scoring.Request, *, timeout: float
    ) -> scoring.Connect:
        """For one request, very often: who is there is looked up once, and must listen."""
        call = self._call(name, deployment, request, timeout)
        for each, _ in call.possible:
            if records.scoring_uri(each) is None:
                raise _not_serving(self._there.runtime, each)

        @contextmanager
        def connect() -> Iterator[scoring.Call]:
            with self._connect(proxies=False) as score:
                yield lambda read: call.once(score, read)[1]

        return connect

    def _ask(
        self,
        name: str,
        deployment: str | None,
        request: scoring.Request,
        timeout: float,
        read: scoring.Read = scoring.whole,
    ) -> Answered:
        call, began = self._call(name, deployment, request, timeout), time.time()
        try:
            with self._connect(proxies=False) as score:
                return call.once(score, read)
        except ScoringError as error:
            raise self._explained(call, error, began) from error

    def _call(
        self, name: str, deployment: str | None, request: scoring.Request, timeout: float
    ) -> _Call:
        record, instances = self._there.existing(name), self._there.promoted(name)
        possible = _possible(record, instances, deployment)
        address = self._there.standing(record, instances)
        request = self._opening(record, request)
        if deployment and address:
            by = {scoring.DEPLOYMENT: possible[0][0].deployment}
            request = replace(request, headers={**request.headers, **by})
        return _Call(possible, address, request, _patience(possible, timeout))

    def _opening(self, record: EndpointRecord, request: scoring.Request) -> scoring.Request:
        """With what opens the endpoint, unless the request brings its own."""
        if any(each.lower() == "authorization" for each in request.headers):
            return request
        return replace(request, headers={**self._there.bearer(record), **request.headers})

    def _explained(self, call: _Call, error: ScoringError, began: float) -> ScoringError:
        """Of several, nobody knows which one was asked."""
        from azext_ml_endpoint.local.diagnosis import scoring_errors

        runtime = self._there.runtime
        by = error.by if isinstance(error, _Silent) else [each for each, _ in call.possible]
        if len(by) != 1:
            return error
        if isinstance(error, _Silent) and call.address is None:
            return _not_serving(runtime, by[0])
        return scoring_errors.unanswered(runtime, by[0], error, began)


def _not_serving(runtime: Runtime, instance: Instance) -> ScoringError:
    from azext_ml_endpoint.local.diagnosis import scoring_errors

    return scoring_errors.not_serving(runtime, instance)


def _patience(possible: Shares, timeout: float) -> float:
    """Whoever is debugged may be stopped for as long as somebody looks at it."""
    is_debugged = any(debugger.port_of(each.record) for each, _ in possible)
    return max(timeout, debugger.GENEROUS) if is_debugged else timeout


def _by(instance: Instance, answer: scoring.Answer) -> scoring.Answer:
    """Says who has answered, as Azure does."""
    return replace(answer, headers={**answer.headers, scoring.DEPLOYMENT: instance.deployment})


def _named(read: scoring.Read, instance: Instance) -> scoring.Read:
    return lambda head, pieces: read(_by(instance, head), pieces)


def _possible(record: EndpointRecord, instances: list[Instance], deployment: str | None) -> Shares:
    """Raises NotFoundError, and as below."""
    if not deployment:
        return _by_traffic(record, instances)
    found = named_so(instances, deployment)
    if found is None:
        raise no_such(record.name, deployment, instances)
    return [(found, 100)]


def _by_traffic(record: EndpointRecord, instances: list[Instance]) -> Shares:
    """Raises ScoringError where nobody receives any and several could."""
    traffic = record.properties.get("traffic") or {}
    shares = [(each, traffic.get(each.deployment, 0)) for each in instances]
    if any(share for _, share in shares):
        return [(each, share) for each, share in shares if share]
    if len(instances) == 1:
        return [(instances[0], 100)]
    raise ScoringError(
        f"No deployment of local endpoint {record.name} receives traffic.",
        "Name one with --deployment, or set traffic: in the file.",
    )
