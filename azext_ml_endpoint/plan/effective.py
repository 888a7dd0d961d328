"""What rules a deployment that a deployment template completes, and who says so. Pure.

A registry's model may bring such a template. The service then shows neither its values nor its
own: who looks at the deployment sees nothing, and who runs it meets them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from azext_ml_endpoint.document.model import HIDDEN
from azext_ml_endpoint.plan.aspects import flat
from azext_ml_endpoint.plan.memory import USUAL

Origin = Literal["file", "template", "service"]
_VARIABLES = "environment_variables"
_SPOKEN_OF = frozenset(
    {
        "environment",
        _VARIABLES,
        "instance_type",
        "scale_settings",
        "request_settings",
        "liveness_probe",
        "readiness_probe",
        "startup_probe",
        "app_insights_enabled",
        "model_mount_path",
        "egress_public_network_access",
    }
)
"""What a template can say, and what the service has by itself."""
_SENT = ("environment", "instance_type", "scale_settings.instance_count")
"""How places begin that nobody says but who has deployed it. Memory has few of them, or none."""


@dataclass(frozen=True)
class Effective:
    """``path`` is a place in the document."""

    path: str
    value: Any
    origin: Origin


def values(
    said: Mapping[str, Any],
    there: Mapping[str, Any],
    template: Mapping[str, Any],
    *,
    dropped: Collection[str] = (),
    secrets: Collection[str] = (),
) -> tuple[Effective, ...]:
    """said, there, template: as :func:`.aspects.aspects` gives them. dropped: places in the
    document that go back to what is behind them. secrets: variables whose values nobody is shown.

    What the document says goes before what somebody else has set, that before the template, and
    that before the service's own defaults.
    """
    found = {path: value for path, value in _flat(there, secrets).items() if path not in dropped}
    layers: tuple[tuple[Origin, Mapping[str, Any]], ...] = (
        ("file", _flat(said, secrets)),
        ("service", found),
        ("template", _flat(template)),
        ("service", USUAL),
    )
    paths = dict.fromkeys(path for _, layer in layers for path in layer if _is_spoken_of(path))
    return tuple(
        next(Effective(path, layer[path], origin) for origin, layer in layers if path in layer)
        for path in sorted(paths)
    )


def shown(
    there: Mapping[str, Any],
    template: Mapping[str, Any],
    *,
    remembered: Collection[str],
    secrets: Collection[str] = (),
) -> tuple[Effective, ...]:
    """As :func:`values`, of what is there. remembered: places that a document has spoken of, as
    :mod:`.memory` knows them."""
    return tuple(
        replace(each, origin="file") if _is_said(each, remembered) else each
        for each in values({}, there, template, secrets=secrets)
    )


def _is_said(each: Effective, remembered: Collection[str]) -> bool:
    is_known = each.path in remembered or each.path.startswith(_SENT)
    return each.origin == "service" and is_known


def _flat(found: Mapping[str, Any], secrets: Collection[str] = ()) -> dict[str, Any]:
    """With a place for each variable."""
    variables = found.get(_VARIABLES) or {}
    each = {
        f"{_VARIABLES}.{name}": HIDDEN if name in secrets else value
        for name, value in variables.items()
    }
    return flat({key: value for key, value in found.items() if key != _VARIABLES}) | each


def _is_spoken_of(path: str) -> bool:
    return path.partition(".")[0] in _SPOKEN_OF
