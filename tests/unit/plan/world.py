"""A world in which steps come true at once, and which admits no state that would lose requests."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from azext_ml_endpoint.document.model import Deployment, Endpoint
from azext_ml_endpoint.plan.observed import ObservedEndpoint
from azext_ml_endpoint.plan.planner import assets
from azext_ml_endpoint.plan.steps import (
    CreateDeployment,
    CreateEndpoint,
    DeleteDeployment,
    RegisterCode,
    RegisterEnvironment,
    RegisterModel,
    ScaleDeployment,
    SetTraffic,
    Step,
    UpdateDeployment,
    UpdateEndpoint,
)
from tests.fakes.builders import observed, observed_deployment


@dataclass
class World:
    """``told``: what the endpoint itself was made from. ``broken`` deployments do not serve."""

    told: Endpoint | None = None
    deployments: dict[str, Deployment] = field(default_factory=dict)
    traffic: dict[str, int] = field(default_factory=dict)
    registered: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)

    def observe(self) -> ObservedEndpoint | None:
        if self.told is None:
            return None
        return observed(
            *(
                observed_deployment(each, "it is down" if each.name in self.broken else None)
                for each in self.deployments.values()
            ),
            auth_mode=self.told.auth_mode,
            description=self.told.description,
            tags=self.told.tags,
            traffic=dict(self.traffic),
        )

    def apply(self, step: Step) -> None:
        match step:
            case RegisterModel(model=asset):
                self.registered.add(asset.digest)
            case RegisterCode(code=asset):
                self.registered.add(asset.digest)
            case RegisterEnvironment(environment=asset):
                self.registered.add(asset.digest)
            case CreateEndpoint(endpoint=endpoint):
                assert self.told is None
                self.told = endpoint
            case UpdateEndpoint(endpoint=endpoint):
                assert self.told is not None
                self.told = endpoint
            case CreateDeployment(deployment=deployment):
                assert deployment.name not in self.deployments
                self._deploy(deployment)
            case UpdateDeployment(deployment=deployment):
                assert deployment.name in self.deployments
                self._deploy(deployment)
            case ScaleDeployment(deployment=deployment):
                there = self.deployments[deployment.name]
                assert deployment.name not in self.broken, "scaled while it does not serve"
                assert replace(there, scale_settings=deployment.scale_settings) == deployment
                self.deployments[deployment.name] = deployment
            case SetTraffic(traffic=traffic):
                self.traffic = {name: share for name, share in traffic.items() if share}
            case DeleteDeployment(deployment_name=name):
                assert not self.traffic.get(name), "deleted while it receives traffic"
                del self.deployments[name]
                self.broken.discard(name)
            case _:
                raise AssertionError(step)
        assert set(self.traffic) <= set(self.deployments), "traffic to a deployment that is not"

    def _deploy(self, deployment: Deployment) -> None:
        assert self.told is not None, "deployed to an endpoint that is not"
        needed = {asset.digest for asset in assets(Endpoint(name="", deployments=(deployment,)))}
        assert needed <= self.registered, "deployed without its assets"
        self.deployments[deployment.name] = deployment
        self.broken.discard(deployment.name)
