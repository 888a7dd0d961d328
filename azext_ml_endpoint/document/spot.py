"""A node together with its path: what a rule looks at, and where its finding will stand.

Rules read documents that may be wrong in many ways at once. So every look is careful: what is
absent, empty or of another type is None or nothing, because the schema speaks of it already.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from azext_ml_endpoint.document.finding import Finding, Place
from azext_ml_endpoint.document.node import Node, spell

DocumentPath = tuple[str | int, ...]


@dataclass(frozen=True)
class Spot:
    node: Node
    path: DocumentPath = ()

    def get(self, *keys: str) -> Spot | None:
        """The value below these keys; None where there is none, or nothing in it."""
        spot = self
        for key in keys:
            below = spot.node.value.get(key) if isinstance(spot.node.value, dict) else None
            if below is None or below.value is None:
                return None
            spot = Spot(below, (*spot.path, key))
        return spot

    def has(self, key: str) -> bool:
        """Whether the key is there, with or without a value."""
        return isinstance(self.node.value, dict) and key in self.node.value

    def below(self) -> Iterator[Spot]:
        """Values of a mapping, elements of a list."""
        value = self.node.value
        if isinstance(value, dict):
            yield from (Spot(node, (*self.path, key)) for key, node in value.items())
        elif isinstance(value, list):
            yield from (Spot(node, (*self.path, index)) for index, node in enumerate(value))

    def entries(self, key: str) -> Iterator[tuple[str, Spot]]:
        """Keys and values of the mapping below the key."""
        mapping = self.get(key)
        if mapping and isinstance(mapping.node.value, dict):
            yield from zip(mapping.node.value, mapping.below(), strict=True)

    def items(self, key: str) -> Iterator[Spot]:
        """Elements of the list below the key."""
        elements = self.get(key)
        if elements and isinstance(elements.node.value, list):
            yield from elements.below()

    @property
    def text(self) -> str | None:
        return self.node.value if isinstance(self.node.value, str) else None

    @property
    def integer(self) -> int | None:
        value = self.node.value
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    @property
    def number(self) -> float | None:
        return self.node.value if isinstance(self.node.value, float) else self.integer

    @property
    def key(self) -> str:
        """What people call the value: its key, or ``deployments[0]`` in a list; "" for the root."""
        names = [index for index, step in enumerate(self.path) if isinstance(step, str)]
        return spell(self.path[names[-1] :]) or "''" if names else ""

    def finding(
        self,
        message: str,
        hint: str | None = None,
        *,
        place: Place | None = None,
        severity: Literal["error", "warning"] = "error",
    ) -> Finding:
        return Finding(
            severity=severity,
            message=message,
            place=place or self.node.place,
            path=spell(self.path),
            hint=hint,
        )


def shown(node: Node) -> str:  # pylint: disable=too-many-return-statements
    """The value as a message may show it: short, on one line, never a secret."""
    value = node.value
    if node.secret:
        return "<secret>"
    if value is None:
        return "nothing"
    if node.written and len(node.written) <= 20 and not isinstance(value, str):
        return node.written
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return repr(value if len(value) <= 60 else f"{value[:57]}…")
    if isinstance(value, float) and not math.isfinite(value):
        return ".nan" if math.isnan(value) else ".inf"
    if isinstance(value, int | float):
        return repr(value) if abs(value) < 1e20 else "a huge number"
    return "a mapping" if isinstance(value, dict) else "a list"
