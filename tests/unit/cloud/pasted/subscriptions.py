"""Of subscriptions that are not registered for what endpoints need."""

from __future__ import annotations

from tests.unit.cloud.pasted.documents import Pasted, error

_PROVIDER = (
    "Resource provider [N/A] isn't registered with Subscription [N/A]. Please see troubleshooting"
    " guide, available here: https://aka.ms/register-resource-provider"
)
_THREE = ("Microsoft.MachineLearningServices", "Microsoft.Cdn", "Microsoft.PolicyInsights")

SUBSCRIPTIONS = [
    Pasted(
        {
            "code": "SubscriptionNotRegistered",
            "message": _PROVIDER,
            "details": [],
            "additionalInfo": [],
        },
        "SubscriptionNotRegistered",
        _PROVIDER,
        _THREE,
    ),
    Pasted(
        error("ResourceOperationFailure", _PROVIDER), "ResourceOperationFailure", _PROVIDER, _THREE
    ),
    Pasted(error(None, f"ResourceOperationFailure: {_PROVIDER}"), None, _PROVIDER, _THREE),
    Pasted(
        error(
            "MissingSubscriptionRegistration",
            "The subscription is not registered to use namespace 'Microsoft.Devices'. See"
            " https://aka.ms/rps-not-found for how to register subscriptions.",
        ),
        "MissingSubscriptionRegistration",
        "The subscription is not registered to use namespace 'Microsoft.Devices'.",
        ("az provider register --namespace Microsoft.Devices --wait",),
    ),
]
