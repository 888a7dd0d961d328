"""What is remembered about local endpoints, and the two readings of it: observed state, output."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from azext_ml_endpoint.document.model import (
    ENDPOINT_PLAIN,
    HIDDEN,
    PLAIN,
    SECTIONS,
    Deployment,
    Endpoint,
    Environment,
)
from azext_ml_endpoint.errors import EndpointError, UnsupportedError
from azext_ml_endpoint.local import remembered, simulation
from azext_ml_endpoint.local.addresses import Routes, routes, uri
from azext_ml_endpoint.local.debug import debugger
from azext_ml_endpoint.local.remembered import KEPT
from azext_ml_endpoint.local.runtime import EndpointRecord, Instance
from azext_ml_endpoint.plan import own_tags
from azext_ml_endpoint.plan.aspects import aspects, differences, of_endpoint
from azext_ml_endpoint.plan.own_tags import NO_CHANGES, Changes

if TYPE_CHECKING:
    from azext_ml_endpoint.plan.observed import (
        ObservedDeployment,
        ObservedEndpoint,
        ProvisioningState,
    )

_SHOWN_AS_THEY_ARE = {*PLAIN, *SECTIONS, "tags", "properties"} - {"scoring_script"}
_OF_MODELS = ("name", "version", "path", "description", "tags")
_OF_ENVIRONMENTS = (
    *("name", "version", "image", "conda_path", "dockerfile_path"),
    "inference_config",
)


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
    return EndpointRecord(
        name=endpoint.name,
        properties={
            remembered.FORMAT: remembered.NEWEST,
            **{key: _said(endpoint, key, known) for key in ENDPOINT_PLAIN},
            "tags": own_tags.changed(known.get("tags") or {}, endpoint),
            "properties": {**(known.get("properties") or {}), **endpoint.properties},
            "traffic": dict(known.get("traffic") or {}),
            "mirror_traffic": known.get("mirror_traffic"),
            simulation.KEY: _simulates(endpoint, known) or None,
            "target": endpoint.target and f"azureml:{endpoint.target.text}",
            KEPT: own_tags.merged(known.get(KEPT) or {}, kept),
        },
    )


def _simulates(endpoint: Endpoint, known: Mapping[str, Any]) -> Any:
    return known.get(simulation.KEY) if endpoint.simulate is None else endpoint.simulate


def _said(endpoint: Endpoint, key: str, known: Mapping[str, Any]) -> Any:
    """What the document says, or has said before."""
    before = None if key in endpoint.dropped else known.get(key)
    return getattr(endpoint, key) or before or ("key" if key == "auth_mode" else None)


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


def observed(record: EndpointRecord, instances: Iterable[Instance]) -> ObservedEndpoint:
    from azext_ml_endpoint.plan.observed import ObservedEndpoint

    deployments = tuple(_observed_deployment(each) for each in instances)
    said = remembered.recalled_endpoint(record)
    return ObservedEndpoint(
        name=record.name,
        provisioning_state=_endpoint_state(each.provisioning_state for each in deployments),
        aspects=of_endpoint(replace(said, auth_mode=said.auth_mode or "key")),
        kept=record.properties.get(KEPT) or {},
        traffic=said.traffic or {},
        mirror_traffic=said.mirror_traffic or {},
        deployments=deployments,
    )


def changed(wanted: Deployment, instance: Instance) -> list[str]:
    """The names of the aspects in which the instance is not what is wanted."""
    from azext_ml_endpoint.plan import memory

    there = _observed_deployment(instance)
    recalled = memory.recalled_deployment(wanted, there)
    return differences(recalled, there, frozenset(aspects(wanted)))


def dump(record: EndpointRecord, instances: Iterable[Instance]) -> dict[str, Any]:
    """What `show` prints: the 2021 output, with what only a local endpoint can tell."""
    present = list(instances)
    traffic = remembered.recalled_endpoint(record).traffic or {}
    said = {key: record.properties.get(key) for key in remembered.OF_ENDPOINTS}
    main = max(present, key=lambda each: traffic.get(each.deployment, 0), default=None)
    return {
        "name": record.name,
        "type": "online",
        **{key: value for key, value in said.items() if value is not None},
        "location": "local",
        "provisioning_state": _endpoint_state(map(_state, present)),
        "scoring_uri": main and scoring_uri(main),
        "deployments": [dump_deployment(each) for each in present],
    }


def dump_deployment(instance: Instance) -> dict[str, Any]:
    there = remembered.recalled(instance)
    return {
        "name": instance.deployment,
        **_shown(there),
        "environment_variables": _shown_variables(there),
        "instance_type": "local",
        "provisioning_state": _state(instance),
        "state": instance.state,
        "port": _port(instance),
        **_debugged(instance),
        "scoring_uri": scoring_uri(instance),
        "image": instance.image,
        "started_at": instance.started_at,
        "last_error": trouble(instance),
    }


def _debugged(instance: Instance) -> dict[str, int]:
    port = debugger.port_of(instance.record)
    return {debugger.KEY: port} if port else {}


def damaged(record: EndpointRecord) -> DamagedError:
    """What to say of an endpoint that nobody can read any more."""
    return DamagedError(
        f"Local endpoint {record.name} is damaged: {record.damage}.",
        f"Remove it: az ml endpoint delete --local -n {record.name} --yes. Its file makes it anew.",
    )


def sound(record: EndpointRecord) -> EndpointRecord:
    """Raises DamagedError."""
    if record.damage:
        raise damaged(record)
    return record


def damage_of(instance: Instance) -> str:
    """Likewise of a deployment."""
    return (
        f"Deployment {instance.deployment} of local endpoint {instance.endpoint} is damaged: "
        f"{instance.damage}. az ml endpoint update --local with its file makes it anew; "
        f"az ml endpoint delete --local -n {instance.endpoint} -d {instance.deployment} --yes "
        "removes it."
    )


def scoring_uri(instance: Instance) -> str | None:
    return uri(instance, routes_of(instance).scoring)


def environment_of(deployment: Deployment) -> Environment:
    """Raises UnsupportedError where there is none, as with a model that brings its own in Azure."""
    if isinstance(deployment.environment, Environment):
        return deployment.environment
    raise UnsupportedError(
        f"Deployment {deployment.name} has no environment that can be made on this machine.",
        "Give environment.docker.image and environment.conda_file in the file.",
    )


def routes_of(instance: Instance) -> Routes:
    environment = remembered.recalled(instance).environment
    return routes(environment.inference_config if isinstance(environment, Environment) else None)


def _port(instance: Instance) -> int | None:
    return instance.ports.get(routes_of(instance).scoring.port)


def _observed_deployment(instance: Instance) -> ObservedDeployment:
    from azext_ml_endpoint.plan import memory
    from azext_ml_endpoint.plan.observed import ObservedDeployment

    there = remembered.recalled(instance)
    found = aspects(there)
    return ObservedDeployment(
        name=instance.deployment,
        provisioning_state=_state(instance),
        aspects=found,
        secrets=there.secrets,
        said=memory.of_deployment(found),
        trouble=trouble(instance),
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


def _endpoint_state(states: Iterable[ProvisioningState]) -> ProvisioningState:
    return "Failed" if "Failed" in set(states) else "Succeeded"


def _state(instance: Instance) -> ProvisioningState:
    return "Failed" if trouble(instance) else "Succeeded"


def _shown_variables(deployment: Deployment) -> dict[str, str]:
    variables, secrets = deployment.environment_variables, deployment.secrets
    return {name: HIDDEN if name in secrets else value for name, value in variables.items()}


def _shown(deployment: Deployment) -> dict[str, Any]:
    """The deployment as its file says it, without what is not said there."""
    code = remembered.plain(deployment.code)
    configuration = {
        "code": code["path"] if isinstance(code, dict) else code,
        "scoring_script": deployment.scoring_script,
    }
    said = {
        "model": _chosen(deployment.model, _OF_MODELS),
        "code_configuration": configuration if code else None,
        "environment": _chosen(deployment.environment, _OF_ENVIRONMENTS),
        **{key: value for key, value in aspects(deployment).items() if key in _SHOWN_AS_THEY_ARE},
    }
    return {key: value for key, value in said.items() if value not in (None, {})}


def _chosen(asset: Any, keys: Iterable[str]) -> Any:
    """The keys that say something; of what is registered, its name."""
    said = remembered.plain(asset)
    return {key: said[key] for key in keys if key in said} if isinstance(said, dict) else said
