"""What rules a deployment that a deployment template completes, and who says so. Pure.

A registry's model may bring such a template. The service then shows neither its values nor its
own: who looks at the deployment sees nothing, and who runs it meets them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from azext_ml_endpoint.plan.aspects import flat
from azext_ml_endpoint.plan.memory import USUAL

Origin = Literal["file", "template", "service"]
_SPOKEN_OF = ("environment", "request_settings", "liveness_probe", "readiness_probe")


@dataclass(frozen=True)
class Effective:
    """``path`` is a place in the document."""

    path: str
    value: Any
    origin: Origin


def values(
    said: Mapping[str, Any], there: Mapping[str, Any], template: Mapping[str, Any]
) -> tuple[Effective, ...]:
    """said, there, template: as :func:`.aspects.aspects` gives them.

    What the document says goes before what somebody else has set, that before the template, and
    that before the service's own defaults.
    """
    layers: tuple[tuple[Origin, Mapping[str, Any]], ...] = (
        ("file", flat(said)),
        ("service", flat(there)),
        ("template", flat(template)),
        ("service", USUAL),
    )
    paths = dict.fromkeys(path for _, layer in layers for path in layer if _is_spoken_of(path))
    return tuple(
        next(Effective(path, layer[path], origin) for origin, layer in layers if path in layer)
        for path in sorted(paths)
    )


def _is_spoken_of(path: str) -> bool:
    return path.partition(".")[0] in _SPOKEN_OF
