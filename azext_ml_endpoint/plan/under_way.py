"""That a rollout is under way: two of the tool's own tags, which outlive the command itself.

They are written before anything changes, and removed in the request that ends the rollout. While
they are there, no other command may change the endpoint; see :func:`require_none`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from azext_ml_endpoint import foreign_json
from azext_ml_endpoint.errors import ConflictError
from azext_ml_endpoint.plan.history import LONGEST
from azext_ml_endpoint.plan.own_tags import PREFIX, Changes

TAG = f"{PREFIX}rollout"
ORIGIN_TAG = f"{PREFIX}rollout.from"
ENDED: Changes = {TAG: None, ORIGIN_TAG: None}


@dataclass(frozen=True, kw_only=True)
class UnderWay:
    """to: the deployment that is to get the traffic. origin: the split to go back to.

    since: as :attr:`.history.Provenance.when`. run: a word for the process that is at work on it;
    the same command started anew has another one, and takes over. share: the percent that ``to``
    was given last, so that a mark is another one after every move.
    """

    to: str
    origin: Mapping[str, int]
    who: str
    since: str
    run: str
    share: int = 0

    def __str__(self) -> str:
        return f"a rollout to {self.to}, begun by {self.who or 'somebody'} at {self.since}"


def read(kept: Mapping[str, str]) -> UnderWay | None:
    """None too for what nobody can read: somebody has edited the tags."""
    try:
        said, origin = foreign_json.loads(kept[TAG]), foreign_json.loads(kept[ORIGIN_TAG])
        return UnderWay(
            to=str(said["to"]),
            origin={str(name): int(share) for name, share in origin.items()},
            who=str(said.get("by", "")),
            since=str(said["at"]),
            run=str(said["run"]),
            share=int(said.get("share", 0)),
        )
    except (ValueError, LookupError, TypeError, AttributeError):
        return None


def mark(kept: Changes) -> Changes:
    """What must still hold when somebody writes who has seen this: nobody else has come before."""
    return {TAG: kept.get(TAG)}


def written(state: UnderWay) -> Changes:
    """Raises ConflictError for a split with so many long names that no tag can hold it."""
    said = {
        "to": state.to,
        "by": state.who[:64],
        "at": state.since,
        "run": state.run,
        **({"share": state.share} if state.share else {}),
    }
    origin = _compact(dict(state.origin))
    if len(origin) > LONGEST:
        raise ConflictError(
            f"The traffic goes to {len(state.origin)} deployments, whose names are too long to "
            f"be kept in a tag of {LONGEST} characters, and nothing else could bring it back.",
            "Give the traffic to fewer deployments first: az ml endpoint update --traffic.",
        )
    return {TAG: _compact(said), ORIGIN_TAG: origin}


def require_none(kept: Mapping[str, str], name: str, own: str | None = None) -> None:
    """Raises ConflictError while a rollout is under way, unless its ``run`` is ``own``."""
    state = read(kept)
    if state is None or state.run == own:
        return
    raise ConflictError(
        f"Endpoint {name} has {state}, under way; nothing was changed.",
        "Wait until it has ended. If it was cut off, the same command goes on with it, and "
        f"az ml endpoint rollback -n {name} returns the traffic to where it was.",
    )


def _compact(said: Mapping[str, object]) -> str:
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False)
