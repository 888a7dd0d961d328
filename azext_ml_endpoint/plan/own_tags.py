"""What the tool keeps on an endpoint: tags whose names begin with ``ml-endpoint.``.

They are nobody's tags but the tool's: they are not shown, never a difference, and stay when the
user's tags change. ARM takes up to 50 tags, each with a value of up to 256 characters.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

from azext_ml_endpoint.document.model import OWN_TAGS, Deployment, Endpoint
from azext_ml_endpoint.errors import ConflictError

PREFIX = OWN_TAGS

Changes: TypeAlias = Mapping[str, str | None]
"""Values to set; None removes."""
NO_CHANGES: Changes = MappingProxyType({})


def users(tags: Mapping[str, str | None]) -> dict[str, str]:
    """Those that are not the tool's own. One of null says nothing."""
    return {
        name: value
        for name, value in tags.items()
        if value is not None and not name.startswith(PREFIX)
    }


def kept(tags: Mapping[str, str]) -> dict[str, str]:
    """The tool's own."""
    return {name: value for name, value in tags.items() if name.startswith(PREFIX)}


def changed(tags: Mapping[str, str], wanted: Endpoint | Deployment) -> dict[str, str]:
    """What the document says, beside what others have set: without what it says no longer.

    To ARM `Team` and `team` are one tag (its documentation, "Use tags to organize your resources").
    """
    said = {name.lower() for name in wanted.tags}
    others = {name: value for name, value in tags.items() if name.lower() not in said}
    left = {name: value for name, value in others.items() if f"tags.{name}" not in wanted.dropped}
    return {**left, **wanted.tags}


class Overtaken(ConflictError):
    """Somebody else has written first."""


def require(tags: Mapping[str, str], holds: Changes, endpoint_name: str) -> None:
    """Raises Overtaken where a value is another one; None stands for no value."""
    if any(tags.get(name) != value for name, value in holds.items()):
        raise Overtaken(
            f"Another command has changed endpoint {endpoint_name} at the same moment; "
            "this one has changed nothing.",
            f"See who was it: az ml endpoint history -n {endpoint_name}.",
        )


def merged(tags: Mapping[str, str], changes: Changes) -> dict[str, str]:
    changed = {**tags, **changes}
    return {name: value for name, value in changed.items() if value is not None}
