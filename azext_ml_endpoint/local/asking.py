"""Requests to local endpoints: whom they go to, and who it was that has answered."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from azext_ml_endpoint import scoring
from azext_ml_endpoint.errors import NotFoundError, ScoringError
from azext_ml_endpoint.local import records, scoring_errors
from azext_ml_endpoint.local.driver import LocalDriver
from azext_ml_endpoint.local.front import OWN_ANSWER
from azext_ml_endpoint.local.runtime import EndpointRecord, Instance

Score = Callable[..., scoring.Answer]
Answered = tuple[Instance, scoring.Answer]
Shares = list[tuple[Instance, int]]
"""Instances that may answer, with their shares of the traffic."""


class Asking:
    """Through the endpoint's own address, which splits the traffic; else by a deployment's port."""

    def __init__(self, driver: LocalDriver, score: Score) -> None:
        self._driver = driver
        self._score = score

    def ask(
        self, name: str, deployment: str | None, request: scoring.Request, timeout: float
    ) -> Answered:
        """Raises NotFoundError, ScoringError; an answer with an error status is an answer."""
        possible = self._possible(name, deployment)
        address = self._driver.address(name)
        if address is None:
            return self._directly(possible, request, timeout)
        if deployment:
            headers = {**request.headers, scoring.DEPLOYMENT: deployment}
            request = replace(request, headers=headers)
        return self._through(address.scoring_uri, possible, request, timeout)

    def find(self, name: str, deployment: str) -> Instance | None:
        instances = self._driver.promoted(name)
        return next((each for each in instances if each.deployment == deployment), None)

    def instance(self, name: str, deployment: str) -> Instance:
        """Raises NotFoundError."""
        found = self.find(name, deployment)
        if found is None:
            raise self.missing(name, deployment)
        return found

    def missing(self, name: str, deployment: str) -> NotFoundError:
        """The endpoint's absence, raised, says more than the deployment's."""
        self._driver.existing(name)
        return NotFoundError(f"Local endpoint {name} has no deployment {deployment}.")

    def _possible(self, name: str, deployment: str | None) -> Shares:
        if deployment:
            return [(self.instance(name, deployment), 100)]
        return _by_traffic(self._driver.existing(name), self._driver.promoted(name))

    def _directly(self, possible: Shares, request: scoring.Request, timeout: float) -> Answered:
        """One of the deployments, as often as its share of the traffic says."""
        instances, weights = zip(*possible, strict=True)
        instance = random.choices(instances, weights=weights)[0]
        uri = records.scoring_uri(instance)
        if uri is None:
            raise scoring_errors.not_serving(self._driver.runtime, instance)
        answer = self._asked(uri, [instance], request, timeout)
        by = {scoring.DEPLOYMENT: instance.deployment}
        return instance, replace(answer, headers={**answer.headers, **by})

    def _through(
        self, uri: str, possible: Shares, request: scoring.Request, timeout: float
    ) -> Answered:
        instances = [each for each, _ in possible]
        answer = self._asked(uri, instances, request, timeout)
        by = [each for each in instances if each.deployment == answer.deployment]
        if OWN_ANSWER in answer.headers:
            raise self._unanswered(by, ScoringError(answer.message))
        return (by or instances)[0], answer

    def _asked(
        self, uri: str, possible: list[Instance], request: scoring.Request, timeout: float
    ) -> scoring.Answer:
        try:
            return self._score(uri, request, timeout=timeout, proxies=False)
        except ScoringError as error:
            raise self._unanswered(possible, error) from error

    def _unanswered(self, possible: list[Instance], error: ScoringError) -> ScoringError:
        """Of several, nobody knows which one was asked."""
        if len(possible) != 1:
            return error
        return scoring_errors.unanswered(self._driver.runtime, possible[0], error)


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
