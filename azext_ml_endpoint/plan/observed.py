"""What is there, as a driver reports it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

ProvisioningState = Literal[
    "Creating", "Updating", "Scaling", "Deleting", "Succeeded", "Failed", "Canceled"
]


@dataclass(frozen=True, kw_only=True)
class ObservedDeployment:
    """``aspects`` has the same shape as :func:`.aspects.aspects` gives for what is wanted."""

    name: str
    provisioning_state: ProvisioningState
    aspects: Mapping[str, Any] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()
    """The environment variables whose values are shown to nobody."""
    said: Mapping[str, Any] = field(default_factory=dict)
    """What the document said last: see :mod:`.memory`. Nothing where nobody knows."""
    trouble: str | None = None
    """Why it does not serve, such as ``it exited with code 137``; None while it serves."""


@dataclass(frozen=True, kw_only=True)
class ObservedEndpoint:
    """``aspects`` has the same shape as :func:`.aspects.of_endpoint` gives for what is wanted."""

    name: str
    provisioning_state: ProvisioningState
    aspects: Mapping[str, Any] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)
    """What the tool itself keeps there: see :mod:`.own_tags`. Never a difference."""
    traffic: Mapping[str, int] = field(default_factory=dict)
    mirror_traffic: Mapping[str, int] = field(default_factory=dict)
    lasting: Mapping[str, Any] = field(default_factory=dict)
    """As :func:`.aspects.lasting` gives it; what the driver's place does not have is left out."""
    trouble: str | None = None
    """Why it has to be written again although nothing differs; None where all is well."""
    stillborn: bool = False
    """Whether it was never made, and can only be deleted."""
    deployments: tuple[ObservedDeployment, ...] = ()
    seen: Any = field(default=None, repr=False, compare=False)
    """What a driver made this of, and goes on from; nobody else reads it."""


def present(there: ObservedEndpoint | None) -> dict[str, ObservedDeployment]:
    """The deployments by their names."""
    return {each.name: each for each in there.deployments} if there else {}
