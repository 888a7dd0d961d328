"""The command table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azext_ml_endpoint._format import endpoint_row, endpoint_rows
from azext_ml_endpoint.errors import raise_for_az

if TYPE_CHECKING:
    from azure.cli.core import AzCommandsLoader


def load_command_table(loader: AzCommandsLoader) -> None:
    with loader.command_group("ml endpoint", exception_handler=raise_for_az) as group:
        group.custom_command("create", "create", table_transformer=endpoint_row)
        group.custom_command("update", "update", table_transformer=endpoint_row)
        group.custom_command("validate", "validate")
        group.custom_show_command("show", "show", table_transformer=endpoint_row)
        group.custom_command("list", "list_endpoints", table_transformer=endpoint_rows)
        group.custom_command("invoke", "invoke")
        group.custom_command("get-logs", "get_logs")
        group.custom_command("delete", "delete", confirmation=True)
