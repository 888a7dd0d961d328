"""What a step becomes on the wire: a method, what it changes, and a body. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from azext_ml_endpoint.cloud.arm.paths import deployment_path, endpoint_path
from azext_ml_endpoint.cloud.bodies import Bodies
from azext_ml_endpoint.cloud.contract import Json
from azext_ml_endpoint.cloud.wire import deployment as deployments
from azext_ml_endpoint.cloud.wire import endpoint as endpoints
from azext_ml_endpoint.cloud.workspace import Workspace
from azext_ml_endpoint.plan import own_tags
from azext_ml_endpoint.plan.steps import (
    CreateDeployment,
    CreateEndpoint,
    DeleteDeployment,
    DeleteEndpoint,
    DeploymentStep,
    EndpointChange,
    EndpointStep,
    Keep,
    ScaleDeployment,
    SetTraffic,
    UpdateDeployment,
    UpdateEndpoint,
    never,
)


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a request is made of, beside its step.

    location: where an endpoint is made; "" while nobody has asked where the workspace is.
    bodies: ARM's, of what is there. ids: key of an asset's registration -> ARM id.
    """

    workspace: Workspace
    location: str = ""
    bodies: Bodies = field(default_factory=Bodies)
    ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Target:
    """What a request changes: an endpoint, or an aspect of it, or one of its deployments."""

    endpoint: str
    deployment: str | None = None
    aspect: str | None = None

    @property
    def path(self) -> str:
        """Below the workspace."""
        if self.deployment is None:
            return endpoint_path(self.endpoint)
        return deployment_path(self.endpoint, self.deployment)

    def __str__(self) -> str:
        if self.deployment is not None:
            return f"deployment {self.deployment}"
        return f"{self.aspect} of {self.endpoint}" if self.aspect else f"endpoint {self.endpoint}"


@dataclass(frozen=True, kw_only=True)
class Write:
    """body: {} for a DELETE."""

    method: Literal["PUT", "PATCH", "DELETE"]
    target: Target
    body: Json = field(default_factory=dict)


def target(step: EndpointChange) -> Target:
    match step:
        case EndpointStep() | DeleteEndpoint():
            return Target(step.endpoint_name)
        case SetTraffic():
            return Target(step.endpoint_name, aspect="traffic")
        case Keep():
            return Target(step.endpoint_name, aspect="notes")
        case DeploymentStep():
            return Target(step.endpoint_name, step.deployment.name)
        case DeleteDeployment():
            return Target(step.endpoint_name, step.deployment_name)
        case _:
            never(step)


def compose(step: EndpointChange, known: Known) -> Write:
    """The least that makes the step true: a PATCH where ARM has one for it.

    Raises Overtaken where what a step holds on to is there no longer.
    """
    match step:
        case UpdateEndpoint() if endpoints.only_tags_differ(_there(known), step.endpoint):
            tags = endpoints.tags(_there(known), step.endpoint, step.kept)
            return Write(method="PATCH", target=target(step), body={"tags": tags})
        case Keep():
            own_tags.require(_there(known).get("tags") or {}, step.holds, step.endpoint_name)
            tags = endpoints.keeping(_there(known), step.kept)
            return Write(method="PATCH", target=target(step), body={"tags": tags})
        case ScaleDeployment():
            body = deployments.scaled(step.deployment)
            return Write(method="PATCH", target=target(step), body=body)
        case DeleteDeployment() | DeleteEndpoint():
            return Write(method="DELETE", target=target(step))
        case _:
            return Write(method="PUT", target=target(step), body=whole(step, known))


def whole(
    step: CreateEndpoint
    | UpdateEndpoint
    | SetTraffic
    | CreateDeployment
    | UpdateDeployment
    | ScaleDeployment,
    known: Known,
) -> Json:
    """The body of the PUT that makes a step true: the whole resource.

    Raises as :func:`compose`.
    """
    match step:
        case CreateEndpoint() if known.bodies.endpoint is None:
            return endpoints.created(step.endpoint, known.workspace, known.location, step.kept)
        case CreateEndpoint() | UpdateEndpoint():  # another command may have made it meanwhile
            return endpoints.changed(_there(known), step.endpoint, step.kept)
        case SetTraffic():
            own_tags.require(_there(known).get("tags") or {}, step.holds, step.endpoint_name)
            return endpoints.with_traffic(_there(known), step.traffic, step.kept, step.mirror)
        case CreateDeployment() | UpdateDeployment() | ScaleDeployment():
            return _deployment(step, known)
        case _:
            never(step)


def followed(known: Known, write: Write) -> Known:
    """What is known once the resource that a PUT says is there."""
    name, bodies = write.target.deployment, known.bodies
    if name is None:
        return replace(known, bodies=bodies.with_endpoint(write.body))
    return replace(known, bodies=bodies.with_deployment(name, write.body))


def _deployment(step: CreateDeployment | UpdateDeployment | ScaleDeployment, known: Known) -> Json:
    """One that takes another's place has of it what the document does not say."""
    there, endpoint = known.bodies.deployments, _there(known)
    like = step.like if isinstance(step, CreateDeployment) else None
    model = there.get(step.deployment.name) or there.get(like or "")
    kind = endpoints.kind(endpoint)
    return deployments.body(step.deployment, kind, endpoint["location"], known.ids, model)


def _there(known: Known) -> Json:
    return known.bodies.endpoint or {}
