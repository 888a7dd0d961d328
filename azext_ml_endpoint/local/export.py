"""A local endpoint as the document that makes it, and who of its deployments receives traffic.

What is remembered of a deployment names its files, and has no text of them: what stood in the
endpoint's file itself is lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from azext_ml_endpoint.document.model import (
    PLAIN,
    SECTIONS,
    Code,
    Deployment,
    Endpoint,
    Environment,
    Model,
    Reference,
)
from azext_ml_endpoint.errors import UnsupportedError
from azext_ml_endpoint.local import records, restore
from azext_ml_endpoint.local.runtime import EndpointRecord, Instance
from azext_ml_endpoint.plan.idle import Tenancy, Tenant, instant


def endpoint(record: EndpointRecord, instances: Iterable[Instance]) -> Endpoint:
    """Raises UnsupportedError for a deployment whose document cannot be told any more."""
    said = record.properties
    target = str(said.get("target") or "").removeprefix("azureml:")
    shares = {name: share for name, share in (said.get("traffic") or {}).items() if share}
    return Endpoint(
        name=record.name,
        kind="kubernetes" if target else "managed",
        auth_mode=said.get("auth_mode", "key"),
        description=said.get("description"),
        tags=said.get("tags") or {},
        properties=said.get("properties") or {},
        traffic=shares or None,
        target=Reference(text=target, name=target) if target else None,
        deployments=tuple(_deployment(each) for each in instances),
    )


def tenancy(record: EndpointRecord, instances: Iterable[Instance]) -> Tenancy:
    """Of a local deployment it is known when it was started."""
    present = list(instances)
    there = records.observed(record, present)
    tenants = tuple(
        Tenant(
            name=each.name,
            state=each.provisioning_state,
            share=there.traffic.get(each.name, 0),
            created=instant(instance.started_at),
            changed=instant(instance.started_at),
            instance_type="local",
            instances=1,
        )
        for each, instance in zip(there.deployments, present, strict=True)
    )
    return Tenancy(tenants, there.kept)


def _deployment(instance: Instance) -> Deployment:
    if instance.state != "running":
        raise _untold(instance, f"it does not run: {records.trouble(instance)}")
    if instance.damage:
        raise _untold(instance, f"it is damaged: {instance.damage}")
    aspects = instance.record.get("aspects", {})
    sections = {name: aspects.get(name) for name in SECTIONS}
    kept = {name: aspects.get(name) for name in (*PLAIN, "tags", "properties")}
    return Deployment(
        name=instance.deployment,
        model=_model(instance),
        code=_code(instance),
        environment=_environment(instance),
        environment_variables=dict(instance.variables),
        secrets=frozenset(instance.record.get("secrets", ())),
        **{name: SECTIONS[name](**said) for name, said in sections.items() if said},
        **{name: said for name, said in kept.items() if said is not None},
    )


def _model(instance: Instance) -> Model | None:
    """One without a name has the deployment's, which makes no difference here."""
    model = restore.own_asset("model", instance)
    if not isinstance(model, Model):
        return None
    _require(instance, "model", model.path)
    is_default = (model.name, model.version) == (instance.deployment, "1")
    return replace(model, anonymous=is_default)


def _code(instance: Instance) -> Code | None:
    code = restore.own_asset("code", instance)
    if not isinstance(code, Code):
        return None
    _require(instance, "code", code.path)
    return code


def _environment(instance: Instance) -> Environment | None:
    made = restore.own_asset("environment", instance)
    if not isinstance(made, Environment):
        return None
    read = restore.read(made)
    if read.digest != made.digest:
        raise _untold(
            instance,
            "the conda packages or the Dockerfile of its environment are no longer what they "
            "were, or stood in the endpoint's file itself",
        )
    return read


def _require(instance: Instance, what: str, path: Path | None) -> None:
    if path and not path.exists():
        raise _untold(instance, f"its {what} {path} is gone")


def _untold(instance: Instance, why: str) -> UnsupportedError:
    return UnsupportedError(
        f"Deployment {instance.deployment} cannot be written as a file: {why}.",
        "Its own file is the best one; az ml endpoint show --local says what is known.",
    )
