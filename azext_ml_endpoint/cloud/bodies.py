"""ARM's bodies of one endpoint, as far as a command has seen them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from azext_ml_endpoint.cloud.arm.paths import endpoint_path
from azext_ml_endpoint.cloud.contract import Arm, Json, Response
from azext_ml_endpoint.cloud.wire import endpoint as wire
from azext_ml_endpoint.errors import MissingResourceError
from azext_ml_endpoint.plan.observed import ProvisioningState
from azext_ml_endpoint.side_by_side import answers

_ON_ITS_WAY = frozenset({"Creating", "Updating", "Scaling", "Deleting"})


@dataclass(frozen=True)
class Bodies:
    """``endpoint`` is None while there is none. ``deployments`` by name, in the service's order.

    What a finished operation has made true is known without asking again: the answer that began
    it has the whole resource.
    """

    endpoint: Json | None = None
    deployments: Mapping[str, Json] = field(default_factory=dict)

    def with_endpoint(self, body: Json, state: ProvisioningState = "Succeeded") -> Bodies:
        return replace(self, endpoint=_in_state(body, state))

    def with_deployment(
        self, name: str, body: Json, state: ProvisioningState = "Succeeded"
    ) -> Bodies:
        return replace(self, deployments={**self.deployments, name: _in_state(body, state)})

    def without_deployment(self, name: str) -> Bodies:
        left = {each: body for each, body in self.deployments.items() if each != name}
        return replace(self, deployments=left)


@dataclass(frozen=True, kw_only=True)
class Running:
    """An operation that somebody has begun and that has not ended.

    what: for people. url: its status monitor's, who: its author; None where the resource does
    not say it.
    """

    what: str
    resource: str
    url: str | None
    who: str | None = None


def read(arm: Arm, name: str) -> Bodies:
    """What is there, in two requests at once."""
    asking: list[Callable[[], Any]] = [
        partial(arm.find, endpoint_path(name)),
        partial(deployments, arm, name),
    ]
    endpoint, found = answers(asking)
    return Bodies(endpoint, {each["name"]: each for each in found} if endpoint else {})


def running(bodies: Bodies) -> Iterator[Running]:
    """The operations that are on their way, the endpoint's own first."""
    if bodies.endpoint and wire.state(bodies.endpoint) in _ON_ITS_WAY:
        yield _running(f"endpoint {bodies.endpoint['name']}", bodies.endpoint)
    for name, body in bodies.deployments.items():
        if wire.state(body) in _ON_ITS_WAY:
            yield _running(f"deployment {name}", body)


def whole(answer: Response, asked: Json, there: Json | None) -> Json:
    """The resource that an answer tells of; where it tells nothing, what was asked for."""
    if answer.body.get("properties") is not None:
        return answer.body
    before = there or {}
    properties = {**before.get("properties", {}), **asked.get("properties", {})}
    return {**before, **asked, "properties": properties}


def deployments(arm: Arm, name: str) -> list[Json]:
    """Those of an endpoint; none where there is no such endpoint, or no longer."""
    try:
        return arm.pages(f"{endpoint_path(name)}/deployments")
    except MissingResourceError:
        return []


def _running(what: str, body: Json) -> Running:
    """Who has begun it is known where it is being made: systemData names nobody else."""
    noted = body.get("properties", {}).get("properties") or {}
    is_new = wire.state(body) == "Creating"
    return Running(
        what=what,
        resource=body["id"],
        url=_text(noted.get("AzureAsyncOperationUri")),
        who=_text((body.get("systemData") or {}).get("createdBy")) if is_new else None,
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _in_state(body: Json, state: ProvisioningState) -> Json:
    return {**body, "properties": {**body.get("properties", {}), "provisioningState": state}}
