"""The files of the official extension ``ml``, as the one document of this format.

There, an endpoint and each of its deployments have files of their own, in a format that was made
of this one in November 2021. What has the same meaning under another name is renamed; what this
format cannot say is warned of, at its place, and left out, as comments are; what would mean
something else is an error. Nothing is lost without a word. Dollars are dollars there: nothing is
taken from the environment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from azext_ml_endpoint.document import (
    comments,
    official_keys,
    official_values,
    source,
    spelling,
    validate,
)
from azext_ml_endpoint.document.finding import Finding
from azext_ml_endpoint.document.load import Loaded
from azext_ml_endpoint.document.model import Endpoint
from azext_ml_endpoint.document.node import Node
from azext_ml_endpoint.document.official_tree import no_word
from azext_ml_endpoint.document.spot import Spot, shown
from azext_ml_endpoint.document.variables import AS_WRITTEN

_HINT = "Give the endpoint's file, and those of its deployments: --from endpoint.yml blue.yml …"
_KINDS = ("managed", "kubernetes")


@dataclass(frozen=True)
class Converted:
    """``tree`` is what the endpoint was made of: it knows where everything was written."""

    endpoint: Endpoint
    tree: Node


def load(paths: Sequence[str]) -> Loaded[Converted]:
    """One file of an endpoint, and any number of its deployments', in any order.

    Raises FileAccessError for files that vanish meanwhile.
    """
    from azext_ml_endpoint.document import complete

    root, findings = _read(paths)
    broken = {each.place for each in findings if each.severity == "error"}
    judged = validate.validate(root) if root else []
    findings += [each for each in judged if each.place not in broken]
    findings += comments.lost(dict.fromkeys((*paths, *_files(root)))) if root else ()
    converted = None
    if root and not _are_wrong(findings):
        converted = Converted(complete.complete(root), root)
    return Loaded(converted, tuple(validate.in_order(findings)))


def _read(paths: Sequence[str]) -> tuple[Node | None, list[Finding]]:
    findings: list[Finding] = []
    endpoints: list[Node] = []
    deployments: list[Node] = []
    for path in paths:
        node, wrong = source.read(path, variables=AS_WRITTEN)
        findings += wrong
        if node is not None:
            (deployments if _is_deployment(node) else endpoints).append(node)
    findings += [_batch(each) for each in (*endpoints, *deployments) if _is_batch(each)]
    if _are_wrong(findings):
        return None, findings
    if not endpoints or any(not isinstance(each.value, dict) for each in endpoints):
        return None, [*findings, *_not_one(deployments, endpoints)]
    findings += [_second(each) for each in endpoints[1:]]
    misplaced = list(_misplaced(endpoints[0], deployments))
    if misplaced:
        return None, [*findings, *misplaced]
    return _joined(endpoints[0], deployments, findings), findings


def _files(node: Node) -> Iterator[str]:
    """Those that the tree is made of; an environment may have one of its own."""
    yield node.place.file
    for each in Spot(node).below():
        yield from _files(each.node)


def _are_wrong(findings: Iterable[Finding]) -> bool:
    return any(each.severity == "error" for each in findings)


def _is_deployment(node: Node) -> bool:
    is_named = "deployment.schema" in _schema(node)
    return is_named or Spot(node).has("endpoint_name") or validate.is_deployment(node)


def _schema(node: Node) -> str:
    """The address, which says what the file is of; in lower case, empty where there is none."""
    schema = Spot(node).get("$schema")
    return schema.text.lower() if schema and schema.text else ""


def _not_one(deployments: Iterable[Node], endpoints: Iterable[Node]) -> Iterator[Finding]:
    for each in endpoints:
        yield Spot(each).finding("this is no endpoint: a mapping with a name is expected", _HINT)
    for each in list(deployments)[:1]:
        yield Spot(each).finding("this is a deployment, and its endpoint's file is missing", _HINT)


def _is_batch(node: Node) -> bool:
    kind = Spot(node).get("type")
    return "batch" in _schema(node) or bool(kind and official_values.one_of(kind.node, ["batch"]))


def _batch(node: Node) -> Finding:
    message = "this is of a batch endpoint, and this tool is for online endpoints only"
    return Spot(node).finding(message)


def _misplaced(endpoint: Node, deployments: Iterable[Node]) -> Iterator[Finding]:
    """Where the files do not agree whether there is a cluster, nothing else can be judged."""
    has_compute = bool(spelling.given(Spot(endpoint), spelling.TARGET))
    for each in (endpoint, *deployments):
        said = None if each is endpoint else Spot(each).get("type")
        kind = official_values.one_of(said.node, _KINDS) if said else _kind_of_schema(each)
        spot = said or Spot(each).get("$schema") or Spot(each)
        if said and kind is None:
            yield said.finding(no_word("type", said.node, _KINDS))
        elif said and kind == "managed" and has_compute:
            yield said.finding("type is 'managed', and the endpoint has a compute: Kubernetes")
        elif kind == "kubernetes" and not has_compute:
            hint = "Write compute: azureml:<cluster> in the endpoint's file."
            yield spot.finding("this is for Kubernetes, and the endpoint has no 'compute'", hint)


def _kind_of_schema(node: Node) -> str | None:
    return "kubernetes" if _schema(node).rpartition("/")[2].startswith("kubernetes") else None


def _second(node: Node) -> Finding:
    return Spot(node).finding("this is a second endpoint", _HINT)


def _joined(endpoint: Node, deployments: Iterable[Node], findings: list[Finding]) -> Node:
    """The endpoint's tree with the deployments in it, all in the words of this format."""
    named = Spot(endpoint).get("name")
    root, unsaid = official_keys.endpoint(endpoint)
    findings += unsaid
    items: list[Node] = []
    for each in deployments:
        findings += _of_another(each, named)
        converted, unsaid = official_keys.deployment(each)
        findings += unsaid
        items.append(converted)
    below = Node(value=items, place=endpoint.place, base=endpoint.base)
    children = root.value if isinstance(root.value, dict) else {}
    return replace(root, value={**children, "deployments": below} if items else children)


def _of_another(deployment: Node, endpoint: Spot | None) -> Iterator[Finding]:
    """Azure's names are the same in capitals and small letters."""
    said = Spot(deployment).get("endpoint_name")
    if said and endpoint and str(said.node.value).lower() != str(endpoint.node.value).lower():
        other = f"the endpoint is {shown(endpoint.node)}"
        yield said.finding(f"endpoint_name is {shown(said.node)}, and {other}")
