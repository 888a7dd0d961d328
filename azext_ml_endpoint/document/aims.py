"""Where a value of ``--set`` goes in a document: deployments by their names, things by the keys
that the document has for them.

    deployments[green].tags.team               deployments[1].tags.team
    deployments[0].instance_count              deployments[0].scale_settings.instance_count, where
                                               the document counts instances there
"""

from __future__ import annotations

from collections.abc import Iterator

from azext_ml_endpoint.document import spelling
from azext_ml_endpoint.document.node import ByName, spell
from azext_ml_endpoint.document.spelling import Keys
from azext_ml_endpoint.document.spot import DocumentPath, Spot


class Unknown(LookupError):
    """``message`` says which name, ``path`` is that of its list."""

    def __init__(self, message: str, path: DocumentPath) -> None:
        super().__init__(message)
        self.message, self.path = message, path


def path(document: Spot, asked: DocumentPath) -> DocumentPath:
    """The place in this document. Raises Unknown for a name that no item has."""
    return _in_its_words(document, _by_position(document, asked))


def _by_position(document: Spot, asked: DocumentPath) -> DocumentPath:
    found: list[str | int] = []
    spot: Spot | None = document
    for step in asked:
        place = _position(spot, step, tuple(found)) if isinstance(step, ByName) else step
        found.append(place)
        spot = _below(spot, place)
    return tuple(found)


def _below(spot: Spot | None, step: str | int) -> Spot | None:
    below = spot.below() if spot else ()
    return next((each for each in below if each.path[-1] == step), None)


def _position(items: Spot | None, name: ByName, path: DocumentPath) -> int:
    """Azure's names are the same in capitals and small letters."""
    named = [each.get("name") for each in items.below()] if items else []
    names = [each.text or "" if each else "" for each in named]
    for position, each in enumerate(names):
        if each.lower() == name.lower():
            return position
    known = ", ".join(filter(None, names)) or "none"
    raise Unknown(f"{spell(path)} has no '{name}'; it has {known}", path)


def _in_its_words(document: Spot, path: DocumentPath) -> DocumentPath:
    """Where the document says the same thing by other keys, these."""
    for cut, owner in _owners(document, path):
        for pair in spelling.PAIRS.get(owner, ()):
            if pair in spelling.ALIKE and path[cut:] in pair:
                return path[:cut] + _said(_at(document, path[:cut]), pair, path[cut:])
    return path


def _owners(document: Spot, path: DocumentPath) -> Iterator[tuple[int, Keys]]:
    """How many steps lead to an owner, and its keys. A deployment may have a file to itself."""
    is_whole = document.has("deployments") or path[:1] == ("deployments",)
    for cut in range(len(path)):
        names = tuple(step for step in path[:cut] if isinstance(step, str))
        yield cut, names
        if not is_whole:
            yield cut, ("deployments", *names)


def _at(document: Spot, path: DocumentPath) -> Spot | None:
    spot: Spot | None = document
    for step in path:
        spot = _below(spot, step)
    return spot


def _said(owner: Spot | None, pair: spelling.Pair, asked: DocumentPath) -> Keys:
    """A path in a datastore is no path on this machine."""
    keys, other = pair if asked == pair[0] else pair[::-1]
    if (
        owner is None
        or owner.get(*keys)
        or (pair == spelling.LOCAL_PATH and owner.has("datastore"))
    ):
        return keys
    there = owner.get(*other)
    is_one_value = there is not None and not isinstance(there.node.value, (dict, list))
    return other if is_one_value else keys
