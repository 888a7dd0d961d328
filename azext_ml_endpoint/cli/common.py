"""Options that several commands have."""

from __future__ import annotations

from typing import Any

from azext_ml_endpoint.cli import times

_SETTINGS = (
    "Values in place of those in the file, such as "
    "`deployments[0].scale_settings.instance_count=2`."
)


def name(context: Any, help_text: str = "Name of the endpoint.") -> None:
    context.argument("endpoint_name", options_list=["--name", "-n"], help=help_text)


def deployment(context: Any, help_text: str = "Name of the deployment.") -> None:
    context.argument(
        "deployment",
        options_list=["--deployment", "-d"],
        help=help_text,
        validator=None,  # az's own one makes a name up where none is given
    )


def document(context: Any) -> None:
    """The file of an endpoint, and what goes before what it says."""
    name(context, "Name of the endpoint, in place of the one in the file.")
    file(context, "YAML file of the endpoint.")
    settings(context, _SETTINGS)


def file(context: Any, help_text: str, validator: Any = None) -> None:
    from azure.cli.core.commands.parameters import file_type

    context.argument(
        "file",
        options_list=["--file", "-f"],
        type=file_type,
        validator=validator,
        help=help_text,
    )


def settings(context: Any, help_text: str) -> None:
    context.argument(
        "settings",
        options_list=["--set"],
        nargs="+",
        action="extend",
        metavar="KEY=VALUE",
        help=help_text,
    )


def work_timeout(context: Any) -> None:
    timeout(
        context,
        "How long it may take: `300` (seconds), `5m`, `1h`. Default: 300 for a deployment with "
        "--local, else as long as Azure works on it.",
    )


def timeout(context: Any, help_text: str, group: str | None = None) -> None:
    context.argument("timeout", type=times.to_wait, arg_group=group, help=help_text)


def yes(context: Any, help_text: str) -> None:
    context.argument("yes", options_list=["--yes", "-y"], action="store_true", help=help_text)


def extra(context: Any, dest: str, **settings: Any) -> None:
    """An option that is not for the handler; see :func:`registration.finish`."""
    context.extra(dest)
    context.argument(dest, **settings)
