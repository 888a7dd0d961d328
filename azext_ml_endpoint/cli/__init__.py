"""The command line: a module per command, or per few that belong together.

Each has its help texts, its options with their checks, and what ``-o table`` shows. az imports all
of them for every ``az ml …``, and asks for the options of the one command that is called.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from knack.help_files import helps

from azext_ml_endpoint.cli import (
    assets,
    create,
    credentials,
    delete,
    export,
    invoke,
    logs,
    plan,
    prune,
    registration,
    rollout,
    show,
    testing,
    ui,
    update,
    validate,
    wait,
    watch,
)
from azext_ml_endpoint.cloud.guarded_logs import guard_logs

if TYPE_CHECKING:
    from azure.cli.core import AzCommandsLoader

    class Module(Protocol):
        """What each of the modules has."""

        HELP: dict[str, str]
        """Name of a command -> its help."""

        def commands(self, loader: AzCommandsLoader) -> None: ...

        def options(self, loader: AzCommandsLoader) -> None: ...


_MODULES: tuple[Module, ...] = (
    create,
    update,
    validate,
    plan,
    watch,
    rollout,
    testing,
    show,
    invoke,
    logs,
    ui,
    credentials,
    wait,
    export,
    prune,
    delete,
)
_WITHOUT_THE_OFFICIAL_EXTENSION: tuple[Module, ...] = (assets,)

_HELP = {
    "ml endpoint": """
type: group
short-summary: Put models behind scoring endpoints, on this machine first, then in Azure.
long-summary: |
    One YAML file describes an endpoint, its deployments and the traffic between them; or
    several do, as the extension ml has them. With --local it is served on this machine, without
    a login; without, in an Azure Machine Learning workspace.
""",
}


def load_help(*, alone: bool) -> None:
    """alone: the official extension, which has commands of these names, is not there."""
    helps.update(_HELP)
    for module in _modules(alone):
        helps.update(module.HELP)


def load_commands(loader: AzCommandsLoader, *, alone: bool) -> None:
    guard_logs()
    registration.guard_printing(loader)
    for module in _modules(alone):
        module.commands(loader)
    registration.finish(loader)


def load_options(loader: AzCommandsLoader, command: str, *, alone: bool) -> None:
    """command: empty for all of them, as whoever documents the whole of az wants them."""
    for module in _modules(alone):
        if not command or command in module.HELP:
            module.options(loader)


def _modules(alone: bool) -> Iterator[Module]:
    yield from _MODULES
    if alone:
        yield from _WITHOUT_THE_OFFICIAL_EXTENSION
