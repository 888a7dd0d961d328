"""Of what is used up."""

from __future__ import annotations

import json

from tests.unit.cloud.pasted.documents import GUIDE, SUBSCRIPTION, Pasted, error, invalid

_CORES = (
    f"Not enough quota available for Standard_F4s_v2 in SubscriptionId {SUBSCRIPTION}. Current"
    f" usage/limit: 0/6. Additional needed: 8 {GUIDE}#error-outofquota"
)
_ENDPOINTS = (
    "Endpoint Quota reached for subscription ***.Current usage/limit: 300/300.Please clean up"
    " existing endpoints and try again"
)
_FAMILY = (
    "Operation could not be completed as it results in exceeding approved standardFSv2Family Cores"
    " quota. Additional details - Deployment Model: Resource Manager, Location: eastus, Current"
    " Limit: 4, Current Usage: 4, Additional Required: 4, (Minimum) New Limit Required: 8."
)


QUOTA = [
    Pasted(
        invalid("InferencingClientCreateDeploymentFailed", VmSize=[_CORES]),
        "OutOfQuota",
        f"The request is invalid.\nVmSize: {_CORES}",
        ("0 of 6 cores", "wants 8 more", "instance_type", "ask for 8 cores", "prune"),
    ),
    Pasted(
        # cut off by who pasted it, or by the service
        error("DeploymentFailed", f'error detail: {{"errors":{{"VmSize":["{_CORES}"]'),
        "OutOfQuota",
        f'error detail: {{"errors":{{"VmSize":["{_CORES}"]',
        ("0 of 6 cores", "wants 8 more"),
    ),
    Pasted(
        error(
            "OutOfQuota",
            "Not enough subscription CPU quota. The amount of CPU quota requested is 32 and your"
            f" maximum amount of quota is [N/A]. {GUIDE}#error-outofquota",
        ),
        "OutOfQuota",
        "Not enough subscription CPU quota. The amount of CPU quota requested is 32",
        ("wants 32 cores", "does not say how many", "instance_count", "list-usage"),
    ),
    Pasted(
        error("QuotaExceeded", _FAMILY),
        "QuotaExceeded",
        _FAMILY,
        ("standardFSv2Family, 4 of 4 cores", "ask for 8 cores"),
    ),
    Pasted(
        error(
            "UserError",
            (
                "2023-08-16T14:52:20Z OutOfQuota: Container terminated due to insufficient "
                f"memory. {GUIDE}#error-outofquota"
            ),
        ),
        "OutOfQuota",
        "2023-08-16T14:52:20Z OutOfQuota: Container terminated due to insufficient memory.",
        ("instance_type with more memory", "memory_in_gb_limit"),
    ),
    Pasted(
        error("OutOfQuota", "OSError: [Errno 28] No space left on device"),
        "OutOfQuota",
        "OSError: [Errno 28] No space left on device",
        ("larger one", "--container storage-initializer"),
    ),
    Pasted(
        error(
            "BadRequest",
            "No more role assignments can be created (code: RoleAssignmentLimitExceeded)",
        ),
        "BadRequest",
        "No more role assignments can be created (code: RoleAssignmentLimitExceeded)",
        ("az role assignment list --all", "user_assigned"),
    ),
    Pasted(
        error("InferencingClientCallFailed", json.dumps(_ENDPOINTS)),
        "InferencingClientCallFailed",
        _ENDPOINTS,
        ("300 of 300 endpoints", "az ml endpoint list", "az ml endpoint delete"),
    ),
    Pasted(
        error("OutOfQuota", "The total cluster quota of the subscription is used up."),
        "OutOfQuota",
        "The total cluster quota of the subscription is used up.",
        ("az ml compute list", "az ml compute delete"),
    ),
    Pasted(
        error(
            "AllocationFailed",
            (
                "Allocation failed. We do not have sufficient capacity for the requested VM size "
                "in this region."
            ),
        ),
        "AllocationFailed",
        "Allocation failed. We do not have sufficient capacity",
        ("another instance_type", "another region"),
    ),
    Pasted(
        # cut off before its figures
        error("InferencingClientCallFailed", "Endpoint Quota reached for subscription ***"),
        "InferencingClientCallFailed",
        "Endpoint Quota reached for subscription ***",
        ("az ml endpoint list", "higher limit"),
    ),
    Pasted(
        error("OutOfQuota", f"The container asks for too much. {GUIDE}#error-outofquota"),
        "OutOfQuota",
        "The container asks for too much.",
        ("az ml endpoint prune", "instance_type", "list-usage"),
    ),
]
