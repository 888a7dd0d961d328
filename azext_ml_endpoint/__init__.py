"""`az ml endpoint`: put a model behind a scoring endpoint, from one YAML file.

    YAML ── document ──> Endpoint ──> driver.look ──> plan ──> steps ── executor ──> driver.begin

- ``document`` reads the file, finds all that is wrong with it, and completes it to frozen data.
- ``content`` gives models, code and environments their identity: a digest of what is in them.
- ``plan`` compares what is wanted with what is there. Steps are data; the executor runs them.
- ``rollout`` moves traffic to a deployment step by step, over what both drivers can do.
- ``service`` is that line of work, from a document to what is there; the places add their own.
- ``local`` is the driver for this machine: containers, or processes where there is no Docker.
- ``watching`` makes what is saved what serves here, again and again.
- ``cloud`` is the driver for Azure: requests to Azure Resource Manager, uploads to storage.
- ``scoring`` calls a scoring URI, and ``measuring`` finds out how long that takes, again and again.
  ``refusals`` explains the statuses of what refuses a request; ``media_types`` and
  ``event_stream`` know what bodies are.
- ``page`` shows this machine's endpoints in a browser, which it lets do what commands do.
- ``report`` tells the person who waits, on stderr.
- ``side_by_side`` waits for several calls at once, whenever Ctrl-C comes; ``once`` makes what
  several threads ask for.
- ``harmless`` is what foreign text passes on its way to a person, and ``streams`` how it gets there
  whoever has gone away; ``foreign_json`` and ``bounded`` are how much is read of others; ``disk``
  writes what must last.
- ``errors`` holds what can go wrong, and the one translation to az's own errors.
- ``cli`` has a module per command or few: its help, its options with their checks, its table. az
  builds its parser of them. ``handlers`` has a short function per command.

az imports this module and ``cli`` for every ``az ml …``, so they import nothing heavy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from azure.cli.core import AzCommandsLoader

from azext_ml_endpoint._version import VERSION

if TYPE_CHECKING:
    from azure.cli.core import AzCli

__version__ = VERSION


class MlEndpointCommandsLoader(AzCommandsLoader):  # type: ignore[misc]
    """az creates one of these per call."""

    def __init__(self, cli_ctx: AzCli | None = None) -> None:
        from azext_ml_endpoint import cli

        super().__init__(cli_ctx=cli_ctx)
        self._is_alone = not _official_extension_is_installed()
        cli.load_help(alone=self._is_alone)

    def load_command_table(self, args: list[str]) -> dict[str, Any]:
        from knack.events import EVENT_INVOKER_POST_PARSE_ARGS

        from azext_ml_endpoint import cli

        del args  # the table is the same for every command
        self.cli_ctx.register_event(EVENT_INVOKER_POST_PARSE_ARGS, _outlive)
        cli.load_commands(self, alone=self._is_alone)
        return self.command_table  # type: ignore[no-any-return]

    def load_arguments(self, command: str) -> None:
        from azext_ml_endpoint import cli

        cli.load_options(self, command, alone=self._is_alone)


def _outlive(_: object, command: str, **__: object) -> None:
    """Whoever reads may go, and whoever cancels lets the command end by itself."""
    if command.startswith("ml "):
        from azext_ml_endpoint import side_by_side, streams

        streams.outlive_readers()
        side_by_side.heed_terminations()


def _official_extension_is_installed() -> bool:
    """The group `ml` belongs to Microsoft's extension `ml` where that is installed."""
    from azure.cli.core.extension import get_extension_path

    return get_extension_path("ml") is not None


COMMAND_LOADER_CLS = MlEndpointCommandsLoader
