"""What a handler gets of what az hands over."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from azext_ml_endpoint.cli import registration


def test_a_handler_gets_no_options_but_its_own() -> None:
    got: list[dict[str, Any]] = []
    command = SimpleNamespace(handler=got.append)
    loader: Any = SimpleNamespace(
        command_table={"ml endpoint show": command}, extra_argument_registry={}
    )
    registration.finish(loader)
    # az asks for the options after it has made the table
    loader.extra_argument_registry["ml endpoint show"] = {"local": object()}
    command.handler({"cmd": 1, "place": 2, "local": True})
    assert got == [{"cmd": 1, "place": 2}]
