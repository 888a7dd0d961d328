"""ARM's answers as the rest may rely on them: one reader for what every resource has.

Null is the same as absent, for whoever reads; what is sent back keeps it. Whatever is needed and
not there, or of another type than ARM gives it, is an error that says of what and which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from azext_ml_endpoint.cloud.arm.resource_names import spoken
from azext_ml_endpoint.cloud.wire import keys
from azext_ml_endpoint.cloud.wire.values import is_number, is_text
from azext_ml_endpoint.errors import ServiceError

_WAY_OUT = (
    "Check whether a proxy answers in Azure's place (HTTPS_PROXY). Run the same command again; "
    "if it goes on, tell Azure's support."
)
Reads = Callable[[Any], bool]
"""Whether a value is what it should be; may raise ValueError in place of False."""


@dataclass(frozen=True)
class _Each:
    """An object whose keys are anybody's, and whose values have this shape."""

    shape: Any


def _noted(value: Any) -> bool:
    """The official SDK writes its hash_version as a number."""
    return isinstance(value, (str, int, float))


_OTHERS: Mapping[str, Any] = {
    **dict.fromkeys(
        (
            "compute",
            "endpointComputeType",
            "environmentId",
            "model",
            "provisioningState",
            "scoringUri",
            "swaggerUri",
        ),
        is_text,
    ),
    "build": {},
    "environmentVariables": _Each(is_text),
    "flavors": {},
    "inferenceConfig": {},
    "mirrorTraffic": _Each(is_number),
    "properties": _Each(_noted),
    "traffic": _Each(is_number),
}
_DEPLOYMENT = keys.shape()
_CODE = {**_DEPLOYMENT["properties"]["codeConfiguration"], "codeId": is_text}
_RESOURCE: Mapping[str, Any] = {
    **dict.fromkeys(("id", "name", "location", "nextLink"), is_text),
    **_DEPLOYMENT,
    "properties": {
        **_DEPLOYMENT["properties"],
        **_OTHERS,
        "codeConfiguration": _CODE,
    },
    "identity": {
        "type": is_text,
        "userAssignedIdentities": _Each({}),
    },
    "systemData": dict.fromkeys(
        ("createdAt", "createdBy", "lastModifiedAt", "lastModifiedBy"), is_text
    ),
    "tags": _Each(is_text),
}
"""What is read of a resource: objects by their keys, and what the values must be. Null is fine."""


class Body(dict[str, Any]):
    """One JSON object. about: the path of what it is about.

    ``get`` gives the default for null too; ``[…]`` raises ServiceError for what is not there.
    """

    def __init__(
        self, data: Mapping[str, Any] | Iterable[tuple[str, Any]] = (), about: str = ""
    ) -> None:
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
    for key, shape in _RESOURCE.items():
        _check(body.get(key), shape, key, about)
    return body


def items(body: Mapping[str, Any], about: str) -> list[Body]:
    """The resources of a page of a collection. Raises ServiceError."""
    return [checked(each, _item(each, about)) for each in objects(body, "value", about)]


def _item(body: Body, about: str) -> str:
    """The path of one of them, where it says who it is."""
    name = body.get("id")
    return name if isinstance(name, str) else about


def objects(body: Mapping[str, Any], key: str, about: str) -> list[Body]:
    """What is listed below a key; none where it is not there. Raises ServiceError."""
    found = body.get(key) or []
    if not isinstance(found, list) or not all(isinstance(each, Body) for each in found):
        raise _misshapen(about, f"has something else than a list of objects for {key!r}")
    return found


def _check(value: Any, shape: Any, key: str, about: str) -> None:
    if value is None:
        return
    if isinstance(shape, (Mapping, _Each)):
        if not isinstance(value, dict):
            raise _misshapen(about, f"has something else than an object for {key!r}")
        for name, below in _below(value, shape):
            _check(value.get(name), below, f"{key}.{name}", about)
    elif not _fits(value, shape):
        raise _misshapen(about, f"has {_short(value)} for {key!r}")


def _below(value: Mapping[str, Any], shape: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(shape, _Each):
        yield from ((name, shape.shape) for name in value)
    else:
        yield from shape.items()


def _fits(value: Any, reads: Reads) -> bool:
    try:
        return reads(value)
    except (ValueError, ArithmeticError):
        return False


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}…"


def _misshapen(about: str, what: str) -> ServiceError:
    return ServiceError(
        f"Azure's answer about {spoken(about)} {what}.", _WAY_OUT, code="UnexpectedAnswer"
    )
