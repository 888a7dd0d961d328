"""A step is one change, as data, with its reason. A plan is steps in a safe order.

``key`` names the step within its plan; ``after`` holds the keys of the steps that must have
succeeded before. Steps that do not wait for each other may run side by side.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from azext_ml_endpoint.document.model import (
    Code,
    Deployment,
    Endpoint,
    Environment,
    Model,
)
from azext_ml_endpoint.plan.own_tags import Changes

Asset: TypeAlias = Model | Code | Environment


def registration_key(asset: Asset) -> str:
    """The key of the step that registers an asset, for the steps that wait for it."""
    return f"{type(asset).__name__.lower()} {asset.digest}"


@dataclass(frozen=True, kw_only=True)
class Step:
    """``reason`` completes the sentence "because …": ``code changed``, ``it does not exist``."""

    reason: str
    after: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class RegisterModel(Step):
    model: Model

    @property
    def key(self) -> str:
        return registration_key(self.model)


@dataclass(frozen=True, kw_only=True)
class RegisterCode(Step):
    code: Code

    @property
    def key(self) -> str:
        return registration_key(self.code)


@dataclass(frozen=True, kw_only=True)
class RegisterEnvironment(Step):
    environment: Environment

    @property
    def key(self) -> str:
        return registration_key(self.environment)


@dataclass(frozen=True, kw_only=True)
class CreateEndpoint(Step):
    endpoint: Endpoint
    kept: Changes = field(default_factory=dict)

    @property
    def key(self) -> str:
        return "endpoint"


@dataclass(frozen=True, kw_only=True)
class UpdateEndpoint(Step):
    """Writes description, tags and properties; traffic has a step of its own."""

    endpoint: Endpoint
    kept: Changes = field(default_factory=dict)

    @property
    def key(self) -> str:
        return "endpoint"


@dataclass(frozen=True, kw_only=True)
class CreateDeployment(Step):
    """``like``: the deployment whose place it takes, and of which it has what is not said."""

    endpoint_name: str
    deployment: Deployment
    like: str | None = None

    @property
    def key(self) -> str:
        return f"deployment {self.deployment.name}"


@dataclass(frozen=True, kw_only=True)
class UpdateDeployment(Step):
    endpoint_name: str
    deployment: Deployment

    @property
    def key(self) -> str:
        return f"deployment {self.deployment.name}"


@dataclass(frozen=True, kw_only=True)
class ScaleDeployment(Step):
    """Changes the number of instances and nothing else; the deployment is what is wanted."""

    endpoint_name: str
    deployment: Deployment

    @property
    def key(self) -> str:
        return f"deployment {self.deployment.name}"


@dataclass(frozen=True, kw_only=True)
class SetTraffic(Step):
    """``traffic`` maps each deployment to its percentage; one that is absent gets none.

    ``kept`` changes in the same write, ``holds`` is its condition: see :class:`Keep`.
    """

    endpoint_name: str
    traffic: Mapping[str, int]
    kept: Changes = field(default_factory=dict)
    holds: Changes = field(default_factory=dict)

    @property
    def key(self) -> str:
        return "traffic"


@dataclass(frozen=True, kw_only=True)
class Keep(Step):
    """Changes what the tool keeps on the endpoint: :mod:`.own_tags`. A value of None removes.

    holds: what must be kept there when it is written, None for nothing; see
    :func:`.own_tags.require`.
    """

    endpoint_name: str
    kept: Changes
    holds: Changes = field(default_factory=dict)

    @property
    def key(self) -> str:
        return "keep"


@dataclass(frozen=True, kw_only=True)
class DeleteDeployment(Step):
    endpoint_name: str
    deployment_name: str

    @property
    def key(self) -> str:
        return f"delete deployment {self.deployment_name}"


@dataclass(frozen=True, kw_only=True)
class DeleteEndpoint(Step):
    endpoint_name: str

    @property
    def key(self) -> str:
        return "delete endpoint"


@dataclass(frozen=True)
class Plan:
    """Steps such that each comes after all those it waits for."""

    steps: tuple[Step, ...] = ()

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)
