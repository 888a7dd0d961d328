"""What opens an endpoint: its keys, or a token, as its auth_mode says. Never shown unasked."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from azext_ml_endpoint.cloud import hosts
from azext_ml_endpoint.cloud.arm.paths import endpoint_path
from azext_ml_endpoint.cloud.contract import Arm, Json
from azext_ml_endpoint.cloud.wire.endpoint import auth_mode, kind
from azext_ml_endpoint.errors import ScoringError, ServiceError, UsageError
from azext_ml_endpoint.report import Report


class Token(Protocol):
    """``expires_on`` in seconds since 1970."""

    @property
    def token(self) -> str: ...

    @property
    def expires_on(self) -> int: ...


def credentials(arm: Arm, endpoint: Json, sign_in: Callable[[], Token]) -> dict[str, Any]:
    """Keys ``{primaryKey, secondaryKey}``, or a token ``{accessToken, expiryTimeUtc, …}``.

    endpoint: ARM's body. sign_in: a token of Azure AD for the data plane of Azure ML.
    """
    path, mode = endpoint_path(endpoint["name"]), auth_mode(endpoint)
    if mode == "key":
        return arm.post(f"{path}/listKeys").body
    if mode == "aml_token":
        return arm.post(f"{path}/token").body
    token = sign_in()
    return {
        "accessToken": token.token,
        "expiryTimeUtc": token.expires_on,
        "tokenType": "Bearer",
    }


def bearer(credentials: dict[str, Any]) -> dict[str, str]:
    """The header that opens it, whatever the auth_mode."""
    secret = credentials.get("primaryKey") or credentials.get("accessToken")
    return {"Authorization": f"Bearer {secret}"}


def require_trusted(endpoint: Json, parent: str, report: Report) -> None:
    """Whether its scoring URI is one that a key may be sent to.

    parent: what the hosts of managed endpoints are below. Raises ScoringError for a managed
    endpoint; where a cluster serves, and how, is its owner's affair, of which ``report`` warns.
    """
    name, uri = endpoint["name"], str(endpoint["properties"]["scoringUri"])
    if kind(endpoint) == "managed":
        hosts.require_scoring(name, uri, parent, ScoringError)
    elif not uri.lower().startswith("https://"):
        report.warning(
            f"{name} is served without TLS: its key or token, and the request, can be read on "
            "their way to the cluster."
        )


def require_keys(endpoint: Json) -> None:
    """Raises UsageError for an endpoint that is opened by tokens."""
    mode = auth_mode(endpoint)
    if mode != "key":
        raise UsageError(
            f"Endpoint {endpoint['name']} has no keys: its auth_mode is {mode}.",
            "az ml endpoint get-credentials prints a fresh token.",
        )


@contextlib.contextmanager
def perhaps_regenerated(name: str) -> Iterator[None]:
    """It is not asked for twice: where the answer was lost, the caller is to look."""
    try:
        yield
    except ServiceError as error:
        if error.status is None:
            error.message += " The key may be a new one all the same."
            error.recommendation = (
                f"az ml endpoint get-credentials -n {name} shows the keys that are valid now."
            )
        raise
