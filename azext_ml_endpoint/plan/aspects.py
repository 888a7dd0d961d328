"""The aspects of endpoints and deployments: plain data, an entry per thing that can change.

Both sides of a comparison have this shape: what is wanted comes from here, what is there comes
from a driver. Of what is there only that counts which the document speaks of.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any

from azext_ml_endpoint.document import model
from azext_ml_endpoint.document.model import (
    ENDPOINT_KEYS,
    KEYS,
    Code,
    Deployment,
    Endpoint,
    Environment,
    Model,
    Probe,
    Reference,
)

if TYPE_CHECKING:
    from azext_ml_endpoint.plan.observed import ObservedDeployment, ObservedEndpoint

PROBES = tuple(key for key, kind in model.SECTIONS.items() if kind is Probe)
SECTIONS = (*model.SECTIONS, "tags")
"""The aspects that are compared entry by entry, and lose entries one by one."""
ENTRIES = (*SECTIONS, "properties")
_WHOLE = "environment_variables"
"""One that the document does not have is not wanted."""


def aspects(deployment: Deployment) -> dict[str, Any]:
    """Keys are the document's own; assets are reduced to their identity."""
    found: dict[str, Any] = {}
    for key in KEYS:
        found[key] = _aspect(getattr(deployment, key))
        if key == "environment":
            found["inference_config"] = _inference_config(deployment.environment)
    return found


def lasting(endpoint: Endpoint) -> dict[str, Any]:
    """What is settled when an endpoint is made; without what the document does not say."""
    said: dict[str, Any] = {"kind": endpoint.kind}
    if endpoint.target:
        said["target"] = endpoint.target.text
    if endpoint.identity:
        said["identity"] = _plain(endpoint.identity)
    return said


def differences(
    wanted: Deployment, there: ObservedDeployment, honours: frozenset[str]
) -> list[str]:
    """The names of the aspects that differ, in the order of :func:`aspects`.

    What the document does not say is no difference, unless it said it before.
    """
    asked = aspects(wanted)
    return [
        key
        for key, value in asked.items()
        if key in honours
        and (
            _differs(key, value, there.aspects.get(key), there.said)
            or _is_dropped(key, wanted.dropped, there.aspects.get(key))
        )
    ]


def endpoint_differences(wanted: Endpoint, there: ObservedEndpoint) -> list[str]:
    """As :func:`differences`, of what can be changed about an endpoint."""
    found = there.aspects
    return [
        key
        for key, value in of_endpoint(wanted).items()
        if _differs(key, value, found.get(key), {})
        or _is_dropped(key, wanted.dropped, found.get(key))
    ]


def of_endpoint(endpoint: Endpoint) -> dict[str, Any]:
    """What can be changed about it, but for its traffic. Keys are the document's own.

    What no document says is there only where it is asked for.
    """
    simulate = {} if endpoint.simulate is None else {"simulate": endpoint.simulate}
    return {**{key: _aspect(getattr(endpoint, key)) for key in ENDPOINT_KEYS}, **simulate}


def _is_dropped(key: str, dropped: Collection[str], found: Any) -> bool:
    """Whether something of the aspect is there that the document says no longer."""
    if key in SECTIONS:
        return any(f"{key}.{name}" in dropped for name in found or ())
    return found is not None and key in dropped


def _differs(key: str, asked: Any, found: Any, said: Mapping[str, Any]) -> bool:
    if key == _WHOLE:
        return bool(asked != (found or {}))
    if key not in ENTRIES:
        return asked is not None and not is_same(asked, found, said.get(key))
    return any(
        not is_same(value, (found or {}).get(name), said.get(f"{key}.{name}"))
        for name, value in (asked or {}).items()
    )


def flat(found: Mapping[str, Any]) -> dict[str, Any]:
    """By places in the document, such as ``request_settings.request_timeout_ms``.

    found: as :func:`aspects` gives it. What is not said is left out.
    """
    said: dict[str, Any] = {}
    for key, value in found.items():
        if key in SECTIONS:
            said |= {f"{key}.{name}": each for name, each in (value or {}).items()}
        else:
            said[key] = value
    return {path: each for path, each in said.items() if each is not None}


def is_same(asked: Any, found: Any, said: Any) -> bool:
    """said: what the document said last, where that is a number.

    A service that shows nothing for 0 has taken it. One that shows nothing for the very value that
    it was sent does not keep it, and to send it again would change nothing.
    """
    is_nothing = isinstance(asked, (bool, int, float)) and not asked
    return bool(asked == found or (found is None and (is_nothing or asked == said)))


def _aspect(value: Any) -> Any:
    match value:
        case Model():
            return {"name": value.name, "version": value.version, "digest": value.digest}
        case Code():
            return {"folder": value.path.name, "digest": value.digest}
        case Environment():
            return value.digest
        case Reference():
            return value.text
        case Mapping():
            return dict(value)
    return _plain(value) if is_dataclass(value) else value


def _inference_config(environment: Environment | Reference | None) -> Any:
    return _plain(environment.inference_config) if isinstance(environment, Environment) else None


def _plain(data: Any) -> Any:
    """Without what is not said."""
    if data is None:
        return None
    return {name: value for name, value in asdict(data).items() if value is not None}
