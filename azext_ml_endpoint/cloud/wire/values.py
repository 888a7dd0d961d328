"""How ARM spells single values: durations, what only Azure itself writes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

_DURATION = re.compile(
    r"P(?:(?P<d>\d+)D)?(?:T(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+(?:\.\d+)?)S)?)?"
)
_NO_TIME = re.compile(r"P(?=.*0)(?:0+D)?(?:T(?:0+H)?(?:0+M)?(?:0+(?:\.0+)?S)?)?")
_SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_ANSWERS = ("id", "name", "type", "systemData", "etag")
"""What ARM says of every resource, and nobody says to it."""
SECRETS = "mlEndpointSecrets"
"""A property that we note on deployments: which environment variables are shown to nobody."""
SAID = "mlEndpointSaid"
"""Another one: :mod:`azext_ml_endpoint.plan.memory`, as JSON."""
_INTERNAL = frozenset(
    name.lower()
    for name in (
        "AzureAsyncOperationUri",
        "azureml.onlineendpointid",
        "azureml.labels",
        # The official SDK sends what it shows of systemData back among the properties.
        "createdAt",
        "createdBy",
        "lastModifiedAt",
        SECRETS,
        SAID,
    )
)
"""What Azure and the tools note for themselves, as recorded. All else is the user's, such as
``azureml.deploymentTemplateOverride``."""


def duration(milliseconds: int) -> str:
    """ISO 8601, in seconds: ``PT5S``, ``PT0.5S``."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"PT{seconds}.{rest:03}".rstrip("0") + "S" if rest else f"PT{seconds}S"


def is_no_time(raw: Any) -> bool:
    """``PT0S``, however it is spelled."""
    return isinstance(raw, str) and _NO_TIME.fullmatch(raw) is not None


def whole(number: Any) -> Any:
    """JSON has one kind of numbers, and some clients write 3 as 3.0. All else stays as it is."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


def milliseconds(text: str) -> int:
    """Of an ISO 8601 duration without months and years. Raises ValueError for parts of one."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"{text} is no duration")
    parts = match.groupdict(default="0")
    return _whole(sum(1000 * Fraction(parts[unit]) * size for unit, size in _SECONDS.items()), text)


def seconds(text: str) -> int:
    """Raises ValueError for parts of a second."""
    return _whole(Fraction(milliseconds(text), 1000), text)


def _whole(number: Fraction | int, text: str) -> int:
    if number != int(number):
        raise ValueError(f"{text} is no whole number")
    return int(number)


def users_own(properties: Mapping[str, Any] | None) -> dict[str, str]:
    """``properties.properties`` of a resource, without what Azure and its tools note there."""
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in (properties or {}).items()
        if name.lower() not in _INTERNAL and value is not None
    }


def carried(there: Mapping[str, Any]) -> dict[str, Any]:
    """What goes back to ARM: also what nobody here knows."""
    return {name: value for name, value in there.items() if name not in _ANSWERS}


def said(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is null: ARM reads null as a value, and people read it as noise."""
    return {name: value for name, value in values.items() if value is not None}


def is_text(value: Any) -> bool:
    return isinstance(value, str)


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def is_duration(value: Any) -> bool:
    """Raises ValueError for a text that is none."""
    return isinstance(value, str) and milliseconds(value) >= 0
