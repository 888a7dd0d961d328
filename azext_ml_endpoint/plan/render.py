"""Steps and plans in words: one line for progress, or a text with every change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from azext_ml_endpoint.document.model import Environment
from azext_ml_endpoint.plan.steps import (
    CreateDeployment,
    CreateEndpoint,
    DeleteDeployment,
    DeleteEndpoint,
    Keep,
    RegisterCode,
    RegisterEnvironment,
    RegisterModel,
    ScaleDeployment,
    SetTraffic,
    Step,
    UpdateDeployment,
    UpdateEndpoint,
)


def line(step: Step) -> str:
    """One step with its reason: ``update deployment blue: code changed``."""
    return f"{title(step)}: {step.reason}"


def title(step: Step) -> str:
    """What a step does, without its reason."""
    return _TITLES[type(step)](step)


def label(environment: Environment) -> str:
    """A name for an environment that may have none."""
    return environment.name or environment.digest[:12]


def shares(traffic: Mapping[str, int]) -> str:
    """``blue 90 %, green 10 %``, or ``nothing``."""
    return ", ".join(f"{name} {share} %" for name, share in traffic.items()) or "nothing"


_TITLES: dict[type[Step], Callable[[Any], str]] = {
    RegisterModel: lambda step: f"register model {step.model.name}:{step.model.version}",
    RegisterCode: lambda step: f"register code {step.code.path.name}",
    RegisterEnvironment: lambda step: f"make environment {label(step.environment)}",
    CreateEndpoint: lambda step: f"create endpoint {step.endpoint.name}",
    UpdateEndpoint: lambda step: f"update endpoint {step.endpoint.name}",
    CreateDeployment: lambda step: f"create deployment {step.deployment.name}",
    UpdateDeployment: lambda step: f"update deployment {step.deployment.name}",
    ScaleDeployment: lambda step: f"scale deployment {step.deployment.name}",
    SetTraffic: lambda step: f"set traffic to {shares(step.traffic)}",
    Keep: lambda step: f"note {', '.join(step.kept)} on {step.endpoint_name}",
    DeleteDeployment: lambda step: f"delete deployment {step.deployment_name}",
    DeleteEndpoint: lambda step: f"delete endpoint {step.endpoint_name}",
}
