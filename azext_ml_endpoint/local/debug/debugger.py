"""What it means for a deployment of this machine to be debugged: rules without any I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azext_ml_endpoint.local.debug import debug_hook

KEY = "debug_port"
"""Where a deployment's record has the port of its debugger on 127.0.0.1."""
GENEROUS = 7 * 24 * 3600.0
"""Seconds for an answer of who may be stopped at a breakpoint."""
_LAST_PORT = 65535


@dataclass(frozen=True)
class Debugging:
    """What was asked for. port: on 127.0.0.1; 0 is the one that it has, or a free one.

    launch: VS Code's file that is to have an entry for it.
    """

    port: int = 0
    launch: Path | None = None


@dataclass(frozen=True)
class Debugger:
    """Of one instance. port: on 127.0.0.1. package: the folder of debugpy."""

    port: int
    package: Path


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """What somebody who attaches has to know. local: the user's code; remote: the server's."""

    endpoint: str
    deployment: str
    port: int
    local: Path
    remote: str


def port_of(record: Mapping[str, Any]) -> int | None:
    """None where nobody debugs, and where nobody can tell any more."""
    port = record.get(KEY)
    sound = isinstance(port, int) and port is not True and 0 < port <= _LAST_PORT
    return port if sound else None


def stale(before: int | None, now: int | None) -> str | None:
    """Why what runs is to be made again. before: its port; now: the one that it is to have."""
    if before == now:
        return None
    if now is None:
        return "no debugger any more"
    return f"debugger at port {now}" if before is None else f"debugger at port {before} → {now}"


def is_waiting(lines: Iterable[str]) -> bool:
    """Whether a server that has logged these listens for a debugger."""
    return any(debug_hook.WAITS in line for line in lines)


def told(attachment: Attachment) -> str:
    return (
        f"{attachment.deployment}: waits for a debugger at 127.0.0.1:{attachment.port} before "
        f"init(); {attachment.local} is {attachment.remote} there"
    )
