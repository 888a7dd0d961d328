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
    Endpoint,
    Environment,
    InferenceConfig,
    Model,
    Reference,
    Route,
)
from azext_ml_endpoint.document.text_file import Unreadable, read_text
from azext_ml_endpoint.errors import UnsupportedError
from azext_ml_endpoint.local import records
from azext_ml_endpoint.local.runtime import EndpointRecord, Instance

_OWN = "local:"
_KEPT = tuple(key for key in KEYS if key not in {*ASSETS, "scoring_script"})


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
    assets: dict[str, Any] = {
        kind: _own_asset(kind, getattr(wanted, kind), instance) for kind in ASSETS
    }
    hidden = {
        name
        for name in instance.record.get("secrets", ())
        if wanted.environment_variables.get(name) == HIDDEN
    }
    values = {name: instance.variables[name] for name in hidden if name in instance.variables}
    return replace(
        wanted,
        **assets,
        environment_variables={**wanted.environment_variables, **values},
        secrets=wanted.secrets | hidden,
    )


def with_texts(deployment: Deployment, instance: Instance) -> Deployment:
    """Ready to be started in the instance's place.

    Raises UnsupportedError where the instance does not run (what it was given is lost with it),
    or where what its environment or its model was made of is no longer there.
    """
    if instance.state != "running":
        raise _needs_file(deployment, f"it does not run: {records.trouble(instance)}")
    model, environment = deployment.model, deployment.environment
    if isinstance(model, Model) and model.path and not model.path.exists():
        raise _needs_file(deployment, f"its model {model.path} is gone")
    own = instance.record.get("aspects", {}).get("environment")
    if isinstance(environment, Environment) and environment.digest == own:
        environment = read(environment)
        if environment.digest != own:
            raise _needs_file(deployment, "the files of its environment have changed or are gone")
    return replace(deployment, environment=environment)


def _document(shown: Mapping[str, Any], instance: Instance) -> dict[str, Any]:
    """The inputs of one deployment, as far as they are not shown already."""
    aspects = instance.record.get("aspects", {})
    inputs = {key: aspects.get(key) for key in _KEPT}
    names = {kind: _OWN + digest for kind in ASSETS if (digest := _digest(kind, aspects))}
    if "code" in names:
        code = {
            "code": f"azureml:{names.pop('code')}",
            "scoring_script": aspects.get("scoring_script"),
        }
        inputs["code_configuration"] = code
    return {
        **inputs,
        **{kind: f"azureml:{name}" for kind, name in names.items()},
        "environment_variables": shown["environment_variables"],
    }


def _digest(kind: str, aspects: Mapping[str, Any]) -> str:
    """Of an asset that the instance has; empty where it has none."""
    kept = aspects.get(kind) or ""
    return str(kept.get("digest", "") if isinstance(kept, Mapping) else kept)


def _own_asset(
    kind: str, asset: Model | Code | Environment | Reference | None, instance: Instance
) -> Model | Code | Environment | Reference | None:
    digest = _digest(kind, instance.record.get("aspects", {}))
    if not isinstance(asset, Reference) or asset.text != _OWN + digest:
        return asset
    return own_asset(kind, instance)


def own_asset(kind: str, instance: Instance) -> Model | Code | Environment | None:
    """What the instance runs on; None where it has none of that kind.

    Raises UnsupportedError where what is remembered of it is not all there.
    """
    digest = _digest(kind, instance.record.get("aspects", {}))
    if not digest:
        return None
    if kind == "code":
        return Code(path=Path(_kept(instance, "code_folder")), digest=digest)
    if kind == "model":
        path = _kept(instance, "shown", "model", "path")
        said = {"name": instance.deployment, "version": "1", **instance.record["shown"]["model"]}
        return Model(**{**said, "path": Path(path), "digest": digest})
    return _environment(_kept(instance, "shown", "environment"), instance.record, digest)


def _kept(instance: Instance, *keys: str) -> Any:
    found: Any = instance.record
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    if found is None:
        raise UnsupportedError(
            f"What is remembered of deployment {instance.deployment} has no {'.'.join(keys)}.",
            "Give its own file: az ml endpoint update --local -f FILE.",
        )
    return found


def _environment(shown: Mapping[str, Any], record: Mapping[str, Any], digest: str) -> Environment:
    config = record.get("aspects", {}).get("inference_config")
    routes = {key: Route(**route) for key, route in config.items()} if config else None
    return Environment(
        name=shown.get("name"),
        version=shown.get("version"),
        image=shown.get("image"),
        conda_path=_path(shown.get("conda_path")),
        dockerfile_path=_path(shown.get("dockerfile_path")),
        context=_path(record.get("context")),
        inference_config=InferenceConfig(**routes) if routes else None,
        digest=digest,
    )


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


def read(environment: Environment) -> Environment:
    """With the texts of its files, and the digest that follows from them."""
    read = replace(
        environment,
        conda_file=_text(environment.conda_path),
        dockerfile=_text(environment.dockerfile_path),
    )
    stub = Endpoint(name="own", deployments=(Deployment(name="own", environment=read),))
    (identified,) = content.identify(stub).deployments
    assert isinstance(identified.environment, Environment)
    return identified.environment


def _text(file: Path | None) -> str | None:
    """None for what cannot be read: the digest will tell."""
    try:
        return read_text(file) if file else None
    except Unreadable:
        return None


def _needs_file(deployment: Deployment, why: str) -> UnsupportedError:
    return UnsupportedError(
        f"Deployment {deployment.name} cannot be made again without its file: {why}.",
        "Change the file, and give it: az ml endpoint update --local -f FILE.",
    )
