"""A container's own address, where its network is a bridge of this machine.

What listens at a published port of 127.0.0.1 is Docker's proxy, which copies all bytes once more.
On Linux, where the daemon is of this machine, a container can be reached without it. Not with
Docker Desktop and its like, where containers are in another machine, nor without root, where they
are in a network of their own.
"""

from __future__ import annotations

import functools
import socket
from collections.abc import Callable

from azext_ml_endpoint.local.docker.contract import Facts
from azext_ml_endpoint.local.runtime import Near

_NETWORK = "bridge"
"""Docker's default one, in which our containers are."""


@functools.cache
def has(address: str) -> bool:
    """Whether this machine has the address: nobody can listen at that of another one."""
    with socket.socket() as listener:
        try:
            listener.bind((address, 0))
        except OSError:
            return False
    return True


def near(facts: Facts, has: Callable[[str], bool] = has) -> Near | None:
    """facts: a container in full. None where it does not run, or is not to be reached so."""
    networks = (facts.get("NetworkSettings") or {}).get("Networks") or {}
    network, pid = networks.get(_NETWORK) or {}, facts["State"].get("Pid")
    host, bridge = network.get("IPAddress"), network.get("Gateway")
    return Near(host=host, pid=pid) if host and pid and bridge and has(bridge) else None
