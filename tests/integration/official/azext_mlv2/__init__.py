"""Plays the official extension ``ml`` beside ours: its name, its module, two of its commands."""

from __future__ import annotations

from azure.cli.core import AzCommandsLoader
from knack.help_files import helps

helps["ml"] = """
type: group
short-summary: Official machine learning commands.
long-summary: The words of the official extension.
"""
helps["ml model"] = """
type: group
short-summary: Official commands for models.
"""
helps["ml model list"] = """
type: command
short-summary: List models, officially.
"""
helps["ml online-endpoint"] = """
type: group
short-summary: Official commands for online endpoints.
"""
helps["ml online-endpoint show"] = """
type: command
short-summary: Show an online endpoint, officially.
"""


def model_list(stage: str | None = None) -> list[dict[str, str | None]]:
    return [{"answered_by": "official", "stage": stage}]


def online_endpoint_show(name: str, local: bool = False) -> dict[str, object]:
    return {"answered_by": "official", "name": name, "local": local}


class OfficialLoader(AzCommandsLoader):
    def __init__(self, cli_ctx: object = None) -> None:
        from azure.cli.core.commands import CliCommandType

        here = CliCommandType(operations_tmpl=f"{__name__}#{{}}")
        super().__init__(cli_ctx=cli_ctx, custom_command_type=here)

    def load_command_table(self, args: list[str]) -> dict[str, object]:
        with self.command_group("ml model") as group:
            group.custom_command("list", "model_list")
        with self.command_group("ml online-endpoint") as group:
            group.custom_show_command("show", "online_endpoint_show")
        return self.command_table

    def load_arguments(self, command: str) -> None:
        with self.argument_context("ml model list") as context:
            context.argument("stage", options_list=["--stage", "-s"], help="Stage, officially.")
        with self.argument_context("ml online-endpoint show") as context:
            context.argument("name", options_list=["--name", "-n"], help="Name, officially.")
            context.argument("local", options_list=["--local", "-l"], action="store_true")


COMMAND_LOADER_CLS = OfficialLoader
