"""Of Azure Resource Manager itself, as it words its refusals."""

from __future__ import annotations

from tests.unit.cloud.pasted.documents import SUBSCRIPTION, Pasted, error

_SCOPE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
_VERSIONS = "The supported api-versions are '2022-05-01, 2023-10-01, 2024-10-01'."

RESOURCE_MANAGER = [
    Pasted(error(code, message), code, message, words)
    for code, message, words in (
        (
            "AuthorizationFailed",
            "The client 'a@example.org' with object id '0f' does not have authorization to perform"
            " action 'Microsoft.MachineLearningServices/workspaces/onlineEndpoints/write' over"
            f" scope '{_SCOPE}' or the scope is invalid. If access was recently granted, please"
            " refresh your credentials.",
            ("AzureML Data Scientist", "az login"),
        ),
        (
            "LinkedAuthorizationFailed",
            "The client with object id '0f' has permission to perform action"
            " 'Microsoft.MachineLearningServices/workspaces/onlineEndpoints/write' on scope"
            f" '{_SCOPE}'; however, it does not have permission to perform action(s)"
            " 'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action' on the linked"
            " scope(s).",
            ("role", "az login"),
        ),
        (
            "ExpiredAuthenticationToken",
            "The access token expiry UTC time '1/1/2025 1:00:00 AM' is earlier than current UTC"
            " time '1/1/2025 2:00:00 AM'.",
            ("az login",),
        ),
        ("InvalidAuthenticationToken", "The access token is invalid.", ("az login",)),
        (
            "InvalidAuthenticationTokenTenant",
            "The access token is from the wrong issuer 'https://sts.windows.net/0f/'. It must match"
            " the tenant 'https://sts.windows.net/1f/' associated with this subscription.",
            ("az login --tenant",),
        ),
        (
            "SubscriptionNotFound",
            f"The subscription '{SUBSCRIPTION}' could not be found.",
            ("az account list",),
        ),
        (
            "InvalidSubscriptionId",
            "The provided subscription identifier 'mine' is malformed or invalid.",
            ("az account list", "--subscription"),
        ),
        (
            "ResourceGroupNotFound",
            "Resource group 'rg' could not be found.",
            ("az group list", "--resource-group"),
        ),
        (
            "NoRegisteredProviderFound",
            "No registered resource provider found for location 'chinaeast2' and API version"
            f" '2025-12-01' for type 'workspaces/onlineEndpoints'. {_VERSIONS}",
            ("ml_endpoint.api_version",),
        ),
        (
            "InvalidResourceType",
            "The resource type 'workspaces/onlineEndpoints' could not be found in the namespace"
            f" 'Microsoft.MachineLearningServices' for api version '2025-12-01'. {_VERSIONS}",
            ("ml_endpoint.api_version",),
        ),
        (
            "InvalidApiVersionParameter",
            "The api-version '2025-13-01' is invalid. The supported versions are '2024-03-01'.",
            ("ml_endpoint.api_version",),
        ),
        (
            "RequestDisallowedByPolicy",
            "Resource 'house' was disallowed by policy. Reasons: 'Tag team is required'.",
            ("az policy assignment list", "exemption"),
        ),
        (
            "ScopeLocked",
            f"The scope '{_SCOPE}' cannot perform write operation because following scope(s) are"
            f" locked: '{_SCOPE}'. Please remove the lock and try again.",
            ("az lock delete",),
        ),
        (
            "ReadOnlyDisabledSubscription",
            f"The subscription '{SUBSCRIPTION}' is disabled and therefore marked as read only. You"
            " cannot perform any write actions on this subscription until it is re-enabled.",
            ("az account show", "portal"),
        ),
        (
            "AnotherOperationInProgress",
            "Another operation on this or dependent resource is in progress.",
            ("az ml endpoint wait",),
        ),
        (
            "TooManyRequests",
            "The request is being throttled as the limit has been reached for operation type -"
            " Write_ObservationWindow_00:01:00.",
            ("Wait a minute",),
        ),
        (
            "SubscriptionRequestsThrottled",
            f"Number of 'write' requests for subscription '{SUBSCRIPTION}' exceeded the limit."
            " Please try again after '6' seconds.",
            ("Wait a minute",),
        ),
        (
            "KeyBasedAuthenticationNotPermitted",
            "Key based authentication is not permitted on this storage account.",
            ("Storage Blob Data Contributor", "az role assignment create"),
        ),
    )
]
