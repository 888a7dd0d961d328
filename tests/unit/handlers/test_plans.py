"""When a plan is coloured, and when its data are wanted beside the text."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from azext_ml_endpoint.handlers import plans


class Terminal:
    def __init__(self, *, is_one: bool = True) -> None:
        self.is_one = is_one

    def isatty(self) -> bool:
        return self.is_one


def command(*given: str, no_color: bool = False) -> Any:
    """The command as az hands it over, with the options that were given."""
    config = SimpleNamespace(getboolean=lambda *_, **__: no_color)
    return SimpleNamespace(cli_ctx=SimpleNamespace(config=config, data={"safe_params": given}))


@pytest.fixture(autouse=True)
def streams(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Both are terminals."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    streams = SimpleNamespace(stdout=Terminal(), stderr=Terminal())
    monkeypatch.setattr(plans, "sys", streams)
    return streams


def test_a_terminal_has_colours() -> None:
    assert plans._has_colour(command())


@pytest.mark.parametrize("where", ["environment", "az", "file"])
def test_colours_can_be_refused(
    where: str, streams: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    if where == "environment":
        monkeypatch.setenv("NO_COLOR", "1")
    if where == "file":
        streams.stderr = Terminal(is_one=False)
    assert not plans._has_colour(command(no_color=where == "az"))


def test_on_a_terminal_the_text_is_enough() -> None:
    assert not plans._wants_data(command("-f", "--set"))


@pytest.mark.parametrize("option", ["-o", "--output", "--query"])
def test_who_asks_for_data_gets_them(option: str) -> None:
    assert plans._wants_data(command("-f", option))


def test_a_pipe_gets_data_unasked(streams: SimpleNamespace) -> None:
    streams.stdout = Terminal(is_one=False)
    assert plans._wants_data(command("-f"))
