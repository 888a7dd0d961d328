"""What goes wrong on demand."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.simulator.faults import Fault, Held, Reset, Slow, Status
from tests.simulator.message import CUT
from tests.simulator.simulator import Simulator
from tests.simulator.storage import MemoryStorage
from tests.unit.simulator.client import Client, Clock, endpoint

IRIS = "onlineEndpoints/iris"


def test_a_fault_happens_as_often_as_it_should_to_what_it_matches(client: Client) -> None:
    busy = Status(429, {"retry-after": "7"}, {"error": {"code": "TooManyRequests"}})
    client.simulator.faults.add(Fault(busy, "PUT", r"/onlineEndpoints/iris\?", times=2))
    replies = [
        client.get("onlineEndpoints"),
        client.put(IRIS, endpoint()),
        client.put("onlineEndpoints/other", endpoint()),
        client.put(IRIS, endpoint()),
        client.put(IRIS, endpoint()),
    ]
    assert [each.status for each in replies] == [200, 429, 201, 429, 201]
    assert replies[1].headers["retry-after"] == "7"
    assert replies[1].json()["error"]["code"] == "TooManyRequests"


def test_a_body_can_be_anything(client: Client) -> None:
    client.simulator.faults.add(Fault(Status(503, body=b"<html>")))
    assert client.get("").body == b"<html>"


@pytest.mark.parametrize(("done", "there"), [(False, 404), (True, 200)])
def test_a_request_is_held_until_the_test_lets_it_break(
    client: Client, done: bool, there: int
) -> None:
    held = Held(done=done)
    client.simulator.faults.add(Fault(held, "PUT"))
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(client.put, IRIS, endpoint())
        assert held.reached.wait(30)
        assert not asked.done()
        held.release.set()
        assert asked.result(30).status == CUT
    assert client.get(IRIS).status == there


@pytest.mark.parametrize(("done", "there"), [(False, 404), (True, 200)])
def test_a_connection_breaks_before_or_after_the_work_is_done(
    client: Client, done: bool, there: int
) -> None:
    client.simulator.faults.add(Fault(Reset(done=done), "PUT"))
    assert client.put(IRIS, endpoint()).status == CUT
    assert client.get(IRIS).status == there


def test_a_slow_answer_is_the_right_one() -> None:
    waited: list[float] = []
    storage, clock = MemoryStorage(), Clock()
    client = Client(Simulator(storage, clock=clock, sleep=waited.append), storage, clock)
    client.simulator.faults.add(Fault(Slow(3), "GET"))
    assert client.get("").status == 200
    assert waited == [3]


def test_several_faults_happen_one_after_the_other(client: Client) -> None:
    client.simulator.faults.add(Fault(Status(503)))
    client.simulator.faults.add(Fault(Status(401)))
    assert [client.get("").status for _ in range(3)] == [503, 401, 200]
    assert client.simulator.faults.waiting() == []
