"""Whether address and port are still its container's own."""

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
    assert not Place(50010, HOST, 5001, os.getpid(), container=group).is_lost
    assert Place(50010, HOST, 5001, 0, container=group).is_lost


def test_a_process_of_the_same_number_may_be_anothers() -> None:
    assert Place(50010, HOST, 5001, os.getpid(), container="4" * 64).is_lost


def test_where_nobody_can_tell_the_port_counts() -> None:
    assert not Place(50010).is_lost
    assert not Place(50010, pid=os.getpid()).is_lost
