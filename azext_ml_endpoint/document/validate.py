"""All that is wrong with a document, at once: first its shape, then its meaning.

Four kinds of documents, four functions. Each returns the findings in the order of their places,
each cause once: an environment file that two deployments share is told of once. Nothing raises
for what the user wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePath
from typing import Literal

from azext_ml_endpoint.document import assets, rules, shape, texts, two_files
from azext_ml_endpoint.document.finding import Finding
from azext_ml_endpoint.document.node import Node
from azext_ml_endpoint.document.spot import Spot

Scope = Literal["whole", "endpoint", "deployments"]
"""What of an endpoint a document is about: all of it, deletions included; what it says of the
endpoint itself; or some of its deployments, whatever else there is."""


def validate(node: Node, scope: Scope = "whole") -> list[Finding]:
    """An endpoint with its deployments, or one of these without the other."""
    if scope == "whole" and two_files.is_deployment(node):
        return [no_endpoint(node)]
    return _validate(node, "online-endpoint", lambda endpoint: rules.endpoint(endpoint, scope))


def validate_beside(node: Node, kind: rules.Kind | None) -> list[Finding]:
    """Deployments alone, for an endpoint of this kind. None: nobody knows."""
    return _validate(
        node, "online-endpoint", lambda endpoint: rules.endpoint(endpoint, "deployments", kind)
    )


def no_endpoint(node: Node) -> Finding:
    """node: a deployment's."""
    file = PurePath(node.place.file).name
    hint = (
        f"Give its endpoint's file too: -f ENDPOINT.yml -f {file}. Where the endpoint is there "
        f"already: az ml endpoint update -f {file}."
    )
    return Spot(node).finding("this is a deployment, and an endpoint is expected", hint)


def validate_deployment(node: Node) -> list[Finding]:
    """A deployment in a file of its own. Whether its endpoint is managed is not known."""
    return _validate(node, "online-deployment", rules.deployment)


def validate_model(node: Node) -> list[Finding]:
    """A model in a file of its own."""
    return _validate(node, "model", assets.model)


def validate_environment(node: Node) -> list[Finding]:
    """An environment in a file of its own."""
    return _validate(node, "environment", assets.environment)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Sorted by place, and each cause once: an anchor of YAML has one place and many paths, while
    a place without a line, such as an option, holds many things."""
    once = {_cause(finding): finding for finding in reversed(list(findings))}
    return sorted(once.values(), key=lambda finding: (finding.place, finding.path, finding.message))


def _cause(finding: Finding) -> tuple[object, ...]:
    return finding.place, finding.message, None if finding.place.line else finding.path


def _validate(
    node: Node, schema: str, meaning: Callable[[Spot], Iterator[Finding]]
) -> list[Finding]:
    document = Spot(texts.as_written(node))
    kind = document.get("type")
    if kind and kind.text and kind.text.lower() == "batch":
        message = "type 'batch' is not supported: this tool is for online endpoints only"
        return [kind.finding(message)]
    exposed = list(_exposed_secrets(document))
    wrong, document = shape.check(document, schema)
    told = {finding.place for finding in exposed}
    others = [each for each in (*wrong, *meaning(document)) if each.place not in told]
    return in_order([*exposed, *others])


def _exposed_secrets(spot: Spot) -> Iterator[Finding]:
    """All but environment variables is shown, labelled or built into images at some time."""
    if spot.node.secret:
        yield spot.finding("a secret can be the value of an environment variable only")
    for below in spot.below():
        if below.path[-1] != "environment_variables":
            yield from _exposed_secrets(below)
