"""A deployment as ARM's ``OnlineDeployment``, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from azext_ml_endpoint.cloud.contract import Json
from azext_ml_endpoint.cloud.wire import values
from azext_ml_endpoint.cloud.wire.endpoint import TROUBLE, only_asked, state
from azext_ml_endpoint.document import quantities
from azext_ml_endpoint.document.model import (
    Code,
    Deployment,
    Environment,
    Model,
    Probe,
    Reference,
    RequestSettings,
    ResourceRequirements,
    ScaleSettings,
)
from azext_ml_endpoint.plan.aspects import aspects
from azext_ml_endpoint.plan.observed import ObservedDeployment
from azext_ml_endpoint.plan.steps import registration_key

_READ_ONLY = ("provisioningState",)
_SKU = "Default"
HIDDEN = "********"
"""Stands for the value of a secret: where it is shown, and where what was shown comes back."""


def normal(deployment: Deployment, kind: str) -> Deployment:
    """With the defaults of the service where the document says nothing of scaling.

    A managed deployment, and a manual one, has one instance. What ``auto`` leaves open are the
    published defaults of target utilization.
    """
    given = deployment.scale_settings or ScaleSettings()
    if given.scale_type == "manual" or kind == "managed":
        settled = ScaleSettings(instance_count=given.instance_count or 1)
    else:
        settled = replace(
            given,
            min_instances=given.min_instances or 1,
            max_instances=given.max_instances or 1,
            polling_interval=given.polling_interval or 1,
            target_utilization_percentage=given.target_utilization_percentage or 70,
        )
    return replace(deployment, scale_settings=settled)


def body(
    deployment: Deployment,
    kind: str,
    location: str,
    ids: Mapping[str, str],
    there: Json | None = None,
) -> Json:
    """The body of the PUT that makes or changes a deployment.

    kind: ``managed`` or ``kubernetes``. ids: key of an asset's registration -> ARM id.
    there: what a GET answered. What the document cannot say stays as it is, and properties stay.
    """
    wanted = normal(deployment, kind)
    before = (there or {}).get("properties", {})
    kept = {name: value for name, value in before.items() if name not in _READ_ONLY}
    own = {**kept, **_properties(wanted, kind, ids)}
    own["properties"] = {
        **values.users_own(before.get("properties")),
        **wanted.properties,
        **({values.SECRETS: ",".join(sorted(wanted.secrets))} if wanted.secrets else {}),
    }
    return {
        "location": (there or {}).get("location") or location,
        "tags": dict(wanted.tags),
        "sku": sku(wanted),
        "properties": values.said(own),
    }


def sku(deployment: Deployment) -> Json:
    """``name`` must be this word. A deployment that scales by itself has no capacity to set."""
    count = deployment.scale_settings and deployment.scale_settings.instance_count
    return values.said({"name": _SKU, "capacity": count})


def scaled(deployment: Deployment) -> Json:
    """The body of the PATCH that changes nothing but the number of instances."""
    return {"sku": sku(deployment)}


def observed(
    there: Json, wanted: Deployment | None = None, aliases: Mapping[str, str] | None = None
) -> ObservedDeployment:
    """What the planner compares with :func:`normal` of what is wanted.

    aliases: lower-case ARM id -> key of the registration of the asset that the id means.
    """
    current = state(there)
    return ObservedDeployment(
        name=there["name"],
        provisioning_state=current,
        aspects=_aspects(there, wanted or Deployment(name=there["name"]), wanted, aliases or {}),
        secrets=secrets(there),
        trouble=TROUBLE.get(current),
    )


def used_ids(there: Json) -> set[str]:
    """The assets that it is made of: ARM ids in lower case."""
    own = there.get("properties", {})
    named = (own.get("model"), own.get("environmentId"), _code(own).get("codeId"))
    return {each.lower() for each in named if each}


def secrets(there: Json) -> frozenset[str]:
    """The environment variables whose values nobody is shown."""
    noted = (there.get("properties", {}).get("properties") or {}).get(values.SECRETS)
    return frozenset(noted.split(",") if noted else ())


def variables(there: Json) -> dict[str, str]:
    """The environment variables, as they may be shown."""
    found, hidden = there.get("properties", {}).get("environmentVariables") or {}, secrets(there)
    return {name: HIDDEN if name in hidden else value for name, value in found.items()}


def with_secrets(wanted: Deployment, there: Json) -> Deployment:
    """The secrets that are there, where ``wanted`` was made of what was shown of them."""
    found = there.get("properties", {}).get("environmentVariables") or {}
    hidden = secrets(there) & {
        name for name, value in wanted.environment_variables.items() if value == HIDDEN
    }
    kept = {name: found[name] for name in hidden if name in found}
    return replace(
        wanted,
        environment_variables={**wanted.environment_variables, **kept},
        secrets=wanted.secrets | frozenset(kept),
    )


# From the document


def _properties(wanted: Deployment, kind: str, ids: Mapping[str, str]) -> Json:
    """None where the document asks for nothing, so that what was there is removed.

    The machine's type and what a cluster is asked for stay where the document does not say: the
    service chose them.
    """
    code = _asset_id(wanted.code, ids)
    script = wanted.scoring_script
    return {
        "endpointComputeType": "Kubernetes" if kind == "kubernetes" else "Managed",
        "model": _asset_id(wanted.model, ids),
        "codeConfiguration": {"codeId": code, "scoringScript": script} if code else None,
        "environmentId": _asset_id(wanted.environment, ids),
        "environmentVariables": dict(wanted.environment_variables),
        "requestSettings": _request_settings(wanted.request_settings),
        "livenessProbe": _probe(wanted.liveness_probe),
        "readinessProbe": _probe(wanted.readiness_probe),
        "appInsightsEnabled": wanted.app_insights_enabled,
        "description": wanted.description,
        **({"instanceType": wanted.instance_type} if wanted.instance_type else {}),
        **(_kubernetes(wanted) if kind == "kubernetes" else {}),
    }


def _asset_id(
    asset: Model | Code | Environment | Reference | None, ids: Mapping[str, str]
) -> str | None:
    if isinstance(asset, Reference):
        return asset.text
    return ids[registration_key(asset)] if asset else None


def _request_settings(settings: RequestSettings) -> Json:
    return {
        "requestTimeout": values.duration(settings.request_timeout_ms),
        "maxConcurrentRequestsPerInstance": settings.max_concurrent_requests_per_instance,
        "maxQueueWait": values.duration(settings.max_queue_wait_ms),
    }


def _probe(probe: Probe) -> Json:
    return {
        "initialDelay": values.duration(1000 * probe.initial_delay),
        "period": values.duration(1000 * probe.period),
        "timeout": values.duration(1000 * probe.timeout),
        "successThreshold": probe.success_threshold,
        "failureThreshold": probe.failure_threshold,
    }


def _kubernetes(wanted: Deployment) -> Json:
    needs = wanted.resource_requirements
    scaling = {"scaleSettings": _scale_settings(wanted.scale_settings or ScaleSettings())}
    return {**scaling, "containerResourceRequirements": _resources(needs)} if needs else scaling


def _scale_settings(settings: ScaleSettings) -> Json:
    if settings.scale_type == "manual":
        return {"scaleType": "Default"}
    return {
        "scaleType": "TargetUtilization",
        "minInstances": settings.min_instances,
        "maxInstances": settings.max_instances,
        "pollingInterval": values.duration(1000 * (settings.polling_interval or 1)),
        "targetUtilizationPercentage": settings.target_utilization_percentage,
    }


def _resources(needs: ResourceRequirements) -> Json:
    """Kubernetes wants the limit of GPUs to be what is requested."""
    requests = _resource(needs.cpu, needs.memory_in_gb, needs.gpu)
    limits = _resource(needs.cpu_cores_limit, needs.memory_in_gb_limit, needs.gpu)
    return values.said(
        {"containerResourceRequests": requests or None, "containerResourceLimits": limits or None}
    )


def _resource(cpu: float | None, memory: float | None, gpu: int | None) -> dict[str, str]:
    quantities = {
        "cpu": None if cpu is None else f"{cpu:g}",
        "memory": None if memory is None else f"{memory:g}Gi",
        "gpu": None if gpu is None else str(gpu),
    }
    return values.said(quantities)


# From the service


def _aspects(
    there: Json, asked: Deployment, wanted: Deployment | None, aliases: Mapping[str, str]
) -> dict[str, Any]:
    """In the form of :func:`azext_ml_endpoint.plan.aspects.aspects`, in the document's words."""
    own = there.get("properties", {})
    same = aspects(asked)
    return {
        "model": _asset(own.get("model"), asked.model, same["model"], aliases),
        "code": _asset(_code(own).get("codeId"), asked.code, same["code"], aliases),
        "scoring_script": _code(own).get("scoringScript"),
        "environment": _asset(
            own.get("environmentId"), asked.environment, same["environment"], aliases
        ),
        "environment_variables": dict(own.get("environmentVariables") or {}),
        "instance_type": own.get("instanceType") if asked.instance_type or not wanted else None,
        "scale_settings": asdict(scale_settings(there)),
        "request_settings": asdict(request_settings(own)),
        "liveness_probe": asdict(probe(own.get("livenessProbe"))),
        "readiness_probe": asdict(probe(own.get("readinessProbe"))),
        "resource_requirements": _asked_resources(own, asked, wanted),
        "app_insights_enabled": bool(own.get("appInsightsEnabled")),
        "description": own.get("description") or None,
        "tags": dict(there.get("tags") or {}),
        "properties": only_asked(
            values.users_own(own.get("properties")), wanted.properties if wanted else None
        ),
    }


def _code(own: Json) -> Json:
    return own.get("codeConfiguration") or {}


def _asset(
    live: str | None,
    asked: Model | Code | Environment | Reference | None,
    same: Any,
    aliases: Mapping[str, str],
) -> Any:
    """What the wanted asset looks like, where the live id means that one; else the id."""
    if live is None:
        return None
    if isinstance(asked, Reference):
        return same if asked.text.lower() == live.lower() else live
    means = aliases.get(live.lower())
    return same if asked and means == registration_key(asked) else live


def scale_settings(there: Json) -> ScaleSettings:
    """As :func:`normal` spells them."""
    body = there.get("properties", {}).get("scaleSettings") or {}
    if body.get("scaleType") != "TargetUtilization":
        return ScaleSettings(instance_count=(there.get("sku") or {}).get("capacity") or 1)
    return ScaleSettings(
        scale_type="auto",
        min_instances=body.get("minInstances", 1),
        max_instances=body.get("maxInstances", 1),
        polling_interval=values.seconds(body.get("pollingInterval") or "PT1S"),
        target_utilization_percentage=body.get("targetUtilizationPercentage", 70),
    )


def request_settings(own: Json) -> RequestSettings:
    """Defaults of 2021 where the service says nothing: they are the service's too."""
    body = own.get("requestSettings") or {}
    known = values.said(
        {
            "request_timeout_ms": _milliseconds(body.get("requestTimeout")),
            "max_concurrent_requests_per_instance": body.get("maxConcurrentRequestsPerInstance"),
            "max_queue_wait_ms": _milliseconds(body.get("maxQueueWait")),
        }
    )
    return RequestSettings(**known)


def probe(body: Json | None) -> Probe:
    body = body or {}
    known = values.said(
        {
            "initial_delay": _seconds(body.get("initialDelay")),
            "period": _seconds(body.get("period")),
            "timeout": _seconds(body.get("timeout")),
            "success_threshold": body.get("successThreshold"),
            "failure_threshold": body.get("failureThreshold"),
        }
    )
    return Probe(**known)


def resource_requirements(own: Json) -> ResourceRequirements | None:
    body = own.get("containerResourceRequirements")
    if not body:
        return None
    requests = body.get("containerResourceRequests") or {}
    limits = body.get("containerResourceLimits") or {}
    gpu = requests.get("gpu") or limits.get("gpu")
    return ResourceRequirements(
        cpu=_optional(quantities.cores, requests.get("cpu")),
        memory_in_gb=_optional(quantities.gigabytes, requests.get("memory")),
        gpu=None if gpu is None else int(gpu),
        cpu_cores_limit=_optional(quantities.cores, limits.get("cpu")),
        memory_in_gb_limit=_optional(quantities.gigabytes, limits.get("memory")),
    )


def _asked_resources(
    own: Json, asked: Deployment, wanted: Deployment | None
) -> dict[str, Any] | None:
    """The cluster has defaults of its own: what the document leaves open is no difference."""
    found = resource_requirements(own)
    if wanted is None:
        return None if found is None else asdict(found)
    if asked.resource_requirements is None:
        return None
    known = asdict(found or ResourceRequirements())
    said = values.said(asdict(asked.resource_requirements))
    return {name: value if name in said else None for name, value in known.items()}


def _optional(parse: Any, text: str | None) -> float | None:
    return None if text is None else parse(str(text))


def _milliseconds(text: str | None) -> int | None:
    return None if text is None else values.milliseconds(text)


def _seconds(text: str | None) -> int | None:
    return None if text is None else values.seconds(text)
