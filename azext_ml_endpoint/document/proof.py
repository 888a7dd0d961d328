"""Whether a file that is to be written is one that can be read.

What is written was judged before, in another form: as files of another format, as what Azure or
this machine holds. A rule that such a form escapes would make a file that nobody can use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

from azext_ml_endpoint.document import complete, together, two_files, validate
from azext_ml_endpoint.document.finding import Finding, Place
from azext_ml_endpoint.document.model import Endpoint
from azext_ml_endpoint.document.node import Node
from azext_ml_endpoint.document.spot import Spot
from azext_ml_endpoint.document.variables import SecretsOnly
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


def errors_in_files(
    files: Mapping[str, Written], folder: Path, source: Node | Place
) -> list[Finding]:
    """As :func:`errors`, of an endpoint's file, which is the first, and of its deployments'.

    source: of the endpoint with its deployments, in the same order.
    """
    root, findings = _together(files, folder, source)
    findings = [*findings, *validate.validate(root)]
    return [each for each in findings if each.severity == "error"]


def endpoint_of_files(files: Mapping[str, Written], folder: Path) -> Endpoint:
    """What such files will be read as. They have no errors."""
    root, _ = _together(files, folder, Place("the files"))
    return complete.complete(root)


def _together(
    files: Mapping[str, Written], folder: Path, source: Node | Place
) -> tuple[Node, list[Finding]]:
    if isinstance(source, Place):
        source = Node(value=None, place=source, base=folder)
    below = Spot(source).get("deployments")
    places = [source, *(each.node for each in below.below())] if below else []
    nodes: list[Node] = []
    findings: list[Finding] = []
    for written in files.values():
        node, wrong = _parsed(written, folder)
        at = places[len(nodes)] if len(nodes) < len(places) else source
        nodes += [_placed(node, at)] if node else []
        findings += wrong
    root, told = together.converted(nodes[0], nodes[1:])
    return root, [*findings, *told]


def _parsed(written: Written, folder: Path) -> tuple[Node | None, list[Finding]]:
    origin = Origin(file="the file", base=folder, lines=False)
    secrets = written.secrets if written.of_2021 else SecretsOnly(written.secrets)
    return parse(written.text, origin, secrets)


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
