"""A deployment again, from what is remembered of it: for changes that come without its file.

The document of a running deployment names its own model, code and environment as
``azureml:local:<digest>``. What still says so after an edit stands for what the instance runs
on: the model's path, the snapshot of the code, the environment that was made for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from azext_ml_endpoint import content
from azext_ml_endpoint.document.model import (
    ASSETS,
    HIDDEN,
    KEYS,
    Code,
    Deployment,
    Environment,
    Model,
    Reference,
)
from azext_ml_endpoint.document.text_file import Unreadable, read_text
from azext_ml_endpoint.errors import UnsupportedError
from azext_ml_endpoint.local import no_code, records
from azext_ml_endpoint.local.remembered import recalled
from azext_ml_endpoint.local.runtime import EndpointRecord, Instance
from azext_ml_endpoint.plan.aspects import aspects

_OWN = "local:"
_INPUTS = tuple(key for key in KEYS if key not in {*ASSETS, "scoring_script"})
Asset = Model | Code | Environment | Reference | None


class Lost(Exception):
    """Not all of what an instance runs on is there any more. Its text says what is not."""


def document(record: EndpointRecord, instances: Iterable[Instance]) -> dict[str, Any]:
    """What `show` prints, with all that the file said of the deployments; no secret's value."""
    present = list(instances)
    shown = records.dump(record, present)
    deployments = zip(shown["deployments"], present, strict=True)
    return {**shown, "deployments": [{**a, **_document(a, b)} for a, b in deployments]}


def own_assets(wanted: Deployment, instance: Instance) -> Deployment:
    """The instance's own assets and secrets in place of what stands for them.

    An environment has no texts yet: see :func:`with_texts`.
    """
    there, said = recalled(instance), wanted.environment_variables
    hidden = {name for name in there.secrets if said.get(name) == HIDDEN}
    values = {name: there.environment_variables.get(name, HIDDEN) for name in hidden}
    assets: dict[str, Any] = {
        kind: _own_asset(getattr(wanted, kind), getattr(there, kind)) for kind in ASSETS
    }
    return replace(
        wanted,
        **assets,
        environment_variables={**said, **values},
        secrets=wanted.secrets | hidden,
    )


def with_texts(deployment: Deployment, instance: Instance) -> Deployment:
    """Ready to be started in the instance's place.

    Raises UnsupportedError where the instance does not run (what it was given is lost with it),
    or where what its environment or its model was made of is no longer there.
    """
    try:
        return whole(deployment, instance)
    except Lost as lost:
        raise UnsupportedError(
            f"Deployment {deployment.name} cannot be made again without its file: {lost}.",
            "Change the file, and give it: az ml endpoint update --local -f FILE.",
        ) from lost


def whole(deployment: Deployment, instance: Instance) -> Deployment:
    """With the texts of the instance's own environment. What its model brings is not in it.

    Raises Lost.
    """
    if why := records.trouble(instance):
        raise Lost(why if instance.damage else f"it does not run: {why}")
    require(deployment.model)
    deployment = no_code.as_written(deployment)
    own, environment = recalled(instance).environment, deployment.environment
    if not isinstance(environment, Environment) or environment != own:
        return deployment
    read = _read(environment)
    if read.digest != environment.digest:
        raise Lost(
            "the conda packages or the Dockerfile of its environment are no longer what they "
            "were, or stood in the endpoint's file itself"
        )
    return replace(deployment, environment=read)


def require(asset: Asset) -> None:
    """Raises Lost where it is not on this machine any more."""
    if isinstance(asset, (Model, Code)) and not (asset.path and asset.path.exists()):
        raise Lost(f"its {type(asset).__name__.lower()} {asset.path or asset.name} is gone")


def _document(shown: Mapping[str, Any], instance: Instance) -> dict[str, Any]:
    """The inputs of one deployment, as far as they are not shown already."""
    there = recalled(instance)
    found = aspects(there)
    names = {kind: name for kind in ASSETS if (name := _stand_in(getattr(there, kind)))}
    assets: dict[str, Any] = {kind: f"azureml:{name}" for kind, name in names.items()}
    if code := assets.pop("code", None):
        script = there.scoring_script
        assets["code_configuration"] = {"code": code, "scoring_script": script}
    inputs = {key: found[key] for key in _INPUTS}
    return {**inputs, **assets, "environment_variables": shown["environment_variables"]}


def _stand_in(asset: Asset) -> str | None:
    if isinstance(asset, (Model, Code, Environment)) and asset.digest:
        return f"{_OWN}{asset.digest}"
    return None


def _own_asset(wanted: Asset, own: Asset) -> Asset:
    is_own = isinstance(wanted, Reference) and wanted.text == _stand_in(own)
    return own if is_own else wanted


def _read(environment: Environment) -> Environment:
    """With the texts of its files, and the digest that follows from them."""
    read = replace(
        environment,
        conda_file=_text(environment.conda_path),
        dockerfile=_text(environment.dockerfile_path),
    )
    identified: Environment = content.identify_assets({"environment": read})["environment"]
    return identified


def _text(file: Path | None) -> str | None:
    """None for what cannot be read: the digest will tell."""
    try:
        return read_text(file) if file else None
    except Unreadable:
        return None
