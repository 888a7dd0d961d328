"""What to do about an error code of Azure: the next step, in one or two sentences."""

from __future__ import annotations

_IMAGE = (
    "Check that the environment's image exists and that its registry lets the endpoint pull: a"
    " user assigned identity needs the role AcrPull on the registry."
)
_ARTIFACTS = (
    "Check that model and code are registered in this workspace and still in its storage; a user"
    " assigned identity needs the role Storage Blob Data Reader. The log of the storage"
    " initializer says more: `az ml endpoint get-logs --container storage-initializer`."
)
_QUOTA = (
    "Delete deployments that are not needed, choose a smaller instance_type or instance_count, or"
    " ask for more quota in the Azure portal. Azure reserves a fifth more instances for upgrades."
)
_CAPACITY = "Try again later, or with another instance_type, or in another region."
_CRASHED = (
    "The scoring server crashed or never became ready. Look for an error of init() or of an import"
    " in the log (`az ml endpoint get-logs`), check the probes, and try the same file with"
    " --local first."
)
_TOO_BIG = "Choose an instance_type with more CPU, memory or disk."
_INTERNAL = (
    "Run the same command again. If it fails again, open a support ticket with the correlation id."
)
_LOGIN = "Log in again with `az login`."
_ROLE = (
    "Ask an owner of the workspace for the role AzureML Data Scientist or Contributor; after it"
    " has been granted, log in again with `az login`."
)
_PROVIDER = (
    "Register the resource provider once for the subscription:"
    " `az provider register --namespace Microsoft.MachineLearningServices --wait`."
)
_SUBSCRIPTION = (
    "`az account list` shows the subscriptions of this login; choose one with --subscription or"
    " `az account set`."
)
_API_VERSION = (
    "This cloud or region does not know the api-version. Name one that it knows:"
    " `az config set ml_endpoint.api_version=2024-10-01`."
)
_BUSY = (
    "Another operation changes this endpoint. Wait for it with `az ml endpoint wait`, then run the"
    " same command again."
)
_THROTTLED = "Azure limits the rate of requests. Wait a minute and run the same command again."

_REMEDIES = {
    # Of the deployment of managed endpoints
    "OutOfQuota": _QUOTA,
    "QuotaExceeded": _QUOTA,
    "OutOfCapacity": _CAPACITY,
    "SkuNotAvailable": _CAPACITY,
    "AllocationFailed": _CAPACITY,
    "BadArgument": (
        "Check what the message names: image, model, identity and its roles, or a resource request"
        " above its limit. `az ml endpoint get-logs` may say more."
    ),
    "ResourceNotReady": _CRASHED,
    "ResourceNotFound": (
        "Check the names in the message: a resource that the document refers to does not exist, or"
        " the endpoint's identity may not see it."
    ),
    "ImageBuildFailure": (
        "The environment could not be built. The message names the build log, which is in the"
        " workspace's default storage account below azureml/ImageLogs; try the same conda_file"
        " with --local first."
    ),
    "OperationCanceled": (
        "An operation with a higher priority took over, or a lock was not free. Run the same"
        " command again in a minute."
    ),
    "WorkspaceManagedNetworkNotReady": (
        "Provision the workspace's managed network first:"
        " `az ml workspace provision-network --name <workspace>`, then run the same command again."
    ),
    "SecretsInjectionError": (
        "A secret that an environment variable refers to could not be read. Check its name, and"
        " the endpoint identity's right to read it."
    ),
    "InternalServerError": _INTERNAL,
    # The same by number, from the first versions of the service
    "ERR_1100": _QUOTA,
    "ERR_1101": _CAPACITY,
    "ERR_1200": _IMAGE,
    "ERR_1300": _ARTIFACTS,
    "ERR_1350": _TOO_BIG,
    "ERR_2100": f"{_TOO_BIG} The log says more: `az ml endpoint get-logs`.",
    "ERR_2200": _CRASHED,
    "ERR_5000": _INTERNAL,
    # Of Azure Resource Manager
    "AuthorizationFailed": _ROLE,
    "LinkedAuthorizationFailed": _ROLE,
    "ExpiredAuthenticationToken": _LOGIN,
    "InvalidAuthenticationToken": _LOGIN,
    "InvalidAuthenticationTokenTenant": (
        "The login is for another tenant: `az login --tenant <tenant of the subscription>`."
    ),
    "MissingSubscriptionRegistration": _PROVIDER,
    "SubscriptionNotRegistered": _PROVIDER,
    "SubscriptionNotFound": _SUBSCRIPTION,
    "InvalidSubscriptionId": _SUBSCRIPTION,
    "ResourceGroupNotFound": (
        "Check --resource-group and the subscription; `az group list -o table` shows what there is."
    ),
    "NoRegisteredProviderFound": _API_VERSION,
    "InvalidResourceType": _API_VERSION,
    "InvalidApiVersionParameter": _API_VERSION,
    "RequestDisallowedByPolicy": (
        "A policy of the subscription forbids it. Change what the message names, or ask who owns"
        " the policy for an exemption."
    ),
    "ScopeLocked": "Remove the lock that the message names (`az lock delete`), or leave as it is.",
    "ReadOnlyDisabledSubscription": "The subscription is disabled; enable it in the Azure portal.",
    "AnotherOperationInProgress": _BUSY,
    "TooManyRequests": _THROTTLED,
    "SubscriptionRequestsThrottled": _THROTTLED,
    "KeyBasedAuthenticationNotPermitted": (
        "The storage account takes no keys. Give your account the role Storage Blob Data"
        " Contributor on it."
    ),
}
_BY_CODE = {code.lower(): text for code, text in _REMEDIES.items()}

_BY_STATUS = {
    401: _LOGIN,
    403: _ROLE,
    409: _BUSY,
    429: _THROTTLED,
}


def remedy(code: str | None, status: int | None = None) -> str | None:
    """None where nothing better is known than what the message says itself.

    status: the HTTP status, for codes that nobody has written about.
    """
    found = _BY_CODE.get((code or "").lower()) or _BY_STATUS.get(status or 0)
    return found or (_INTERNAL if status and status >= 500 else None)
