"""What is remembered about local endpoints, and the two readings of it: observed state, output.

A record is JSON-able, holds no value of an environment variable, and no file's content.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

from azext_ml_endpoint.document.model import (
    ENDPOINT_KEYS,
    HIDDEN,
    PLAIN,
    SECTIONS,
    Code,
    Deployment,
    Endpoint,
    Environment,
    InferenceConfig,
    Model,
    Route,
)
from azext_ml_endpoint.errors import EndpointError, UnsupportedError
from azext_ml_endpoint.local.readiness import routes, uri
from azext_ml_endpoint.local.runtime import EndpointRecord, Instance
from azext_ml_endpoint.plan import memory, own_tags
from azext_ml_endpoint.plan.aspects import aspects, differences, of_endpoint
from azext_ml_endpoint.plan.observed import (
    ObservedDeployment,
    ObservedEndpoint,
    ProvisioningState,
)
from azext_ml_endpoint.plan.own_tags import NO_CHANGES, Changes

_SHOWN_AS_THEY_ARE = {*PLAIN, *SECTIONS, "tags", "properties"} - {"scoring_script"}
KEPT = "kept"
"""Where a record has what the tool keeps: :mod:`azext_ml_endpoint.plan.own_tags`."""


class DamagedError(EndpointError):
    """What is remembered of an endpoint cannot be read. It can be removed."""


def endpoint_record(
    endpoint: Endpoint, before: EndpointRecord | None = None, kept: Changes = NO_CHANGES
) -> EndpointRecord:
    """before: has the traffic, which a step of its own sets, what the tool keeps there, and all
    that the document does not speak of.

    kept: what changes of that; None removes.
    """
    known = before.properties if before else {}
    gone = endpoint.dropped
    return EndpointRecord(
        name=endpoint.name,
        properties={
            "auth_mode": endpoint.auth_mode or known.get("auth_mode", "key"),
            "description": endpoint.description
            or (None if "description" in gone else known.get("description")),
            "tags": own_tags.changed(known.get("tags") or {}, endpoint),
            "properties": {**(known.get("properties") or {}), **endpoint.properties},
            "traffic": dict(known.get("traffic") or {}),
            "mirror_traffic": known.get("mirror_traffic"),
            "target": endpoint.target and f"azureml:{endpoint.target.text}",
            KEPT: own_tags.merged(known.get(KEPT) or {}, kept),
        },
    )


def with_traffic(
    record: EndpointRecord,
    shares: Mapping[str, int],
    kept: Changes = NO_CHANGES,
    mirror: Mapping[str, int] | None = None,
) -> EndpointRecord:
    """mirror: None leaves it as it is."""
    mirrored = {} if mirror is None else {"mirror_traffic": dict(mirror)}
    return keeping(_with(record, traffic=dict(shares), **mirrored), kept)


def keeping(record: EndpointRecord, kept: Changes) -> EndpointRecord:
    """With such changes of what the tool keeps; None removes."""
    return _with(record, **{KEPT: own_tags.merged(record.properties.get(KEPT) or {}, kept)})


def _with(record: EndpointRecord, **changes: Any) -> EndpointRecord:
    return replace(record, properties={**record.properties, **changes})


def deployment_record(deployment: Deployment) -> dict[str, Any]:
    """``aspects`` for the planner, ``shown`` for people."""
    kept = aspects(deployment)
    del kept["environment_variables"]
    code = deployment.code if isinstance(deployment.code, Code) else None
    environment = deployment.environment
    context = environment.context if isinstance(environment, Environment) else None
    return {
        "aspects": kept,
        "secrets": sorted(deployment.secrets),
        "code_digest": code.digest if code else "",
        "code_folder": str(code.path) if code else "",
        "context": str(context) if context else "",
        "shown": _shown(deployment),
    }


def observed(record: EndpointRecord, instances: Iterable[Instance]) -> ObservedEndpoint:
    deployments = tuple(_observed_deployment(each) for each in instances)
    return ObservedEndpoint(
        name=record.name,
        provisioning_state=_endpoint_state(deployments),
        aspects=_aspects(record),
        kept=record.properties.get(KEPT) or {},
        traffic=record.properties.get("traffic") or {},
        mirror_traffic=record.properties.get("mirror_traffic") or {},
        deployments=deployments,
    )


def _aspects(record: EndpointRecord) -> dict[str, Any]:
    found = {key: record.properties.get(key) for key in ENDPOINT_KEYS}
    said = {key: value for key, value in found.items() if value is not None}
    return of_endpoint(Endpoint(name=record.name, **{"auth_mode": "key", **said}))


def changed(wanted: Deployment, instance: Instance) -> list[str]:
    """The names of the aspects in which the instance is not what is wanted."""
    there = _observed_deployment(instance)
    recalled = memory.recalled_deployment(wanted, there)
    return differences(recalled, there, frozenset(aspects(wanted)))


def dump(record: EndpointRecord, instances: Iterable[Instance]) -> dict[str, Any]:
    """What `show` prints: the 2021 output, with what only a local endpoint can tell."""
    present = list(instances)
    seen = observed(record, present)
    said = {key: value for key, value in record.properties.items() if value is not None}
    said.pop(KEPT, None)
    main = max(present, key=lambda each: seen.traffic.get(each.deployment, 0), default=None)
    return {
        "name": record.name,
        "type": "online",
        **said,
        "location": "local",
        "provisioning_state": seen.provisioning_state,
        "scoring_uri": main and scoring_uri(main),
        "deployments": [dump_deployment(each) for each in present],
    }


def dump_deployment(instance: Instance) -> dict[str, Any]:
    state = _observed_deployment(instance)
    return {
        "name": instance.deployment,
        **instance.record.get("shown", {}),
        "environment_variables": _shown_variables(instance),
        "instance_type": "local",
        "provisioning_state": state.provisioning_state,
        "state": instance.state,
        "port": _port(instance),
        "scoring_uri": scoring_uri(instance),
        "image": instance.image,
        "started_at": instance.started_at,
        "last_error": state.trouble,
    }


def damaged(record: EndpointRecord) -> DamagedError:
    """What to say of an endpoint that nobody can read any more."""
    return DamagedError(
        f"Local endpoint {record.name} is damaged: {record.damage}.",
        f"Remove it: az ml endpoint delete --local -n {record.name} --yes. Its file makes it anew.",
    )


def damage_of(instance: Instance) -> str:
    """Likewise of a deployment."""
    return (
        f"Deployment {instance.deployment} of local endpoint {instance.endpoint} is damaged: "
        f"{instance.damage}. az ml endpoint update --local with its file makes it anew; "
        f"az ml endpoint delete --local -n {instance.endpoint} -d {instance.deployment} --yes "
        "removes it."
    )


def scoring_uri(instance: Instance) -> str | None:
    return uri(instance, _routes(instance).scoring)


def environment_of(deployment: Deployment) -> Environment:
    """Raises UnsupportedError for a registered environment: nothing here can fetch it."""
    if isinstance(deployment.environment, Environment):
        return deployment.environment
    raise UnsupportedError(
        f"Deployment {deployment.name} has no environment that can be made on this machine.",
        "Give environment.docker.image and environment.conda_file in the file.",
    )


def _routes(instance: Instance) -> Any:
    config = instance.record.get("aspects", {}).get("inference_config")
    return routes(
        InferenceConfig(**{key: Route(**value) for key, value in config.items()})
        if config
        else None
    )


def _port(instance: Instance) -> int | None:
    return instance.ports.get(_routes(instance).scoring.port)


def _observed_deployment(instance: Instance) -> ObservedDeployment:
    reason = trouble(instance)
    kept = {
        **instance.record.get("aspects", {}),
        "environment_variables": dict(instance.variables),
    }
    return ObservedDeployment(
        name=instance.deployment,
        provisioning_state="Failed" if reason else "Succeeded",
        aspects=kept,
        secrets=frozenset(instance.record.get("secrets", ())),
        said=memory.of_deployment(kept),
        trouble=reason,
    )


def trouble(instance: Instance) -> str | None:
    """Why it does not serve, or cannot be relied on; None while it runs."""
    if instance.damage:
        return f"it is damaged: {instance.damage}"
    if instance.state == "running":
        return None
    if instance.error:
        return instance.error
    if instance.state == "exited" and instance.exit_code is not None:
        return f"it exited with code {instance.exit_code}"
    return f"it is {instance.state}"


def _endpoint_state(deployments: Iterable[ObservedDeployment]) -> ProvisioningState:
    states = {each.provisioning_state for each in deployments}
    return "Failed" if "Failed" in states else "Succeeded"


def _shown_variables(instance: Instance) -> dict[str, str]:
    secrets = instance.record.get("secrets", ())
    return {
        name: HIDDEN if name in secrets else value for name, value in instance.variables.items()
    }


def _shown(deployment: Deployment) -> dict[str, Any]:
    """The deployment as its file says it, without what is not said there."""
    model, code, environment = deployment.model, deployment.code, deployment.environment
    said = {
        "model": _present(
            model and asdict(model), "name", "version", "path", "description", "tags"
        ),
        "code_configuration": {
            "code": str(code.path) if isinstance(code, Code) else code and code.text,
            "scoring_script": deployment.scoring_script,
        },
        "environment": _present(
            environment and asdict(environment),
            "name",
            "version",
            "image",
            "conda_path",
            "dockerfile_path",
            "inference_config",
        ),
        **{key: value for key, value in aspects(deployment).items() if key in _SHOWN_AS_THEY_ARE},
    }
    if code is None:
        del said["code_configuration"]
    if isinstance(model, Model) and model.path:
        said["model"]["path"] = str(model.path)
    return {key: value for key, value in said.items() if value not in (None, {})}


def _present(data: Any, *names: str) -> Any:
    """The entries that say something, as JSON-able data."""
    chosen = {name: data.get(name) for name in names or data} if data else {}
    return {
        name: value if isinstance(value, (dict, int, float, bool)) else str(value)
        for name, value in chosen.items()
        if value not in (None, {})
    }
