"""What az does with a command, beyond what it is told when the command is registered."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from azext_ml_endpoint.cli import registration
from azext_ml_endpoint.handlers import session


def finished(command: Any) -> Any:
    loader: Any = SimpleNamespace(
        command_table={"ml endpoint show": command}, extra_argument_registry={}
    )
    registration.finish(loader)
    return loader


def test_a_handler_gets_no_options_but_its_own() -> None:
    got: list[dict[str, Any]] = []
    command = SimpleNamespace(handler=got.append)
    loader = finished(command)
    # az asks for the options after it has made the table
    loader.extra_argument_registry["ml endpoint show"] = {"local": object()}
    command.handler({"cmd": 1, "place": 2, "local": True})
    assert got == [{"cmd": 1, "place": 2}]


@pytest.mark.parametrize(
    ("arguments", "question"),
    [
        ({"endpoint_name": "houses"}, "Delete endpoint houses in Azure, with all it has?"),
        (
            {"endpoint_name": "houses", "deployment": "blue"},
            "Delete deployment blue of endpoint houses in Azure?",
        ),
        (
            {"asset_name": "prices", "asset_version": "2"},
            "Delete version 2 of prices in Azure?",
        ),
        (
            {"endpoint_name": "houses", "local": True},
            "Delete endpoint houses on this machine, with all it has?",
        ),
    ],
)
def test_whoever_is_asked_knows_what_goes_and_where(
    monkeypatch: pytest.MonkeyPatch, arguments: dict[str, Any], question: str
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(session, "agreed", asked.append)
    registration.confirmed({"local": None, **arguments})
    assert asked == [question]


def test_the_help_of_a_group_imports_no_handlers() -> None:
    """az would call it for the first line of a docstring."""
    command = SimpleNamespace(handler=None, description=lambda: 1 / 0)
    finished(command)
    assert command.description is None
