"""A local endpoint as the document that makes it, and who of its deployments receives traffic.

What is remembered of a deployment names its files, and has no text of them: what stood in the
endpoint's file itself is lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from azext_ml_endpoint.document.model import Deployment, Endpoint
from azext_ml_endpoint.errors import UnsupportedError
from azext_ml_endpoint.local import records, restore
from azext_ml_endpoint.local.remembered import recalled, recalled_endpoint
from azext_ml_endpoint.local.runtime import EndpointRecord, Instance
from azext_ml_endpoint.plan.idle import Tenancy, Tenant, instant


def endpoint(record: EndpointRecord, instances: Iterable[Instance]) -> Endpoint:
    """Raises UnsupportedError for a deployment whose document cannot be told any more."""
    said = recalled_endpoint(record)
    return replace(
        said,
        kind="kubernetes" if said.target else "managed",
        auth_mode=said.auth_mode or "key",
        traffic={name: share for name, share in (said.traffic or {}).items() if share} or None,
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
    try:
        made = restore.whole(recalled(instance), instance)
        restore.require(made.code)
    except restore.Lost as lost:
        raise UnsupportedError(
            f"Deployment {instance.deployment} cannot be written as a file: {lost}.",
            "Its own file is the best one; az ml endpoint show --local says what is known.",
        ) from lost
    return made
