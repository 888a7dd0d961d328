"""Whether an address is still its container's own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from azext_ml_endpoint.local.gateway.place import Place

GROUP = Path("/proc/self/cgroup")
HOST = "172.17.0.2"


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone has control groups")
def test_it_is_as_long_as_its_process_is_in_the_containers_group() -> None:
    group = GROUP.read_text()
    assert Place(50010, HOST, 5001, os.getpid(), container=group).is_near
    assert not Place(50010, HOST, 5001, 0, container=group).is_near


def test_a_process_of_the_same_number_may_be_anothers() -> None:
    assert not Place(50010, HOST, 5001, os.getpid(), container="4" * 64).is_near


def test_without_an_address_or_an_id_it_is_not() -> None:
    assert not Place(50010, pid=os.getpid(), container=":").is_near
    assert not Place(50010, HOST, 5001, os.getpid()).is_near
