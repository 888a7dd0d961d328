"""Values that are texts, whatever YAML takes them for: they arrive as they were written.

    environment_variables, tags, properties    1.10 is not 1.1, 0777 not 511, yes not true
    version                                    of a model, code or environment: 1.10 as well
    flavors                                    those of each: python_version: 3.10

A ``null`` is no text: the schema refuses it, and the finding asks for quotes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from azext_ml_endpoint.document.node import Node

_MAPS = ("environment_variables", "tags", "properties", "flavors")
_OWNERS = ("deployments", "model", "code_configuration", "code", "environment")


def as_written(document: Node) -> Node:
    """The tree of an endpoint, a deployment, a model or an environment."""
    if isinstance(document.value, list):
        return replace(document, value=[as_written(each) for each in document.value])
    if not isinstance(document.value, dict):
        return document
    chosen = {key: _READERS.get(key, _as_it_is) for key in document.value}
    return replace(document, value={k: chosen[k](node) for k, node in document.value.items()})


def _as_it_is(node: Node) -> Node:
    return node


def _number(node: Node) -> Node:
    return node if isinstance(node.value, bool) else _text(node)


def _text(node: Node) -> Node:
    if isinstance(node.value, dict):
        return replace(node, value={key: _text(below) for key, below in node.value.items()})
    return node if node.value is None or node.written is None else replace(node, value=node.written)


_READERS: Mapping[str, Callable[[Node], Node]] = {
    **dict.fromkeys(_MAPS, _text),
    **dict.fromkeys(_OWNERS, as_written),
    "version": _number,
}
