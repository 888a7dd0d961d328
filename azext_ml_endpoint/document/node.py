"""A parsed document: plain YAML values that remember where they were written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from azext_ml_endpoint.document.finding import Place

Scalar: TypeAlias = bool | int | float | str | None


class ByName(str):
    """A step of a path: the item of a list that has this name."""


@dataclass(frozen=True, kw_only=True)
class Node:
    """One value of the document.

    value: a scalar, a list of nodes, or a mapping of nodes in the order of the file.
    place: where the value begins.
    keys: for a mapping, where each key was written (a misspelt key is shown at its own place).
    base: absolute folder of the file that holds the value; relative paths start there.
    secret: the value came from ``${secret:…}`` and is shown to nobody.
    written: the text of a scalar that YAML takes for something else: ``1.10``, ``yes``, ``~``.
    """

    value: Scalar | list[Node] | dict[str, Node]
    place: Place
    base: Path
    keys: dict[str, Place] = field(default_factory=dict)
    secret: bool = False
    written: str | None = None

    def __repr__(self) -> str:
        return f"Node({'***' if self.secret else repr(self.value)} at {self.place})"


def plain(node: Node) -> Any:
    """The value without places: what yaml.safe_load would have given."""
    if isinstance(node.value, dict):
        return {key: plain(child) for key, child in node.value.items()}
    if isinstance(node.value, list):
        return [plain(child) for child in node.value]
    return node.value


def descend(node: Node, path: Iterable[str | int]) -> Node:
    """The node at a path such as ``("deployments", 0, "name")``.

    Raises KeyError or IndexError where there is none.
    """
    for step in path:
        if isinstance(node.value, dict):
            node = node.value[str(step)]
        elif isinstance(node.value, list) and isinstance(step, int):
            node = node.value[step]
        else:
            raise KeyError(step)
    return node


def spell(path: Iterable[str | int]) -> str:
    """``("deployments", 0, "name")`` as people write it: ``deployments[0].name``."""
    text = ""
    for step in path:
        text += (
            f"[{step}]" if isinstance(step, (int, ByName)) else f".{step}" if text else str(step)
        )
    return text
