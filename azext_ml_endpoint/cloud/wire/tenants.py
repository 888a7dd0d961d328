"""ARM's bodies as the tenants of an endpoint: who receives traffic, of what age and size."""

from __future__ import annotations

from collections.abc import Iterable

from azext_ml_endpoint.cloud.contract import Json
from azext_ml_endpoint.cloud.wire import deployment as deployments
from azext_ml_endpoint.cloud.wire import endpoint as endpoints
from azext_ml_endpoint.document.model import ScaleSettings
from azext_ml_endpoint.plan import own_tags
from azext_ml_endpoint.plan.idle import Tenancy, Tenant, instant


def tenancy(there: Json, deployed: Iterable[Json]) -> Tenancy:
    """In the order of their names."""
    present = sorted(deployed, key=lambda each: str(each["name"]))
    names = [each["name"] for each in present]
    traffic = endpoints.traffic(there, names)
    mirrored = endpoints.traffic(there, names, "mirrorTraffic")
    return Tenancy(
        tuple(_tenant(each, traffic, mirrored) for each in present),
        own_tags.kept(there.get("tags") or {}),
    )


def _tenant(there: Json, traffic: dict[str, int], mirrored: dict[str, int]) -> Tenant:
    name, known = there["name"], there.get("systemData") or {}
    created = instant(known.get("createdAt"))
    settings = deployments.described(there).scale_settings or ScaleSettings()
    return Tenant(
        name=name,
        state=endpoints.state(there),
        share=traffic.get(name, 0),
        mirrored=mirrored.get(name, 0),
        created=created,
        changed=instant(known.get("lastModifiedAt")) or created,
        instance_type=there.get("properties", {}).get("instanceType"),
        instances=settings.instance_count or settings.min_instances,
    )
