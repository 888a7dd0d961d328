"""The command table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from azext_ml_endpoint._format import (
    asset_rows,
    endpoint_row,
    endpoint_rows,
    history_rows,
    idle_rows,
    result_rows,
    step_rows,
)
from azext_ml_endpoint.cloud.redaction import guard_logs
from azext_ml_endpoint.errors import EndpointError, raise_for_az

if TYPE_CHECKING:
    from collections.abc import Mapping

    from azure.cli.core import AzCommandsLoader
    from azure.cli.core.commands import CliCommandType


def load_command_table(loader: AzCommandsLoader) -> None:
    guard_logs()
    _guard_printing(loader)
    with loader.command_group("ml endpoint", exception_handler=raise_for_az) as group:
        group.custom_command(
            "create", "create", supports_no_wait=True, table_transformer=endpoint_row
        )
        group.custom_command(
            "update", "update", supports_no_wait=True, table_transformer=endpoint_row
        )
        group.custom_command("validate", "validate")
        group.custom_show_command("show", "show", table_transformer=endpoint_row)
        group.custom_command("list", "list_endpoints", table_transformer=endpoint_rows)
        group.custom_command("invoke", "invoke")
        group.custom_command("get-logs", "get_logs")
        group.custom_command("get-credentials", "get_credentials")
        older_name = group.deprecate(redirect="ml endpoint get-credentials")
        group.custom_command("list-keys", "get_credentials", deprecate_info=older_name)
        group.custom_command("regenerate-keys", "regenerate_keys")
        group.custom_command("wait", "wait")
        group.custom_command("delete", "delete", supports_no_wait=True, confirmation=confirmed)


def load_plan_commands(loader: AzCommandsLoader, handlers: CliCommandType) -> None:
    """One file is the truth."""
    with loader.command_group(
        "ml endpoint", custom_command_type=handlers, exception_handler=raise_for_az
    ) as group:
        group.custom_command("plan", "plan", table_transformer=step_rows)
        group.custom_command(
            "apply", "apply", supports_no_wait=True, table_transformer=endpoint_row
        )


def load_export_commands(loader: AzCommandsLoader, handlers: CliCommandType) -> None:
    """What is there, as a file; and what of it nobody needs."""
    with loader.command_group(
        "ml endpoint", custom_command_type=handlers, exception_handler=raise_for_az
    ) as group:
        group.custom_command("export", "export")
        group.custom_command("prune", "prune", table_transformer=idle_rows)


def load_rollout_commands(loader: AzCommandsLoader, handlers: CliCommandType) -> None:
    """Traffic, step by step and back."""
    with loader.command_group(
        "ml endpoint", custom_command_type=handlers, exception_handler=raise_for_az
    ) as group:
        group.custom_command("rollout", "rollout", table_transformer=endpoint_row)
        group.custom_command("rollback", "rollback", table_transformer=endpoint_row)
        group.custom_command("history", "history", table_transformer=history_rows)


def load_test_command(loader: AzCommandsLoader, handlers: CliCommandType) -> None:
    """The tests in the file."""
    with loader.command_group(
        "ml endpoint", custom_command_type=handlers, exception_handler=raise_for_az
    ) as group:
        group.custom_command("test", "run_tests", table_transformer=result_rows)


def load_asset_commands(loader: AzCommandsLoader, handlers: CliCommandType) -> None:
    """Models and environments, for those who do not have the official extension."""
    for kind, plural in (("model", "models"), ("environment", "environments")):
        with loader.command_group(
            f"ml {kind}", custom_command_type=handlers, exception_handler=raise_for_az
        ) as group:
            group.custom_command("create", f"create_{kind}")
            group.custom_show_command("show", f"show_{kind}")
            group.custom_command("list", f"list_{plural}", table_transformer=asset_rows)
            group.custom_command("delete", f"delete_{kind}", confirmation=confirmed)


def confirmed(_arguments: Mapping[str, object]) -> bool:
    """az asks itself, but falls over a stdin that is closed."""
    from azext_ml_endpoint.handlers import session

    try:
        return session.agreed("Are you sure you want to perform this operation?")
    except EndpointError as error:
        raise_for_az(error)


def _guard_printing(loader: AzCommandsLoader) -> None:
    """Where stdout takes no more, az ends in a traceback when it prints a result."""
    producer = loader.cli_ctx.output
    printed = producer.out

    def out(*arguments: Any, **options: Any) -> None:
        from azext_ml_endpoint.handlers import output

        try:
            with output.written():
                printed(*arguments, **options)
                output.flush()
        except EndpointError as error:
            raise_for_az(error)

    producer.out = out
