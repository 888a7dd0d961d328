"""Several rollouts at the same moment: one wins, whatever the order of what they do.

A schedule says who does his next call to the place. Two places are tried: one where looking and
writing are one, as on this machine, and one that writes whatever was made of what was seen before,
as Azure Resource Manager does.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from azext_ml_endpoint.document.model import Check
from azext_ml_endpoint.errors import ConflictError, EndpointError
from azext_ml_endpoint.plan import own_tags, under_way
from azext_ml_endpoint.plan.history import Provenance, entries
from azext_ml_endpoint.plan.observed import ObservedEndpoint
from azext_ml_endpoint.plan.steps import Keep, SetTraffic
from azext_ml_endpoint.rollout.rollback import roll_back
from azext_ml_endpoint.rollout.run import roll_out
from azext_ml_endpoint.rollout.wish import Wish
from tests.fakes.builders import code, deployment, endpoint
from tests.fakes.memory_place import Killed, MemoryPlace
from tests.fakes.recording_report import RecordingReport

GREEN = endpoint(deployment("blue"), deployment("green", code=code("code-2")))
ADA = Provenance(who="ada@example.com", when="2026-01-31T09:30:00Z")
WISH = Wish(
    endpoint=GREEN,
    to="green",
    provenance=ADA,
    run="",
    steps=(50, 100),
    bake=0.0,
    probe=Check(name="probe", body=b"{}"),
)
SETTLING = 10.0
Work = Callable[["Turns"], object]


class Schedule:
    """One thread at a time runs from one of its calls to the next; ``choose`` says which one.

    Time: a call takes one second. Who pauses is not chosen before his time has come, and who is
    between a look and the write that follows is not kept waiting for longer than SETTLING.
    """

    def __init__(self, choose: Callable[[list[int]], int]) -> None:
        self._choose = choose
        self._changed = threading.Condition()
        self._running: int | None = None
        self._ready: dict[int, float] = {}
        self._hurried: dict[int, float] = {}
        self.now = 0.0

    def run(self, works: list[Callable[[int], None]]) -> None:
        self._ready = dict.fromkeys(range(len(works)), 0.0)
        threads = [threading.Thread(target=self._work, args=each) for each in enumerate(works)]
        for each in threads:
            each.start()
        with self._changed:
            while self._ready:
                self._running = self._next()
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._running is None)
        for each in threads:
            each.join()

    def turn(self, who: int, *, after: float = 1.0, hurry: bool = False) -> None:
        """Gives the others a chance, for so many seconds."""
        with self._changed:
            self._ready[who] = self.now + after
            self._hurried.pop(who, None)
            if hurry:
                self._hurried[who] = self.now + SETTLING / 2
            self._running = None
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._running == who)

    def _next(self) -> int:
        self.now += 1
        late = [who for who, end in self._hurried.items() if end <= self.now]
        ready = late or [who for who, begin in self._ready.items() if begin <= self.now]
        if not ready:
            self.now = min(self._ready.values())
            return self._next()
        return self._choose(sorted(ready))

    def _work(self, who: int, work: Callable[[int], None]) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._running == who)
        try:
            work(who)
        finally:
            with self._changed:
                del self._ready[who]
                self._hurried.pop(who, None)
                self._running = None
                self._changed.notify_all()


@dataclass
class Turns:
    """A command's view of the place, with a turn before every call."""

    place: MemoryPlace
    schedule: Schedule
    who: int
    compares: bool
    dies_at: int | None = None
    calls: int = field(default=0)

    def settle(self) -> None:
        self.schedule.turn(self.who, after=0.0 if self.compares else SETTLING)

    def pause(self, seconds: float) -> None:
        self.schedule.turn(self.who, after=seconds)

    def clock(self) -> float:
        return 1_700_000_000.0 + self.schedule.now

    def take(self, step: SetTraffic | Keep, there: ObservedEndpoint | None = None) -> None:
        if self.compares or there is None:
            self._call()
        if self.compares:
            self.place.take(step)
            return
        seen = dict(there.kept if there else self.place.kept)
        traffic = dict(there.traffic if there else self.place.traffic)
        own_tags.require(seen, step.holds, step.endpoint_name)
        self.schedule.turn(self.who, hurry=True)
        self.place.kept = own_tags.merged(seen, step.kept)
        if isinstance(step, SetTraffic):
            traffic = {name: share for name, share in step.traffic.items() if share}
            self.place.traffic = traffic
            self.place.splits.append(traffic)

    def __getattr__(self, name: str) -> Any:
        self._call()
        return getattr(self.place, name)

    def _call(self) -> None:
        self.calls += 1
        if self.calls == self.dies_at:
            raise Killed
        self.schedule.turn(self.who)


Outcome = BaseException | None


def at_once(
    place: MemoryPlace,
    works: list[Work],
    choose: Callable[[list[int]], int],
    *,
    compares: bool,
    deaths: Mapping[int, int] | None = None,
) -> list[Outcome]:
    schedule = Schedule(choose)
    outcomes: list[Outcome] = [None] * len(works)

    def doing(work: Work) -> Callable[[int], None]:
        def do(who: int) -> None:
            try:
                work(Turns(place, schedule, who, compares, (deaths or {}).get(who)))
            except (EndpointError, Killed) as error:
                outcomes[who] = error

        return do

    schedule.run([doing(each) for each in works])
    return outcomes


def rollout(alive: set[str], **changes: Any) -> Work:
    def work(turns: Turns) -> None:
        run = f"here/{turns.who}/1"
        alive.add(run)
        try:
            roll_out(
                turns,
                replace(WISH, run=run, **changes),
                RecordingReport(),
                is_alive=lambda other: other != run and other in alive,
                clock=turns.clock,
                pause=turns.pause,
            )
        finally:
            alive.discard(run)

    return work


def by_chance(seed: int) -> Callable[[list[int]], int]:
    return random.Random(seed).choice


@pytest.mark.parametrize("compares", [True, False], ids=["one-step", "look-then-write"])
@pytest.mark.parametrize("alive_is_known", [True, False], ids=["here", "from-elsewhere"])
@pytest.mark.parametrize("count", [2, 3])
def test_one_of_identical_rollouts_wins_and_the_traffic_is_its(
    compares: bool, alive_is_known: bool, count: int
) -> None:
    for seed in range(60):
        place = MemoryPlace()
        alive = set[str]() if alive_is_known else Forgetful()

        outcomes = at_once(place, [rollout(alive)] * count, by_chance(seed), compares=compares)

        told = f"seed {seed}: {outcomes}"
        assert place.traffic == {"green": 100}, told
        assert under_way.read(place.kept) is None, told
        assert outcomes.count(None) >= 1, told
        assert all(isinstance(each, ConflictError) for each in outcomes if each), told
        assert place.splits == [{"blue": 50, "green": 50}, {"green": 100}], told


class Forgetful(set[str]):
    """Of processes on another machine nobody knows whether they live."""

    def __contains__(self, _: object) -> bool:
        return False


@pytest.mark.parametrize("compares", [True, False], ids=["one-step", "look-then-write"])
def test_of_two_different_rollouts_one_wins(compares: bool) -> None:
    both = endpoint(deployment("blue"), deployment("green"), deployment("red"))
    for seed in range(60):
        place = MemoryPlace()
        alive: set[str] = set()
        works = [rollout(alive, endpoint=both, to=to) for to in ("green", "red")]

        outcomes = at_once(place, works, by_chance(seed), compares=compares)

        told = f"seed {seed}: {outcomes}"
        assert place.traffic in ({"green": 100}, {"red": 100}), told
        assert outcomes.count(None) >= 1, told
        assert under_way.read(place.kept) is None, told
        assert place.traffic == entries(place.kept)[0].split, told


@pytest.mark.parametrize("compares", [True, False], ids=["one-step", "look-then-write"])
def test_of_two_that_take_over_a_dead_one_s_rollout_one_wins(compares: bool) -> None:
    for seed in range(60):
        place = MemoryPlace()
        alive: set[str] = set()
        at_once(place, [rollout(alive)], min, compares=compares, deaths={0: 16})
        assert under_way.read(place.kept) is not None

        outcomes = at_once(place, [rollout(alive)] * 2, by_chance(seed), compares=compares)

        told = f"seed {seed}: {outcomes}"
        assert place.traffic == {"green": 100}, told
        assert under_way.read(place.kept) is None, told
        assert outcomes.count(None) >= 1, told


def test_a_rollback_at_the_same_moment_wins_or_comes_too_early() -> None:
    """Here, where to look and to write are one: it never leaves the traffic in between."""

    def back(turns: Turns) -> None:
        roll_back(turns, "houses", ADA, RecordingReport())

    for seed in range(60):
        place = MemoryPlace()
        alive: set[str] = set()

        outcomes = at_once(place, [rollout(alive), back], by_chance(seed), compares=True)

        told = f"seed {seed}: {outcomes}"
        assert place.traffic == ({"blue": 100} if outcomes[0] else {"green": 100}), told
        assert under_way.read(place.kept) is None, told


def test_who_comes_second_is_told_who_was_first() -> None:
    place = MemoryPlace()
    alive: set[str] = set()

    outcomes = at_once(place, [rollout(alive)] * 2, min, compares=True)
    assert outcomes == [None, None]  # one after the other: the second has nothing to do

    place = MemoryPlace()
    turn = iter([0, 1] * 500)
    outcomes = at_once(
        place, [rollout(alive)] * 2, lambda ready: ready[next(turn) % len(ready)], compares=True
    )
    (said,) = [str(each) for each in outcomes if each]
    assert said == (
        "Endpoint houses has a rollout to green, begun by ada@example.com at "
        "2026-01-31T09:30:00Z, under way; nothing was changed."
    )
