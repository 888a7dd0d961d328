"""Data for tests: everything has a default, so that a test names only what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from azext_ml_endpoint.document.model import (
    ENDPOINT_KEYS,
    Code,
    Deployment,
    Endpoint,
    Environment,
    InferenceConfig,
    Model,
    Reference,
    Route,
)
from azext_ml_endpoint.plan import fit
from azext_ml_endpoint.plan.aspects import aspects, of_endpoint
from azext_ml_endpoint.plan.fit import Intent
from azext_ml_endpoint.plan.ground import Ground, Sight
from azext_ml_endpoint.plan.observed import ObservedDeployment, ObservedEndpoint
from azext_ml_endpoint.plan.planned import Planned, draw_up

EVERY_ASPECT = frozenset(aspects(Deployment(name="any")))

OWN_ROUTES = InferenceConfig(
    liveness_route=Route(port=8080, path="/live"),
    readiness_route=Route(port=8081, path="/ready"),
    scoring_route=Route(port=8080, path="/predict"),
)


def model(digest: str = "model-1", **changes: Any) -> Model:
    return Model(**{"name": "prices", "path": Path("/work/model.pkl"), "digest": digest, **changes})


def code(digest: str = "code-1", **changes: Any) -> Code:
    return Code(**{"path": Path("/work/onlinescoring"), "digest": digest, **changes})


def environment(digest: str = "environment-1", **changes: Any) -> Environment:
    return Environment(**{"image": "python:3.11", "digest": digest, **changes})


def reference(name: str = "prices") -> Reference:
    return Reference(text=f"{name}:1", name=name, version="1")


def deployment(name: str = "blue", **changes: Any) -> Deployment:
    """One with a model, a code folder and an environment."""
    content = {"model": model(), "code": code(), "environment": environment()}
    return Deployment(**{"name": name, "scoring_script": "score.py", **content, **changes})


def endpoint(*deployments: Deployment, **changes: Any) -> Endpoint:
    return Endpoint(**{"name": "houses", "deployments": deployments, **changes})


def observed(*deployments: ObservedDeployment, **changes: Any) -> ObservedEndpoint:
    """changes: of fields, or of the document's keys: those are aspects."""
    said = {key: changes.pop(key) for key in ENDPOINT_KEYS if key in changes}
    found = of_endpoint(Endpoint(name="houses", **{"auth_mode": "key", **said}))
    known = {"name": "houses", "provisioning_state": "Succeeded", "aspects": found}
    return ObservedEndpoint(**{**known, "deployments": deployments, **changes})


def observed_deployment(
    wanted: Deployment, trouble: str | None = None, **changes: Any
) -> ObservedDeployment:
    """What a driver reports once ``wanted`` was made true. changes: aspects that are others."""
    return ObservedDeployment(
        name=wanted.name,
        provisioning_state="Failed" if trouble else "Succeeded",
        aspects={**aspects(wanted), **changes},
        trouble=trouble,
    )


def write_files(folder: Path, files: Mapping[str, str]) -> Path:
    """A folder with these texts at these relative paths."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def planned(
    asked: Endpoint, there: ObservedEndpoint | None, ground: Ground, intent: Intent
) -> Planned:
    """What a file would come to, where a driver knows no more of it than the file says."""
    wanted = fit.adapt(asked, there, intent)
    return draw_up(Sight(asked=asked, wanted=wanted, there=there, ground=ground), intent)
