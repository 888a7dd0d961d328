"""What the file of routes says, and whom it chooses for a request.

A part of the gateway's program. az writes the file, by :mod:`.routes`.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any

from azext_ml_endpoint.local.gateway.collecting import Collected
from azext_ml_endpoint.local.gateway.limits import Limits, Opener
from azext_ml_endpoint.local.gateway.place import Place

_GOLDEN = (5**0.5 - 1) / 2


@dataclass(frozen=True)
class Target:
    """One deployment. place: None while it does not run. path: where it scores.

    limits: as in Azure, None where that is not simulated. collects: what passes and is collected.
    """

    deployment: str
    instance: str
    place: Place | None
    weight: int
    path: str
    limits: Limits | None = None
    collects: Collected | None = None


@dataclass(frozen=True)
class Routes:
    """path: where the endpoint scores, which is the same whoever answers. token: az's.

    mirror: percent of the requests that a deployment gets as well. openers: the keys and tokens
    that open the endpoint, None where it is open.
    """

    targets: tuple[Target, ...]
    path: str
    token: str
    mirror: Mapping[str, int] = field(default_factory=dict)
    openers: tuple[Opener, ...] | None = None

    def choose(self, named: str | None, point: float) -> Target | None:
        """By its name, or by whose share a point between 0 and 1 is in.

        None where nobody is to answer.
        """
        if named is not None:
            return next((each for each in self.targets if each.deployment == named), None)
        ends = list(accumulate(each.weight for each in self.targets))
        if ends and ends[-1]:
            return self.targets[bisect_right(ends, point * ends[-1])]
        return self.targets[0] if len(self.targets) == 1 else None

    def path_at(self, target: Target, asked: str) -> str:
        """Of a request to the endpoint, with its query, at that deployment."""
        path, mark, query = asked.partition("?")
        return f"{target.path if path == self.path else path}{mark}{query}"


def points(first: float) -> Iterator[float]:
    """Between 0 and 1, and of any number of them in a row as many in each part as it is long.

    Chance alone would miss 90 to 10 by more than a hundredth, once in a thousand times, still
    after ten thousand requests. Multiples of the golden ratio never do, and do not repeat.
    """
    point = first
    while True:
        yield point
        point = (point + _GOLDEN) % 1


def parse(text: str) -> Routes:
    """Raises ValueError, LookupError and TypeError for what az has not written."""
    said = json.loads(text)
    targets, openers = tuple(map(_target, said["targets"])), said.get("openers")
    return Routes(
        targets=targets,
        path=said["path"],
        token=said["token"],
        mirror=dict(said.get("mirror") or {}),
        openers=None if openers is None else tuple(Opener(**each) for each in openers),
    )


def _target(said: Mapping[str, Any]) -> Target:
    limits = said.get("limits")
    known = {
        "place": said["place"] and Place(**said["place"]),
        "limits": limits and Limits(**limits),
        "collects": Collected.read(said.get("collects")),
    }
    return Target(**{**said, **known})


class RoutesFile:
    """What the file says now."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen = (0, 0)
        self._routes = Routes((), "/score", "")

    def routes(self, *, fresh: bool = False) -> Routes:
        """What it said last where it cannot be read, as on a disk that fails.

        fresh: whatever is known. A folder on the network may tell for seconds that a file is as it
        was, but not when the file is opened.
        """
        with suppress(OSError, ValueError, LookupError, TypeError):
            found = self._file.stat()
            seen = (found.st_mtime_ns, found.st_ino)
            if fresh or seen != self._seen:
                self._routes = parse(self._file.read_text(encoding="utf-8"))
                self._seen = seen
        return self._routes
