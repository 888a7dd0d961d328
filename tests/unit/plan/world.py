"""An endpoint in memory, where every step takes its time, and which admits nothing unsafe.

A step has a beginning and an end; between them nothing may rely on it. One that has begun and does
not end leaves something that does not serve, as it would in Azure or on this machine.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from azext_ml_endpoint.document.model import Deployment, Endpoint, Identity
from azext_ml_endpoint.plan import own_tags
from azext_ml_endpoint.plan.aspects import lasting
from azext_ml_endpoint.plan.memory import next_of_deployment
from azext_ml_endpoint.plan.observed import ObservedEndpoint
from azext_ml_endpoint.plan.own_tags import Changes
from azext_ml_endpoint.plan.planner import assets
from azext_ml_endpoint.plan.steps import (
    CreateDeployment,
    CreateEndpoint,
    DeleteDeployment,
    Keep,
    RegisterCode,
    RegisterData,
    RegisterEnvironment,
    RegisterModel,
    ScaleDeployment,
    SetTraffic,
    Step,
    UpdateDeployment,
    UpdateEndpoint,
)
from tests.fakes.builders import observed, observed_deployment

FIXED = frozenset({"instance_type"})


class Unsafe(AssertionError):
    """A step that loses requests, or that the place refuses."""


@dataclass
class World:
    """``told``: what the endpoint itself is. ``broken`` deployments do not serve.

    said: by the names of deployments, what is remembered of the file that made them.

    troubled: the endpoint is being written, or its last write failed.
    """

    told: Endpoint | None = None
    deployments: dict[str, Deployment] = field(default_factory=dict)
    said: dict[str, dict[str, Any]] = field(default_factory=dict)
    traffic: dict[str, int] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    registered: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    troubled: bool = False

    def copy(self) -> World:
        return replace(self, **{name: copy.copy(value) for name, value in vars(self).items()})

    def observe(self) -> ObservedEndpoint | None:
        if self.told is None:
            return None
        return observed(
            *(
                replace(
                    observed_deployment(each, "it is down" if each.name in self.broken else None),
                    said=self.said.get(each.name, {}),
                )
                for each in self.deployments.values()
            ),
            auth_mode=self.told.auth_mode or "key",
            description=self.told.description,
            tags=self.told.tags,
            properties=self.told.properties,
            kept=dict(self.kept),
            traffic=dict(self.traffic),
            lasting=settled(self.told),
            trouble="its last operation failed" if self.troubled else None,
        )

    def apply(self, step: Step) -> None:
        self.begin(step)
        self.end(step)

    def begin(self, step: Step) -> None:
        match step:
            case CreateEndpoint() | UpdateEndpoint():
                self._write_endpoint(step)
            case CreateDeployment() | UpdateDeployment():
                self._deploy(step)
            case ScaleDeployment(deployment=wanted):
                self._scale(wanted)
            case SetTraffic():
                self._set_traffic(step)
            case Keep():
                self._touch(step.kept)
            case DeleteDeployment(deployment_name=name):
                require(name in self.deployments, "deleted, but not there")
                require(not self.traffic.get(name), "deleted while it receives traffic")
                self.broken.add(name)
            case RegisterModel() | RegisterCode() | RegisterEnvironment() | RegisterData():
                require(step.key.split()[1] not in self.registered, "registered again")
            case _:
                raise Unsafe(step)

    def end(self, step: Step) -> None:
        match step:
            case RegisterModel(model=asset):
                self.registered.add(asset.digest)
            case RegisterCode(code=asset):
                self.registered.add(asset.digest)
            case RegisterData(data=asset):
                self.registered.add(asset.digest)
            case RegisterEnvironment(environment=asset):
                self.registered.add(asset.digest)
            case CreateDeployment() | UpdateDeployment() | ScaleDeployment():
                self.broken.discard(step.deployment.name)
            case DeleteDeployment(deployment_name=name):
                require(not self.traffic.get(name), "deleted while it receives traffic")
                del self.deployments[name]
                self.said.pop(name, None)
                self.broken.discard(name)
            case _:
                self.troubled = False

    def _write_endpoint(self, step: CreateEndpoint | UpdateEndpoint) -> None:
        wanted = replace(step.endpoint, deployments=(), traffic=None)
        if self.told is None:
            require(isinstance(step, CreateEndpoint), "updated, but not there")
        else:
            require(isinstance(step, UpdateEndpoint), "created, but there")
            known = settled(self.told)
            changed = [name for name in lasting(wanted) if lasting(wanted)[name] != known[name]]
            require(not changed, f"cannot be changed: {changed}")
        self.told, self.troubled = with_document(self.told, wanted), True
        self._keep(step.kept)

    def _deploy(self, step: CreateDeployment | UpdateDeployment) -> None:
        wanted = step.deployment
        there = self.deployments.get(wanted.name)
        self._require_endpoint()
        require((there is None) is isinstance(step, CreateDeployment), "created, or updated?")
        needed = {asset.digest for asset in assets(Endpoint(name="", deployments=(wanted,)))}
        require(needed <= self.registered, "deployed without its assets")
        if there is not None:
            same = all(getattr(there, name) == getattr(wanted, name) for name in FIXED)
            require(same, "changed what cannot be changed")
        like = self.deployments.get((isinstance(step, CreateDeployment) and step.like) or "")
        self.deployments[wanted.name] = with_deployment(there or like, wanted)
        self.said[wanted.name] = next_of_deployment(wanted, self.said.get(wanted.name, {}))
        self.broken.add(wanted.name)

    def _scale(self, wanted: Deployment) -> None:
        there = self.deployments[wanted.name]
        self._require_endpoint()
        require(wanted.name not in self.broken, "scaled while it does not serve")
        scaled = replace(there, scale_settings=wanted.scale_settings)
        require(scaled == with_deployment(there, wanted), "scaled, and changed beside that")
        self.deployments[wanted.name] = scaled
        self.broken.add(wanted.name)

    def _set_traffic(self, step: SetTraffic) -> None:
        for name, share in step.traffic.items():
            if share > self.traffic.get(name, 0):
                require(name in self.deployments, f"traffic to {name}, which is not there")
                require(name not in self.broken, f"traffic to {name}, which is not ready")
        self._touch(step.kept)
        self.traffic = shares(step.traffic)

    def _touch(self, kept: Changes) -> None:
        self._require_endpoint()
        self.troubled = True
        self._keep(kept)

    def _keep(self, kept: Changes) -> None:
        self.kept = own_tags.merged(self.kept, kept)

    def _require_endpoint(self) -> None:
        require(self.told is not None and not self.troubled, "the endpoint is not ready for it")


def require(safe: bool, otherwise: str) -> None:
    if not safe:
        raise Unsafe(otherwise)


def with_document(there: Endpoint | None, wanted: Endpoint) -> Endpoint:
    """What the endpoint itself becomes: what is said, and all else as it is."""
    if there is None:
        return replace(wanted, auth_mode=wanted.auth_mode or "key")
    gone = "description" in wanted.dropped
    return replace(
        there,
        auth_mode=wanted.auth_mode or there.auth_mode,
        description=wanted.description or (None if gone else there.description),
        tags=own_tags.changed(there.tags, wanted),
        properties={**there.properties, **wanted.properties},
    )


def with_deployment(there: Deployment | None, wanted: Deployment) -> Deployment:
    """The same of a deployment, whose assets and scale are always said."""
    made = replace(wanted, edited=False, dropped=frozenset())
    if there is None:
        return made
    gone = "description" in wanted.dropped
    return replace(
        made,
        description=wanted.description or (None if gone else there.description),
        tags=own_tags.changed(there.tags, wanted),
    )


def settled(told: Endpoint) -> dict[str, object]:
    """Azure makes an identity where the document does not speak of it."""
    identity = told.identity or Identity(type="system_assigned")
    return {"kind": told.kind, "identity": asdict(identity)}


def shares(traffic: Mapping[str, int]) -> dict[str, int]:
    return {name: share for name, share in traffic.items() if share}
