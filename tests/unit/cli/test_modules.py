"""Every module of the command line keeps the same shape, and every command has its help."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from azext_ml_endpoint import cli

MODULES = [*cli._MODULES, *cli._WITHOUT_THE_OFFICIAL_EXTENSION]
RAW = {"local", "runtime", "resource_group_name", "workspace_name", "endpoint_type"}


class Loader:
    """Takes down what is registered: commands with their handlers, and scopes of options."""

    def __init__(self) -> None:
        self.handlers: dict[str, Callable[..., object]] = {}
        self.scopes: list[str] = []

    @contextmanager
    def command_group(self, name: str, *, custom_command_type: Any, **_: Any) -> Iterator[Any]:
        template = custom_command_type.settings["operations_tmpl"]

        def register(command: str, handler: str, **_: Any) -> None:
            module, _, function = template.format(handler).partition("#")
            self.handlers[f"{name} {command}"] = getattr(importlib.import_module(module), function)

        yield SimpleNamespace(
            custom_command=register, custom_show_command=register, deprecate=lambda **_: None
        )

    @contextmanager
    def argument_context(self, scope: str) -> Iterator[Any]:
        self.scopes.append(scope)

        def nothing(*_: Any, **__: Any) -> None: ...

        yield SimpleNamespace(argument=nothing, extra=nothing, ignore=nothing)


@pytest.fixture
def loader() -> Any:
    return Loader()


def of_commands(module: cli.Module) -> set[str]:
    return {name for name, text in module.HELP.items() if "type: command" in text}


@pytest.mark.parametrize("module", MODULES)
def test_every_command_has_its_help_and_its_options_beside_it(
    module: cli.Module, loader: Any
) -> None:
    module.commands(loader)
    module.options(loader)
    assert set(loader.handlers) == set(loader.scopes) == of_commands(module)


@pytest.mark.parametrize("module", MODULES)
def test_handlers_get_a_place_and_not_what_it_is_made_of(module: cli.Module, loader: Any) -> None:
    module.commands(loader)
    for name, handler in loader.handlers.items():
        parameters = inspect.signature(handler).parameters
        assert not parameters.keys() & RAW
        assert ("place" in parameters) == (name != "ml endpoint validate")


def test_no_two_modules_have_the_same_command() -> None:
    names = [name for module in MODULES for name in module.HELP]
    assert len(names) == len(set(names))


def test_options_are_loaded_of_the_command_that_is_called(loader: Any) -> None:
    cli.load_options(loader, "ml endpoint show", alone=True)
    assert set(loader.scopes) == {"ml endpoint show", "ml endpoint list"}


def test_whoever_documents_all_of_az_gets_all_options(loader: Any) -> None:
    cli.load_options(loader, "", alone=True)
    assert set(loader.scopes) == set().union(*map(of_commands, MODULES))


def test_models_and_environments_are_the_official_extensions_where_it_is(loader: Any) -> None:
    cli.load_options(loader, "", alone=False)
    assert all(scope.startswith("ml endpoint ") for scope in loader.scopes)


@pytest.mark.parametrize("module", MODULES)
def test_the_lines_of_a_summary_fit_where_az_prints_them(module: cli.Module) -> None:
    """az breaks what is wider than 100, with its indentation, and lets the rest stand alone."""
    lines = [line for text in module.HELP.values() for line in _summary(text)]
    assert [line for line in lines if len(line) > 92] == []


def _summary(text: str) -> list[str]:
    _, _, rest = text.partition("long-summary: |\n")
    written, _, _ = rest.partition("examples:\n")
    return [line.removeprefix("    ") for line in written.splitlines()]
