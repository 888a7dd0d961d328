"""Which splits of its traffic an endpoint has had: who set them, when, and from which file.

Each is a tag of the tool's own, ``ml-endpoint.history.N`` with a number that grows, written in
the same request as the traffic itself. The last ten are kept. A value is compact JSON of up to 256
characters, the most that ARM takes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone

from azext_ml_endpoint import foreign_json
from azext_ml_endpoint.plan.observed import ObservedEndpoint
from azext_ml_endpoint.plan.own_tags import NO_CHANGES, PREFIX, Changes
from azext_ml_endpoint.plan.steps import Plan, SetTraffic, Step
from azext_ml_endpoint.plan.traffic import nonzero

TAG = f"{PREFIX}history."
MOST = 10
LONGEST = 256
"""Characters of a tag's value: limits of Azure Resource Manager for tags."""
_HASH = 12


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Who changes something, and from what.

    when: in UTC, as ``2026-01-31T09:30:00Z``. file_hash: SHA-256 of the YAML file, in hexadecimal.
    commit: of the Git repository that has the file. what: such as ``rollout green``.
    """

    who: str
    when: str
    file_hash: str | None = None
    commit: str | None = None
    what: str | None = None


@dataclass(frozen=True, kw_only=True)
class Entry(Provenance):
    """``split`` is None where the names in it were too many to be kept.

    ``who`` is empty for a split that was found: something else has set it before ``when``.
    """

    split: Mapping[str, int] | None = field(default_factory=dict)


def timestamp(seconds: float) -> str:
    """As :attr:`Provenance.when`. seconds: since 1970."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def entries(kept: Mapping[str, str]) -> list[Entry]:
    """Newest first. What nobody can read is left out."""
    found = [_read(kept[f"{TAG}{number}"]) for number in reversed(_numbers(kept))]
    return [each for each in found if each is not None]


def record(plan: Plan, there: ObservedEndpoint | None, provenance: Provenance | None) -> Plan:
    """The plan, with an entry for each change of traffic in it."""
    return Plan(tuple(_noted(step, there, provenance) for step in plan))


def note(
    there: ObservedEndpoint | None, split: Mapping[str, int], provenance: Provenance | None
) -> Changes:
    """What to keep beside a change of traffic to ``split``.

    The split that was there gets an entry too, if it was not noted when it was set.
    """
    if provenance is None:
        return NO_CHANGES
    kept = there.kept if there else {}
    new = [Entry(**vars(provenance), split=nonzero(split))]
    before = nonzero(there.traffic) if there else {}
    if before and before != next((each.split for each in entries(kept)), None):
        new.insert(0, Entry(who="", when=provenance.when, split=before))
    return _appended(kept, new)


def _noted(step: Step, there: ObservedEndpoint | None, provenance: Provenance | None) -> Step:
    if not isinstance(step, SetTraffic):
        return step
    return replace(step, kept={**step.kept, **note(there, step.traffic, provenance)})


def _appended(kept: Mapping[str, str], new: list[Entry]) -> Changes:
    numbers = _numbers(kept)
    first = numbers[-1] + 1 if numbers else 1
    added = {f"{TAG}{first + nth}": _written(each) for nth, each in enumerate(new)}
    gone = numbers[: max(0, len(numbers) + len(new) - MOST)]
    return {**dict.fromkeys(f"{TAG}{number}" for number in gone), **added}


def _numbers(kept: Mapping[str, str]) -> list[int]:
    """Of the entries, oldest first."""
    names = (name.removeprefix(TAG) for name in kept if name.startswith(TAG))
    return sorted(int(number) for number in names if number.isascii() and number.isdigit())


def _written(entry: Entry) -> str:
    """As much as fits: the commit goes first, the split last."""
    said = {
        "at": entry.when,
        "to": entry.split,
        "by": entry.who[:64],
        "what": entry.what,
        "file": entry.file_hash and entry.file_hash[:_HASH],
        "git": entry.commit and entry.commit[:_HASH],
    }
    for name in ("git", "file", "what", "by", "to"):
        if len(text := _compact(said)) <= LONGEST:
            return text
        said[name] = None
    return _compact(said)


def _compact(said: Mapping[str, object]) -> str:
    return json.dumps(
        {name: value for name, value in said.items() if value},
        separators=(",", ":"),
        ensure_ascii=False,
    )


def _read(text: str) -> Entry | None:
    try:
        said = foreign_json.loads(text)
        split = said.get("to")
        return Entry(
            who=str(said.get("by", "")),
            when=str(said["at"]),
            file_hash=said.get("file"),
            commit=said.get("git"),
            what=said.get("what"),
            split=split and {str(name): int(share) for name, share in split.items()},
        )
    except (ValueError, LookupError, TypeError, AttributeError):
        return None  # somebody has edited the tag
