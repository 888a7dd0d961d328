"""Files of the official extension ``ml``, to be made into one file of this format.

There, an endpoint and each of its deployments have files of their own, in a format that was made
of this one in November 2021. What has the same meaning under another name is renamed; what this
format cannot say is warned of, at its place, and left out, as comments are; what would mean
something else is an error. Nothing is lost without a word. Dollars are dollars there: nothing is
taken from the environment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from azext_ml_endpoint.document import comments, together, validate
from azext_ml_endpoint.document.finding import Finding
from azext_ml_endpoint.document.load import Loaded
from azext_ml_endpoint.document.model import Endpoint
from azext_ml_endpoint.document.node import Node
from azext_ml_endpoint.document.spot import Spot
from azext_ml_endpoint.document.variables import AS_WRITTEN

_HINT = "Give the endpoint's file, and those of its deployments: --from endpoint.yml blue.yml …"


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

    read = together.read(paths, variables=AS_WRITTEN, is_todays=True)
    findings = [*read.findings, *_unfit(read)]
    root = read.root
    broken = {each.place for each in findings if each.severity == "error"}
    judged = validate.validate(root) if root and read.scope != "deployments" else []
    findings += [each for each in judged if each.place not in broken]
    parts = [each.place.file for each in read.parts]
    findings += comments.lost(dict.fromkeys((*parts, *_files(root)))) if root else ()
    converted = None
    if root and not _are_wrong(findings):
        converted = Converted(complete.complete(root), root)
    return Loaded(converted, tuple(validate.in_order(findings)))


def _unfit(read: together.Together) -> Iterator[Finding]:
    """What other commands take, and nothing can be made of here."""
    if read.scope == "deployments" and read.root:
        message = "this is a deployment, and its endpoint's file is missing"
        yield Spot(read.parts[0]).finding(message, _HINT)
    for each in read.parts:
        if Spot(each).has("deployments"):
            message = "the deployments are in the file already: nothing to convert"
            yield Spot(each, ("deployments",)).finding(message, place=each.keys["deployments"])


def _files(node: Node) -> Iterator[str]:
    """Those that the tree is made of; an environment may have one of its own."""
    yield node.place.file
    for each in Spot(node).below():
        yield from _files(each.node)


def _are_wrong(findings: Iterable[Finding]) -> bool:
    return any(each.severity == "error" for each in findings)
