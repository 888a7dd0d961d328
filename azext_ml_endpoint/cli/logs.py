"""`az ml endpoint get-logs`."""

from __future__ import annotations

from argparse import ArgumentTypeError
from typing import TYPE_CHECKING

from azext_ml_endpoint.cli import common, place
from azext_ml_endpoint.cli.registration import group

if TYPE_CHECKING:
    from azure.cli.core import AzCommandsLoader

HELP = {
    "ml endpoint get-logs": """
type: command
short-summary: Print the log of a deployment.
long-summary: |
    In Azure it is the end of the log of one instance, which Azure chooses. The container
    storage-initializer puts model and code in place before the inference server starts.
examples:
    - name: Print the last lines of a local deployment.
      text: az ml endpoint get-logs --local -n my-endpoint -d blue --lines 100
    - name: See how model and code were put in place in Azure.
      text: az ml endpoint get-logs -n my-endpoint -d blue --container storage-initializer
    - name: Follow the log.
      text: az ml endpoint get-logs --local -n my-endpoint -d blue --follow
""",
}

_MOST_LINES = 1_000_000
_LONGEST = 100  # digits that are looked at


def commands(loader: AzCommandsLoader) -> None:
    with group(loader, "endpoint") as endpoint:
        endpoint.custom_command("get-logs", "get_logs")


def options(loader: AzCommandsLoader) -> None:
    from azure.cli.core.commands.parameters import get_enum_type

    with loader.argument_context("ml endpoint get-logs") as context:
        place.anywhere(context)
        place.endpoint_type(context)
        common.name(context)
        common.deployment(context)
        context.argument(
            "lines",
            options_list=["--lines", "-l", "--tail"],
            type=line_count,
            help="How many lines to show, counted from the end.",
        )
        context.argument(
            "follow",
            options_list=["--follow", "-f"],
            action="store_true",
            help="Go on showing lines as they are logged, until Ctrl-C.",
        )
        context.argument(
            "container",
            options_list=["--container", "-c"],
            arg_type=get_enum_type(["inference-server", "storage-initializer"]),
            help="The container whose log is wanted.",
        )


def line_count(text: str) -> int:
    """Raises ArgumentTypeError."""
    if not (text.isascii() and text.isdecimal() and int(text[:_LONGEST])):
        raise ArgumentTypeError(f"'{text}' is no number of lines, such as 100")
    if int(text[:_LONGEST]) > _MOST_LINES:
        raise ArgumentTypeError(f"more than {_MOST_LINES} lines are told of no log")
    return int(text)
