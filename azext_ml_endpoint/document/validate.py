"""All that is wrong with a document, at once: first its shape, then its meaning.

Four kinds of documents, four functions. Each returns the findings in the order of their places,
each cause once: an environment file that two deployments share is told of once. Nothing raises
for what the user wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePath

from azext_ml_endpoint.document import assets, rules, shape, texts, two_files
from azext_ml_endpoint.document.finding import Finding
from azext_ml_endpoint.document.node import Node
from azext_ml_endpoint.document.spot import Spot

_OF_A_DEPLOYMENT = {"model", "code_configuration", "environment", "instance_type", "endpoint_name"}
_OF_AN_ENDPOINT = {"deployments", "traffic", "auth_mode", "target", "compute"}


def validate(node: Node) -> list[Finding]:
    """An endpoint with its deployments."""
    if is_deployment(node):
        hint = "Give the file with --deployment-file, or write it below 'deployments'."
        if two_files.kind(node):
            hint = f"{hint} {two_files.command('deployment', PurePath(node.place.file).name)}"
        return [Spot(node).finding("this is a deployment, and an endpoint is expected", hint)]
    return _validate(node, "online-endpoint", rules.endpoint)


def validate_deployment(node: Node) -> list[Finding]:
    """A deployment in a file of its own. Whether its endpoint is managed is not known."""
    return _validate(node, "online-deployment", rules.deployment)


def validate_model(node: Node) -> list[Finding]:
    """A model in a file of its own."""
    return _validate(node, "model", assets.model)


def validate_environment(node: Node) -> list[Finding]:
    """An environment in a file of its own."""
    return _validate(node, "environment", assets.environment)


def is_deployment(node: Node) -> bool:
    """Whether the document has keys of a deployment, and none that only an endpoint has."""
    keys = set(node.value) if isinstance(node.value, dict) else set()
    return bool(keys & _OF_A_DEPLOYMENT) and not keys & _OF_AN_ENDPOINT


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
