"""Options by which the scoring script of an endpoint on this machine is debugged."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Mapping
from typing import Any

from azext_ml_endpoint.cli.common import extra

ANY = 0
"""The port that it has, or a free one."""
_LAST_PORT = 65535


def options(context: Any) -> None:
    """For commands that make an endpoint on this machine what it is to be."""
    extra(
        context,
        "debug_port",
        nargs="?",
        const=ANY,
        type=port_number,
        help="With --local: run score.py under debugpy at this port of 127.0.0.1, and wait for "
        "a debugger before init(). Without a number: the port that it has, or a free one. "
        "Without this option nobody debugs.",
    )
    extra(
        context,
        "vscode_debug",
        action="store_true",
        help="With --local: as --debug-port, with an entry in `.vscode/launch.json` of this "
        "folder, by which Visual Studio Code attaches.",
    )


def port_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= _LAST_PORT):
        raise ArgumentTypeError(f"'{text}' is no port, such as 5678")
    return int(text)


def asked(given: Mapping[str, Any]) -> dict[str, Any]:
    """Of all options, for a place."""
    wants_entry = bool(given.get("vscode_debug"))
    port = given.get("debug_port")
    return {"debug_port": ANY if port is None and wants_entry else port, "vscode": wants_entry}


def names(given: Mapping[str, Any]) -> list[str]:
    """The options that were given."""
    said = {
        "--debug-port": given.get("debug_port") is not None,
        "--vscode-debug": given.get("vscode_debug"),
    }
    return [name for name, value in said.items() if value]
