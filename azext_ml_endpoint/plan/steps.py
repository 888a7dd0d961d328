"""A step is one change, as data, with its reason. A plan is steps in a safe order.

``key`` names the step within its plan; ``after`` holds the keys of the steps that must have
succeeded before. Steps that do not wait for each other may run side by side. What there is to say
of a kind of step stands on it; :data:`Step` is the union of all kinds, so that a ``match`` over one
that forgets a kind is a type error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, NoReturn, TypeAlias

from azext_ml_endpoint.document.model import (
    Code,
    Data,
    Deployment,
    Endpoint,
    Environment,
    Model,
)
from azext_ml_endpoint.plan import render
from azext_ml_endpoint.plan.own_tags import Changes

Content: TypeAlias = Model | Code | Environment
"""An asset with content of its own, by which it is known."""
Asset: TypeAlias = Content | Data


def registration_key(asset: Asset) -> str:
    """The key of the step that registers an asset, for the steps that wait for it."""
    return f"{type(asset).__name__.lower()} {asset.digest}"


@dataclass(frozen=True, kw_only=True)
class _Step:
    """``reason`` completes the sentence "because …": ``code changed``, ``it does not exist``.

    verb and subject are for programs, title is for people. waits_for_proof: it would take requests
    away from what serves, and so comes once the new deployments are proven.
    """

    verb: ClassVar[str]
    subject: ClassVar[str]
    waits_for_proof: ClassVar[bool] = False

    reason: str
    after: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        raise NotImplementedError

    @property
    def title(self) -> str:
        """What it does, without its reason."""
        raise NotImplementedError

    @property
    def line(self) -> str:
        """With its reason: ``update deployment blue: code changed``."""
        return f"{self.title}: {self.reason}"


# Assets


@dataclass(frozen=True, kw_only=True)
class _Registration(_Step):
    verb = "register"

    @property
    def asset(self) -> Asset:
        raise NotImplementedError

    @property
    def key(self) -> str:
        return registration_key(self.asset)


@dataclass(frozen=True, kw_only=True)
class RegisterModel(_Registration):
    subject = "model"
    model: Model

    @property
    def asset(self) -> Model:
        return self.model

    @property
    def title(self) -> str:
        return f"register model {self.model.name}:{self.model.version}"


@dataclass(frozen=True, kw_only=True)
class RegisterCode(_Registration):
    subject = "code"
    code: Code

    @property
    def asset(self) -> Code:
        return self.code

    @property
    def title(self) -> str:
        return f"register code {self.code.path.name}"


@dataclass(frozen=True, kw_only=True)
class RegisterEnvironment(_Registration):
    subject = "environment"
    environment: Environment

    @property
    def asset(self) -> Environment:
        return self.environment

    @property
    def title(self) -> str:
        return f"make environment {render.label(self.environment)}"


@dataclass(frozen=True, kw_only=True)
class RegisterData(_Registration):
    """Where a collection goes. Nothing of it is on this machine."""

    subject = "data"
    data: Data

    @property
    def asset(self) -> Data:
        return self.data

    @property
    def title(self) -> str:
        return f"register data {self.data.name}:{self.data.version}"


# The endpoint


@dataclass(frozen=True, kw_only=True)
class EndpointStep(_Step):
    """kept: what changes in the same write of what the tool keeps there."""

    subject = "endpoint"
    endpoint: Endpoint
    kept: Changes = field(default_factory=dict)

    @property
    def endpoint_name(self) -> str:
        return self.endpoint.name

    @property
    def key(self) -> str:
        return "endpoint"

    @property
    def title(self) -> str:
        return f"{self.verb} endpoint {self.endpoint.name}"


@dataclass(frozen=True, kw_only=True)
class CreateEndpoint(EndpointStep):
    verb = "create"


@dataclass(frozen=True, kw_only=True)
class UpdateEndpoint(EndpointStep):
    """Writes description, tags and properties; traffic has a step of its own."""

    verb = "update"


@dataclass(frozen=True, kw_only=True)
class SetTraffic(_Step):
    """``traffic`` maps each deployment to its percentage; one that is absent gets none.

    ``mirror`` is likewise of the requests that are sent to a deployment as well; None leaves that
    as it is. ``kept`` changes in the same write, ``holds`` is its condition: see :class:`Keep`.
    """

    verb = "set"
    subject = "traffic"
    waits_for_proof = True
    endpoint_name: str
    traffic: Mapping[str, int]
    mirror: Mapping[str, int] | None = None
    kept: Changes = field(default_factory=dict)
    holds: Changes = field(default_factory=dict)

    @property
    def key(self) -> str:
        return "traffic"

    @property
    def title(self) -> str:
        return f"set traffic to {render.split(self.traffic, self.mirror or {})}"


@dataclass(frozen=True, kw_only=True)
class Keep(_Step):
    """Changes what the tool keeps on the endpoint: :mod:`.own_tags`. A value of None removes.

    holds: what must be kept there when it is written, None for nothing; see
    :func:`.own_tags.require`.
    """

    verb = "note"
    subject = "endpoint"
    waits_for_proof = True
    endpoint_name: str
    kept: Changes
    holds: Changes = field(default_factory=dict)

    @property
    def key(self) -> str:
        return "keep"

    @property
    def title(self) -> str:
        return f"note {', '.join(self.kept)} on {self.endpoint_name}"


@dataclass(frozen=True, kw_only=True)
class DeleteEndpoint(_Step):
    """One that serves is deleted only where nothing else is asked for."""

    verb = "delete"
    subject = "endpoint"
    endpoint_name: str

    @property
    def key(self) -> str:
        return "delete endpoint"

    @property
    def title(self) -> str:
        return f"delete endpoint {self.endpoint_name}"


# Its deployments


@dataclass(frozen=True, kw_only=True)
class DeploymentStep(_Step):
    """The deployment is what is wanted."""

    subject = "deployment"
    endpoint_name: str
    deployment: Deployment

    @property
    def key(self) -> str:
        return f"deployment {self.deployment.name}"

    @property
    def title(self) -> str:
        return f"{self.verb} deployment {self.deployment.name}"


@dataclass(frozen=True, kw_only=True)
class CreateDeployment(DeploymentStep):
    """``like``: the deployment whose place it takes, and of which it has what is not said."""

    verb = "create"
    like: str | None = None


@dataclass(frozen=True, kw_only=True)
class UpdateDeployment(DeploymentStep):
    verb = "update"


@dataclass(frozen=True, kw_only=True)
class ScaleDeployment(DeploymentStep):
    """Changes the number of instances and nothing else."""

    verb = "scale"


@dataclass(frozen=True, kw_only=True)
class DeleteDeployment(_Step):
    verb = "delete"
    subject = "deployment"
    waits_for_proof = True
    endpoint_name: str
    deployment_name: str

    @property
    def key(self) -> str:
        return f"delete deployment {self.deployment_name}"

    @property
    def title(self) -> str:
        return f"delete deployment {self.deployment_name}"


Registration: TypeAlias = RegisterModel | RegisterCode | RegisterEnvironment | RegisterData
EndpointChange: TypeAlias = (
    CreateEndpoint
    | UpdateEndpoint
    | SetTraffic
    | Keep
    | DeleteEndpoint
    | CreateDeployment
    | UpdateDeployment
    | ScaleDeployment
    | DeleteDeployment
)
"""Of an endpoint: each has its name."""
Step: TypeAlias = Registration | EndpointChange


def never(step: NoReturn) -> NoReturn:
    """The end of every ``match`` over steps: a kind that is forgotten there is a type error."""
    raise AssertionError(step)


@dataclass(frozen=True)
class Plan:
    """Steps such that each comes after all those it waits for."""

    steps: tuple[Step, ...] = ()

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)
