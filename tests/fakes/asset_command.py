"""What one command does with assets: a real Assets on a simulated workspace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from azext_ml_endpoint import content
from azext_ml_endpoint.cloud.assets.datastores import Datastores
from azext_ml_endpoint.cloud.assets.registration import Assets, Resolved
from azext_ml_endpoint.document.model import Code, Deployment, Model
from azext_ml_endpoint.plan import planner
from azext_ml_endpoint.plan.steps import (
    Asset,
    RegisterCode,
    RegisterEnvironment,
    RegisterModel,
    registration_key,
)
from tests.fakes.builders import endpoint
from tests.fakes.cloud_world import CloudWorld
from tests.fakes.simulated_arm import WORKSPACE, StaticCredential, simulated_arm

IMAGE = "mcr.microsoft.com/azureml/base:1"
CONDA = "# packages\nname: env\ndependencies: [python=3.10]\n"


@dataclass
class Command:
    """What one command does, from an identified document to registered assets."""

    world: CloudWorld
    used: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        token = self.world.simulator.tokens.issue("https://management.azure.com", 1e9)
        arm = simulated_arm(self.world.handle, credential=StaticCredential(token))
        blobs, report = self.world.blobs, self.world.report
        self.assets = Assets(arm, blobs, Datastores(arm), WORKSPACE, report)

    def resolve(self, *deployments: Deployment) -> Resolved:
        return self.assets.resolve(content.identify(endpoint(*deployments)), self.used)

    def register(self, *deployments: Deployment) -> list[str]:
        """The ids of what was missing, which are those that were foretold."""
        resolved = self.resolve(*deployments)
        missing = [
            each
            for each in planner.assets(resolved.endpoint)
            if each.digest not in resolved.registered
        ]
        made = [self.assets.register(step_for(each)) for each in missing]
        assert made == [resolved.ids[registration_key(each)] for each in missing]
        return made


def step_for(asset: Asset) -> RegisterModel | RegisterCode | RegisterEnvironment:
    if isinstance(asset, Model):
        return RegisterModel(reason="", model=asset)
    if isinstance(asset, Code):
        return RegisterCode(reason="", code=asset)
    return RegisterEnvironment(reason="", environment=asset)


def only(**asset: Any) -> Deployment:
    return Deployment(name="blue", **asset)


def properties(world: CloudWorld, asset_id: str) -> dict[str, Any]:
    found: dict[str, Any] = world.body(asset_id.removeprefix(f"{WORKSPACE.id}/"))["properties"]
    return found
