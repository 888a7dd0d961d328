"""Which of the two spellings a file is in, that of 2021 or today's; see :mod:`.spelling`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from azext_ml_endpoint.document import reference, spelling, two_files
from azext_ml_endpoint.document.finding import Finding
from azext_ml_endpoint.document.node import Node
from azext_ml_endpoint.document.spelling import Keys, Pair
from azext_ml_endpoint.document.spot import Spot


@dataclass(frozen=True)
class _Sign:
    """``other``: how the other spelling says it."""

    spot: Spot
    todays: bool
    keys: Keys
    other: str


def is_todays(node: Node) -> bool:
    """Of the file of an endpoint or a deployment. Where nothing tells, it is today's."""
    todays, earlier = _counts(node, list(_signs(Spot(node))))
    return todays >= earlier


def remarks(node: Node) -> Iterator[Finding]:
    """The keys of a file that are of the other spelling than the rest."""
    signs = list(_signs(Spot(node)))
    todays, earlier = _counts(node, signs)
    is_todays = todays > earlier or (todays == earlier and not Spot(node).has("deployments"))
    here, there = ("today's", "2021's") if is_todays else ("2021's", "today's")
    for each in signs:
        if each.todays != is_todays:
            message = f"{'.'.join(each.keys)} is {there} spelling, and this file is in {here}"
            yield each.spot.finding(message, f"Write {each.other}.", severity="warning")


def _counts(node: Node, signs: list[_Sign]) -> tuple[int, int]:
    """How much is of today's, and how much of 2021's."""
    kind = Spot(node).get("type")
    is_earlier = bool(kind and (kind.text or "").lower() == "online")
    todays = sum(each.todays for each in signs)
    return todays + bool(two_files.kind(node)), len(signs) - todays + is_earlier


def _signs(document: Spot) -> Iterator[_Sign]:
    for owner, pairs in spelling.PAIRS.items():
        for spot in _owners(document, owner):
            for pair in pairs:
                yield from _of_pair(spot, pair)
    for spot in _owners(document, ("deployments", "environment")):
        yield from _of_conda(spot)


def _owners(document: Spot, owner: Keys) -> Iterator[Spot]:
    """Those of each deployment, or of the one that has the file to itself."""
    if not owner:
        yield document
        return
    deployments = document.items("deployments") if document.has("deployments") else [document]
    for each in deployments:
        found = each.get(*owner[1:])
        if found:
            yield found


def _of_pair(owner: Spot, pair: Pair) -> Iterator[_Sign]:
    earlier, todays = pair
    if found := owner.get(*earlier):
        yield _Sign(found, False, earlier, ".".join(todays))
    elif (found := owner.get(*todays)) and _tells(owner, found, pair):
        yield _Sign(found, True, todays, ".".join(earlier))


def _tells(owner: Spot, found: Spot, pair: Pair) -> bool:
    """Names of what is registered, and paths in datastores, are the same in both."""
    if pair == spelling.LOCAL_PATH:
        return spelling.local_path(owner) == found
    return pair != spelling.CODE or bool(found.text and not reference.is_reference(found.text))


def _of_conda(environment: Spot) -> Iterator[_Sign]:
    conda = spelling.conda(environment)
    if conda is None or conda.file is None:
        return
    text = str(conda.spot.text)
    path = text.removeprefix("file:")
    todays = path == text
    yield _Sign(
        conda.spot, todays, spelling.CONDA, f"conda_file: {'file:' if todays else ''}{path}"
    )
