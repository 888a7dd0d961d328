"""Which resource providers a subscription lacks, for a refusal that does not say it."""

from __future__ import annotations

import contextlib
from functools import partial

from azext_ml_endpoint.cloud.contract import Arm
from azext_ml_endpoint.cloud.remedies import arm as arm_remedies
from azext_ml_endpoint.cloud.workspace import Workspace
from azext_ml_endpoint.errors import EndpointError, ServiceError
from azext_ml_endpoint.side_by_side import answers

_API_VERSION = {"api-version": "2021-04-01"}
"""Of Microsoft.Resources."""


def complete(failure: ServiceError, arm: Arm, workspace: Workspace) -> None:
    """Names those that are missing in the remedy of such a refusal; leaves others alone.

    Where the account may not ask, the remedy stays what it was, with all of them: there is no
    second failure.
    """
    if not arm_remedies.lacks_providers(failure.code, failure.message):
        return
    with contextlib.suppress(EndpointError):
        failure.recommendation = _step(_missing(arm, workspace.subscription))


def _missing(arm: Arm, subscription: str) -> list[str]:
    """Those not registered, or not yet."""

    def state(namespace: str) -> str:
        path = f"/subscriptions/{subscription}/providers/{namespace}"
        return str(arm.get(path, _API_VERSION).body.get("registrationState"))

    needed = arm_remedies.NAMESPACES
    states = dict(zip(needed, answers(partial(state, each) for each in needed), strict=True))
    return [each for each in needed if states[each] != "Registered"]


def _step(missing: list[str]) -> str:
    if missing:
        return f"Not registered: {' and '.join(missing)}. {arm_remedies.register(missing)}"
    return (
        f"{', '.join(arm_remedies.NAMESPACES)} are registered, but that takes some minutes to be"
        " known everywhere: run the same command again then. If it is refused again, register them"
        " anew (`az provider register --namespace Microsoft.Cdn --wait`, and so on)."
    )
