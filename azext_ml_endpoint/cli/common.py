"""Options that several commands have."""

from __future__ import annotations

from argparse import ArgumentTypeError
from typing import Any

from azext_ml_endpoint.cli import times

FILES = (
    "YAML file of the endpoint; or the files of the endpoint and of its deployments, as the "
    "extension ml has them, a folder of these, or a pattern such as 'deployments/*.yml'."
)
_SETTINGS = (
    "Values in place of those in the files, such as `deployments[blue].instance_count=2` or "
    "`endpoint.tags.team=x`."
)
_TRAFFIC = (
    "Percent of the requests for each deployment, in place of what the files say: "
    "`blue:90,green:10`."
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
    """The files of an endpoint, and what goes before what they say."""
    name(context, "Name of the endpoint, in place of the one in the file.")
    files(context, FILES)
    context.argument("traffic", options_list=["--traffic"], type=shares, help=_TRAFFIC)
    settings(context, _SETTINGS)


def checked_traffic(context: Any, effect: str) -> None:
    """As with :func:`document`, where a command looks at traffic and sets it otherwise."""
    help_text = f"As in the other commands with --file, and checked as there. {effect}"
    context.argument("traffic", options_list=["--traffic"], type=shares, help=help_text)


def files(context: Any, help_text: str, validator: Any = None) -> None:
    """``-f A B``, ``-f A -f B``."""
    file(context, help_text, validator, nargs="+", action="extend")


def file(context: Any, help_text: str, validator: Any = None, **more: Any) -> None:
    from azure.cli.core.commands.parameters import file_type

    context.argument(
        "file",
        options_list=["--file", "-f"],
        type=file_type,
        validator=validator,
        help=help_text,
        **more,
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


def shares(text: str) -> dict[str, int]:
    """``blue:90,green:10``."""
    found: dict[str, int] = {}
    for entry in text.split(","):
        name, colon, percent = (part.strip() for part in entry.partition(":"))
        if not (name and colon and percent.isascii() and percent.isdigit()):
            raise ArgumentTypeError(
                f"'{entry.strip()}' is not NAME:PERCENT, as in \"blue:90,green:10\""
            )
        if name in found:
            raise ArgumentTypeError(f"{name} is in it twice")
        found[name] = int(percent)
    return found
