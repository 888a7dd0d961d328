"""What a rollout does next. Pure: where it is comes from the endpoint, how it went from outside.

    deploy -> prove -> move -> watch -> move -> watch -> ... -> finish
       \\         \\       \\        \\
        +---------+-------+--------+--> revert
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Phase = Literal["deploy", "prove", "move", "watch", "finish", "revert"]


@dataclass(frozen=True)
class At:
    """share: percent of the traffic that the new deployment has, or with ``move`` is to get."""

    phase: Phase
    share: int


def first(share: int) -> At:
    """Where to begin, or to go on after an interruption. share: what the deployment has now.

    One that has traffic was deployed and proven before; it is watched anew, as long as it takes.
    """
    return At("watch", share) if share else At("deploy", 0)


def following(at: At, steps: Sequence[int], *, sound: bool = True) -> At | None:
    """What comes after ``at``, where all is well with the deployment or not; None at the end."""
    if at.phase in ("finish", "revert"):
        return None
    if not sound:
        return At("revert", 0)
    if at.phase == "deploy":
        return At("prove", 0)
    if at.phase == "move":
        return At("watch", at.share)
    coming = next((step for step in steps if step > at.share), None)
    return At("finish", at.share) if coming is None else At("move", coming)


def reachable(origin: Mapping[str, int], to: str, steps: Sequence[int]) -> tuple[int, ...]:
    """The steps; a single one where no other deployment has traffic to share."""
    return tuple(steps) if any(part for name, part in origin.items() if name != to) else (100,)


def split(origin: Mapping[str, int], to: str, share: int) -> dict[str, int]:
    """``share`` percent for ``to``; the others keep the proportions they have in ``origin``.

    Adds up to 100. Where no other deployment has traffic, there is nobody to share it with.
    """
    others = {name: part for name, part in origin.items() if name != to and part}
    if not others:
        return {to: 100}
    exact = {name: (100 - share) * part / sum(others.values()) for name, part in others.items()}
    whole = {name: int(part) for name, part in exact.items()}
    by_remainder = sorted(exact, key=lambda name: whole[name] - exact[name])
    for name in by_remainder[: 100 - share - sum(whole.values())]:
        whole[name] += 1
    return {name: part for name, part in {**whole, to: share}.items() if part}
