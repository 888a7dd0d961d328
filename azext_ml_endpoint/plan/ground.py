"""What a driver has seen when it looked for the sake of a document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from azext_ml_endpoint.document.model import Endpoint
from azext_ml_endpoint.plan.observed import ObservedEndpoint


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What a driver knows that a plan needs.

    registered: digests of assets that need no registration.
    honours: the aspects of deployments that count where the plan is carried out.
    fixed: those that cannot be changed while a deployment exists.
    stale: name of a deployment -> why it is to be made again, though nothing that it says differs.
    uploads: key of an asset's registration -> bytes that it may have to send.
    kinds: those of assets that are made once, and then used again.
    templates: name of a deployment -> what its deployment template says, as aspects.
    """

    registered: frozenset[str]
    honours: frozenset[str]
    fixed: frozenset[str] = frozenset()
    stale: Mapping[str, str] = field(default_factory=dict)
    uploads: Mapping[str, int] = field(default_factory=dict)
    kinds: tuple[str, ...] = ("model", "code", "environment")
    templates: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Sight:
    """asked: the document's, identified. wanted: the same with the names, tags and references that
        it has there: see :func:`.fit.adapt`.
    seen: what the driver makes its requests of; nobody else reads it.
    """

    asked: Endpoint
    wanted: Endpoint
    there: ObservedEndpoint | None
    ground: Ground
    seen: Any = None
