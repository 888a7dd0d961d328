"""The rules of debugging a deployment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.local.debug import debug_hook, debugger
from azext_ml_endpoint.local.debug.debugger import Attachment


@pytest.mark.parametrize(
    ("record", "port"),
    [
        ({"debug_port": 5678}, 5678),
        ({}, None),
        ({"debug_port": True}, None),
        ({"debug_port": "5678"}, None),
        ({"debug_port": 0}, None),
        ({"debug_port": 70000}, None),
    ],
)
def test_what_nobody_has_written_is_no_port(record: dict[str, Any], port: int | None) -> None:
    assert debugger.port_of(record) == port


def test_why_it_is_made_again() -> None:
    assert debugger.stale(None, None) is None
    assert debugger.stale(5678, 5678) is None
    assert debugger.stale(None, 5678) == "debugger at port 5678"
    assert debugger.stale(5678, 5679) == "debugger at port 5678 → 5679"
    assert debugger.stale(5678, None) == "no debugger any more"


def test_it_waits_once_its_log_says_so() -> None:
    assert not debugger.is_waiting(["Booting worker with pid: 12"])
    assert debugger.is_waiting(["Booting worker with pid: 12", debug_hook.WAITS])


def test_who_is_to_attach_is_told_where() -> None:
    place = Attachment(
        endpoint="houses", deployment="blue", port=5678, local=Path("/my/src"), remote="/var/src"
    )
    assert debugger.told(place) == (
        "blue: waits for a debugger at 127.0.0.1:5678 before init(); /my/src is /var/src there"
    )
