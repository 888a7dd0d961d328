"""An Azure in the same process, whose time passes only while somebody waits."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator

from tests.simulator.operations import Durations
from tests.simulator.simulator import Simulator
from tests.simulator.storage import MemoryStorage
from tests.unit.simulator.client import Client, Clock

OPERATIONS = 200
SHORTEST, LONGEST = 1.0, 900.0
"""Seconds that operations take: a change of tags, a deployment of a big image."""
SEED = 2026

ENDPOINT, DEPLOYMENT = "iris", "blue"


class VirtualAzure:
    """A workspace with an endpoint, a deployment, and the assets of another like it."""

    def __init__(self) -> None:
        self.clock = Clock()
        storage = MemoryStorage()
        self.simulator = Simulator(storage, clock=self.clock, sleep=self.sleep)
        self.simulator.tokens.lifetime = 1e9
        self.client = Client(self.simulator, storage, self.clock)
        self.client.make_endpoint(ENDPOINT)
        self.client.make_deployment(DEPLOYMENT, on=ENDPOINT)

    def sleep(self, seconds: float) -> bool:
        """Answers, as an event that nobody sets would, that nobody has interrupted it."""
        self.clock.now += seconds
        return False

    def lags(self, operate: Callable[[], object]) -> Iterator[float]:
        """Seconds from the end of each operation until its end is known.

        operate: starts an operation, which takes as long as operations then take, and returns
        when it knows of its end.
        """
        for seconds in durations():
            self.simulator.backend.durations = Durations(endpoint=seconds, deployment=seconds)
            ends = self.clock.now + seconds
            operate()
            yield self.clock.now - ends


def durations() -> list[float]:
    """The same ones every time. As many are of 1 to 30 seconds as of 30 to 900."""
    chance = random.Random(SEED)
    low, high = math.log(SHORTEST), math.log(LONGEST)
    return [math.exp(chance.uniform(low, high)) for _ in range(OPERATIONS)]
