"""Of Azure Resource Manager: the account, the subscription, what stands in the way."""

from __future__ import annotations

from collections.abc import Iterable

from azext_ml_endpoint.cloud.remedies.words import words

NAMESPACES = (
    "Microsoft.MachineLearningServices",
    "Microsoft.Cdn",
    "Microsoft.PolicyInsights",
)
"""Resource providers that endpoints need. Azure says that one is not registered, and not which:
people have pasted what helped them."""

_UNNAMED = "isn't registered with Subscription"


def lacks_providers(code: str | None, told: str) -> bool:
    """Whether it is refused because of a provider that is not named."""
    return code == "SubscriptionNotRegistered" or _UNNAMED in told


def register(namespaces: Iterable[str]) -> str:
    """The step that registers resource providers for a subscription."""
    commands = [f"`az provider register --namespace {each} --wait`" for each in namespaces]
    return (
        f"Register once for the subscription: {', '.join(commands)}. Then run the same command"
        " again. Who may not register asks an owner of the subscription."
    )


INTERNAL = (
    "Run the same command again. If it fails again, open a support ticket with the correlation id."
)
_LOGIN = "Log in again with `az login`."
_ROLE = (
    "Ask an owner of the workspace for the role AzureML Data Scientist or Contributor; after it"
    " has been granted, log in again with `az login`."
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

CODES = {
    "AuthorizationFailed": _ROLE,
    "LinkedAuthorizationFailed": _ROLE,
    "ExpiredAuthenticationToken": _LOGIN,
    "InvalidAuthenticationToken": _LOGIN,
    "InvalidAuthenticationTokenTenant": (
        "The login is for another tenant: `az login --tenant <tenant of the subscription>`."
    ),
    "MissingSubscriptionRegistration": register(NAMESPACES),
    "SubscriptionNotRegistered": register(NAMESPACES),
    "SubscriptionNotFound": _SUBSCRIPTION,
    "InvalidSubscriptionId": _SUBSCRIPTION,
    "ResourceGroupNotFound": (
        "Check --resource-group and the subscription; `az group list -o table` shows what there is."
    ),
    "NoRegisteredProviderFound": _API_VERSION,
    "InvalidResourceType": _API_VERSION,
    "InvalidApiVersionParameter": _API_VERSION,
    "RequestDisallowedByPolicy": (
        "A policy of the subscription forbids it (`az policy assignment list`). Change what the"
        " message names, or ask who owns the policy for an exemption."
    ),
    "ScopeLocked": "Remove the lock that the message names (`az lock delete`), or leave as it is.",
    "ReadOnlyDisabledSubscription": (
        "The subscription is disabled (`az account show --query state`); enable it in the Azure"
        " portal."
    ),
    "AnotherOperationInProgress": _BUSY,
    "TooManyRequests": _THROTTLED,
    "SubscriptionRequestsThrottled": _THROTTLED,
    "KeyBasedAuthenticationNotPermitted": (
        "The storage account takes no keys. Give your account the role Storage Blob Data"
        " Contributor on it: `az role assignment create`."
    ),
}

BY_STATUS = {
    401: _LOGIN,
    403: _ROLE,
    409: _BUSY,
    429: _THROTTLED,
}

WORDS = (
    words(
        r"not registered to use namespace '(?P<namespace>[\w.]{1,80})'", register(["{namespace}"])
    ),
    words(_UNNAMED, register(NAMESPACES)),
)
