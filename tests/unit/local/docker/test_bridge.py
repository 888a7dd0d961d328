"""Which containers are reached at addresses of their own."""

from __future__ import annotations

from typing import Any

import pytest

from azext_ml_endpoint.local.docker import bridge
from azext_ml_endpoint.local.runtime import Near

THERE = {"IPAddress": "172.17.0.2", "Gateway": "172.17.0.1"}


def facts(pid: int = 4711, **networks: Any) -> dict[str, Any]:
    return {"State": {"Pid": pid}, "NetworkSettings": {"Networks": networks}}


def has(address: str) -> bool:
    return address == "172.17.0.1"


def test_a_container_on_a_bridge_of_this_machine_is() -> None:
    assert bridge.near(facts(bridge=THERE), has) == Near(host="172.17.0.2", pid=4711)


@pytest.mark.parametrize(
    "other",
    [
        facts(0, bridge=THERE),  # it has ended
        facts(bridge={**THERE, "Gateway": "172.17.0.9"}),  # the bridge is another machine's
        facts(bridge={**THERE, "Gateway": ""}),
        facts(bridge={**THERE, "IPAddress": ""}),
        facts(bridge=None),
        facts(host=THERE),
        {"State": {"Pid": 4711}, "NetworkSettings": None},
        {"State": {"Pid": 4711}},
    ],
)
def test_no_other_is(other: dict[str, Any]) -> None:
    assert bridge.near(other, has) is None


def test_this_machine_has_its_own_addresses() -> None:
    assert bridge.has("127.0.0.1")
    assert not bridge.has("192.0.2.1")  # which is nobody's
    assert not bridge.has("no address")
