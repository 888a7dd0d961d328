"""Whether a file that is to be written is one that can be read.

What is written was judged before, in another form: as files of another format, as what Azure or
this machine holds. A rule that such a form escapes would make a file that nobody can use.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

from azext_ml_endpoint.document import complete, two_files, validate
from azext_ml_endpoint.document.finding import Finding, Place
from azext_ml_endpoint.document.model import Endpoint
from azext_ml_endpoint.document.node import Node
from azext_ml_endpoint.document.write import Written
from azext_ml_endpoint.document.yaml_reader import Origin, parse


def errors(written: Written, folder: Path, source: Node | Place) -> list[Finding]:
    """What is wrong with the text, told where it comes from.

    folder: where the file is to be; absolute. source: the tree that was written, whose places
    the findings have; or the one place for all of them.
    """
    node, findings = _parsed(written, folder)
    if isinstance(source, Place):
        source = Node(value=None, place=source, base=folder)
    if node is not None:
        node = _placed(node, source)
        is_deployment = two_files.is_deployment(node)
        judge = validate.validate_deployment if is_deployment else validate.validate
        findings = [*findings, *judge(node)]
    return [each for each in findings if each.severity == "error"]


def endpoint(written: Written, folder: Path) -> Endpoint:
    """What such a file will be read as. It has no errors."""
    node, _ = _parsed(written, folder)
    return complete.complete(cast("Node", node))


def _parsed(written: Written, folder: Path) -> tuple[Node | None, list[Finding]]:
    origin = Origin(file="the file", base=folder, lines=False)
    return parse(written.text, origin, written.secrets)


def _placed(node: Node, source: Node) -> Node:
    """The node at the place that it has in the source, or that the nearest above it has there."""
    nowhere = replace(source, value=None, keys={})
    placed = replace(node, place=source.place)
    if isinstance(node.value, dict):
        there = source.value if isinstance(source.value, dict) else {}
        value = {key: _placed(each, there.get(key, nowhere)) for key, each in node.value.items()}
        keys = {key: source.keys.get(key, value[key].place) for key in value}
        return replace(placed, value=value, keys=keys)
    if isinstance(node.value, list):
        items = source.value if isinstance(source.value, list) else []
        padded = [*items, *[nowhere] * len(node.value)]
        return replace(
            placed, value=[_placed(*pair) for pair in zip(node.value, padded, strict=False)]
        )
    return placed
