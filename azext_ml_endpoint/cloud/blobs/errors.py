"""What storage's refusals mean, and what to do. Pure; the codes are Azure Storage's own."""

from __future__ import annotations

from azext_ml_endpoint.cloud.arm.errors import unreachable as out_of_reach
from azext_ml_endpoint.cloud.redaction import redact
from azext_ml_endpoint.errors import StorageError

_ROLE = (
    "Give yourself the role Storage Blob Data Contributor on the storage account (az role"
    " assignment create), or let the datastore have an account key or a SAS. A new role takes"
    " some minutes to work."
)
_NETWORK = (
    "The account's network rules may refuse this address: allow it in the account's firewall, or"
    " run the command inside of the virtual network that its private endpoint is in."
)
_PRIVATE = "A storage account with a private endpoint can be reached from its virtual network only."
_REMEDIES = {
    "AuthorizationPermissionMismatch": _ROLE,
    "InsufficientAccountPermissions": _ROLE,
    "AuthorizationFailure": _NETWORK,
    "AuthorizationSourceIPMismatch": _NETWORK,
    "KeyBasedAuthenticationNotPermitted": (
        "The account allows no account keys. Let the datastore have no credentials (identity based"
        " access), and give yourself the role Storage Blob Data Contributor on the account."
    ),
    "AuthenticationFailed": (
        "The credential was not accepted. If the account's keys were rotated, tell the workspace:"
        " az ml workspace sync-keys. A clock that is wrong makes a credential invalid, too."
    ),
    "ContainerNotFound": "Check the container that the datastore names: it may have been deleted.",
    "AccountIsDisabled": "The storage account is disabled: see its state in the portal.",
    "BlobImmutableDueToPolicy": "The container has an immutability policy: use another datastore.",
}


def refused(
    host: str, status: int | None, code: str | None, message: str, deed: str = "the upload"
) -> StorageError:
    """For an answer that is no success. host: of the account. deed: what was refused."""
    reason = code or f"HTTP {status}"
    first_line = redact(message).strip().partition("\n")[0]
    said = f"{reason}. {first_line}" if first_line else reason
    return StorageError(f"{host} refused {deed}: {said}", _REMEDIES.get(reason))


def unreachable(host: str, told: str) -> StorageError:
    """For no answer at all. told: the text of the network library's error."""
    error = out_of_reach(host, redact(told))
    return StorageError(error.message, f"{error.recommendation} {_PRIVATE}")
