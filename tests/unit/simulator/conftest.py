from __future__ import annotations

import pytest

from tests.simulator.simulator import Simulator
from tests.simulator.storage import MemoryStorage
from tests.unit.simulator.client import Client, Clock


@pytest.fixture
def client() -> Client:
    """Of a simulator whose operations end at once."""
    storage, clock = MemoryStorage(), Clock()
    return Client(Simulator(storage, clock=clock), storage, clock)
