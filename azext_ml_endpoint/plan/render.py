"""Steps in words."""

from __future__ import annotations

from collections.abc import Mapping

from azext_ml_endpoint.document.model import Environment
from azext_ml_endpoint.plan.steps import (
    CreateDeployment,
    CreateEndpoint,
    DeleteDeployment,
    DeleteEndpoint,
    RegisterCode,
    RegisterEnvironment,
    RegisterModel,
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
    match step:
        case RegisterModel(model=model):
            return f"register model {model.name}:{model.version}"
        case RegisterCode(code=code):
            return f"register code {code.path.name}"
        case RegisterEnvironment(environment=environment):
            return f"make environment {label(environment)}"
        case CreateEndpoint(endpoint=endpoint):
            return f"create endpoint {endpoint.name}"
        case UpdateEndpoint(endpoint=endpoint):
            return f"update endpoint {endpoint.name}"
        case CreateDeployment(deployment=deployment):
            return f"create deployment {deployment.name}"
        case UpdateDeployment(deployment=deployment):
            return f"update deployment {deployment.name}"
        case SetTraffic(traffic=traffic):
            return f"set traffic to {shares(traffic)}"
        case DeleteDeployment(deployment_name=name):
            return f"delete deployment {name}"
        case DeleteEndpoint(endpoint_name=name):
            return f"delete endpoint {name}"
        case _:
            raise NotImplementedError(type(step))


def label(environment: Environment) -> str:
    """A name for an environment that may have none."""
    return environment.name or environment.digest[:12]


def shares(traffic: Mapping[str, int]) -> str:
    """``blue 90 %, green 10 %``, or ``nothing``."""
    return ", ".join(f"{name} {share} %" for name, share in traffic.items()) or "nothing"
