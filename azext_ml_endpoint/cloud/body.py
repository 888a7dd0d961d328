"""ARM's answers as the rest may rely on them: one reader for what every resource has.

Null is the same as absent, for whoever reads; what is sent back keeps it. Whatever is needed and
not there, or of another type than ARM gives it, is an error that says of what and which.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azext_ml_endpoint.cloud.resource_names import spoken
from azext_ml_endpoint.errors import ServiceError

_WAY_OUT = (
    "Check whether a proxy answers in Azure's place (HTTPS_PROXY). Run the same command again; "
    "if it goes on, tell Azure's support."
)
_RESOURCE: Mapping[str, type] = {
    **dict.fromkeys(("id", "name", "location", "nextLink"), str),
    **dict.fromkeys(("properties", "tags", "systemData", "identity"), dict),
}
_PROPERTIES: Mapping[str, type] = {
    **dict.fromkeys(
        (
            "authMode",
            "compute",
            "description",
            "endpointComputeType",
            "environmentId",
            "instanceType",
            "model",
            "provisioningState",
            "scoringUri",
            "swaggerUri",
        ),
        str,
    ),
    **dict.fromkeys(
        (
            "build",
            "codeConfiguration",
            "containerResourceRequirements",
            "environmentVariables",
            "flavors",
            "inferenceConfig",
            "livenessProbe",
            "mirrorTraffic",
            "properties",
            "readinessProbe",
            "requestSettings",
            "scaleSettings",
            "traffic",
        ),
        dict,
    ),
}

_BELOW: Mapping[tuple[str, ...], Mapping[str, type]] = {
    ("identity",): {"type": str, "userAssignedIdentities": dict},
    ("systemData",): dict.fromkeys(("createdAt", "createdBy", "lastModifiedAt"), str),
    ("properties", "codeConfiguration"): dict.fromkeys(("codeId", "scoringScript"), str),
    ("properties", "scaleSettings"): {"scaleType": str},
}
_TEXTS = (("tags",), ("properties", "properties"), ("properties", "environmentVariables"))
"""Maps whose values are text."""
_OBJECTS = (("identity", "userAssignedIdentities"),)


class Body(dict[str, Any]):
    """One JSON object. about: the path of what it is about.

    ``get`` gives the default for null too; ``[…]`` raises ServiceError for what is not there.
    """

    def __init__(self, data: Mapping[str, Any], about: str) -> None:
        super().__init__(data)
        self._about = about

    def get(self, key: str, default: Any = None) -> Any:
        found = super().get(key)
        return default if found is None else found

    def __getitem__(self, key: str) -> Any:
        found = super().get(key)
        if found is None:
            raise _misshapen(self._about, f"says nothing of {key!r}")
        return found


def checked(body: Body, about: str) -> Body:
    """Raises ServiceError where what is there has another type than it should."""
    _check(body, _RESOURCE, about)
    own = body.get("properties", {})
    _check(own, _PROPERTIES, about)
    for place, types in _BELOW.items():
        _check(_at(body, place), types, about)
    for places, kind in ((_TEXTS, str), (_OBJECTS, dict)):
        for place in places:
            found = _at(body, place)
            _check(found, dict.fromkeys(found, kind), about)
    for name in ("traffic", "mirrorTraffic"):
        for share in (own.get(name) or {}).values():
            if not isinstance(share, int):
                raise _misshapen(about, f"has {share!r} for a share of {name!r}")
    return body


def items(body: Mapping[str, Any], about: str) -> list[Body]:
    """The resources of a page of a collection. Raises ServiceError."""
    return [checked(each, about) for each in objects(body, "value", about)]


def objects(body: Mapping[str, Any], key: str, about: str) -> list[Body]:
    """What is listed below a key; none where it is not there. Raises ServiceError."""
    found = body.get(key) or []
    if not isinstance(found, list) or not all(isinstance(each, Body) for each in found):
        raise _misshapen(about, f"has something else than a list of objects for {key!r}")
    return found


def _at(body: Mapping[str, Any], place: tuple[str, ...]) -> Mapping[str, Any]:
    """Nothing in it where there is none. What is on the way has been checked."""
    for name in place:
        body = body.get(name) or {}
    return body


def _check(body: Mapping[str, Any], types: Mapping[str, type], about: str) -> None:
    for key, kind in types.items():
        value = body.get(key)
        if value is not None and not isinstance(value, kind):
            wanted = "text" if kind is str else "an object"
            raise _misshapen(about, f"has something else than {wanted} for {key!r}")


def _misshapen(about: str, what: str) -> ServiceError:
    return ServiceError(
        f"Azure's answer about {spoken(about)} {what}.", _WAY_OUT, code="UnexpectedAnswer"
    )
