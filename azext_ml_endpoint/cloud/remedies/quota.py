"""What is used up: the message says which quota, and often how much of it."""

from __future__ import annotations

import re
from collections.abc import Callable

from azext_ml_endpoint.cloud.remedies.words import words

_RAISE = "in the Azure portal under Quotas"
_USAGE = "`az ml compute list-usage` shows what is used"
_FREE = (
    "Delete deployments that are not needed (`az ml endpoint prune -n NAME` lists those without"
    " traffic), choose a smaller instance_type or instance_count, or ask for more quota"
    f" {_RAISE}; {_USAGE}."
)
_QUOTA = f"{_FREE} Azure reserves a fifth more instances for upgrades, for some sizes twice."
_CAPACITY = "Try again later, or with another instance_type, or in another region."
_MEMORY = (
    "Choose an instance_type with more memory, or a smaller model; on Kubernetes raise"
    " resource_requirements.memory_in_gb and memory_in_gb_limit. `az ml endpoint get-logs` shows"
    " how far it came."
)
_DISK = (
    "Model and image are larger than the disk: choose an instance_type with a larger one, or make"
    " the model or the image smaller. `az ml endpoint get-logs --container storage-initializer`"
    " shows the download."
)
_ROLES = (
    "A system_assigned identity needs role assignments, and the subscription has no more to give:"
    " `az role assignment list --all -o table` shows them, `az role assignment delete --ids ID`"
    " removes what is not used. Or let `identity` be user_assigned, one that has its roles."
)
_ENDPOINTS = (
    "`az ml endpoint list -o table` shows the endpoints of a workspace; delete what is not used"
    f" (`az ml endpoint delete -n NAME`), or ask for a higher limit {_RAISE}."
)
_NODES = (
    "No node of the cluster has room: `kubectl get nodes` and `kubectl describe nodes` show what is"
    " free. Lower resource_requirements or instance_count, choose another instance_type, or let"
    " the cluster have more nodes."
)
_CLUSTERS = (
    "The quota counts compute clusters: `az ml compute list -o table` shows them; delete what is"
    f" not used (`az ml compute delete -n NAME`), or ask for more {_RAISE}."
)

CODES = {
    "OutOfQuota": _QUOTA,
    "QuotaExceeded": _QUOTA,
    "OutOfCapacity": _CAPACITY,
    "SkuNotAvailable": _CAPACITY,
    "AllocationFailed": _CAPACITY,
    "ERR_1100": _QUOTA,
    "ERR_1101": _CAPACITY,
    "ERR_1350": _DISK,
    "ERR_2100": _MEMORY,
    "RoleAssignmentLimitExceeded": _ROLES,
}

WORDS = (
    words(r"Kubernetes unschedulable|\d nodes are available", _NODES),
    words(r"insufficient memory|OOMKilled|larger than the available memory", _MEMORY),
    words(r"insufficient disk|no space left on device|available disk space", _DISK),
    words(r"role assignments? (?:limit|quota)|no more role assignments", _ROLES),
    words(r"endpoint (?:quota|limit)", _ENDPOINTS),
    words(r"cluster quota|number of clusters", _CLUSTERS),
    words(r"sufficient capacity|region.wide VM capacity", _CAPACITY),
)


def figures(told: str) -> str | None:
    """For a message that says how much there is, and how much more Azure wants."""
    matches = ((pattern.search(told), worded) for pattern, worded in _FIGURES)
    return next((worded(*found.groups()) for found, worded in matches if found), None)


def _cores(size: str, used: str, limit: str, needed: str) -> str:
    return (
        f"Of {size}, {used} of {limit} cores are used in this region, and Azure wants {needed}"
        " more: that may be twice what the instances have. With instance_type or instance_count"
        f" smaller it may fit; else ask for {int(used) + int(needed)} cores {_RAISE}, or delete"
        f" deployments (`az ml endpoint prune -n NAME`); {_USAGE}."
    )


def _family(size: str, limit: str, used: str, needed: str) -> str:
    return _cores(size, used, limit, needed)


def _requested(asked: str, limit: str) -> str:
    has = "Azure does not say how many it has" if "N/A" in limit else f"it has {limit}"
    return f"Azure wants {asked} cores of the subscription; {has}. {_FREE}"


def _endpoints(used: str, limit: str) -> str:
    return f"{used} of {limit} endpoints are there in this subscription and region. {_ENDPOINTS}"


_FIGURES: tuple[tuple[re.Pattern[str], Callable[..., str]], ...] = (
    (
        re.compile(
            r"quota available for \**([\w-]{1,80})\** in .{0,120}?"
            r"usage/limit: (\d{1,9})/(\d{1,9})\. \**Additional needed: (\d{1,9})"
        ),
        _cores,
    ),
    (
        re.compile(
            r"exceeding approved ([\w ]{1,80}?) Cores quota.{0,200}?Current Limit: (\d{1,9}),"
            r" Current Usage: (\d{1,9}), Additional Required: (\d{1,9})"
        ),
        _family,
    ),
    (
        re.compile(
            r"CPU quota requested is ([^.\n]{1,40}?) and your maximum amount of quota is"
            r" ([^.\n]{1,40})"
        ),
        _requested,
    ),
    (re.compile(r"Endpoint Quota reached.{0,120}?usage/limit: (\d{1,9})/(\d{1,9})"), _endpoints),
)
"""Pattern -> what is said of its groups. Each as the service, or ARM, was seen to write it."""
