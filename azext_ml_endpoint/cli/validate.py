"""`az ml endpoint validate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azext_ml_endpoint.cli import common
from azext_ml_endpoint.cli.registration import group

if TYPE_CHECKING:
    from azure.cli.core import AzCommandsLoader

HELP = {
    "ml endpoint validate": """
type: command
short-summary: Check a YAML file and all that it refers to, offline.
long-summary: Every finding is shown as file:line:column. Exit code 0 means that there is no error.
examples:
    - name: Check a file.
      text: az ml endpoint validate -f endpoint.yml
""",
}


def commands(loader: AzCommandsLoader) -> None:
    with group(loader, "endpoint") as endpoint:
        endpoint.custom_command("validate", "validate")


def options(loader: AzCommandsLoader) -> None:
    with loader.argument_context("ml endpoint validate") as context:
        common.document(context)
