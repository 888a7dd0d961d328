"""The options of `az ml endpoint plan` and `apply`."""

from __future__ import annotations

from typing import Any

from azext_ml_endpoint._validators import one_origin, place

FILES = (
    "YAML file of the endpoint; or the files of the endpoint and of its deployments, as the "
    "extension ml has them, a folder of these, or a pattern such as 'deployments/*.yml'."
)


def plan(context: Any) -> None:
    from azure.cli.core.commands.parameters import file_type

    _both(context)
    context.argument(
        "out",
        type=file_type,
        help="File to save the plan in, for `az ml endpoint apply --plan`.",
    )
    agreed(context, "Overwrite the file of --out even where it is no saved plan.")
    context.argument(
        "detailed_exitcode",
        action="store_true",
        help="End with 0 where nothing would change, with 2 where something would.",
    )


def apply(context: Any) -> None:
    from azure.cli.core.commands.parameters import file_type

    _both(context)
    context.argument(
        "file",
        options_list=["--file", "-f"],
        type=file_type,
        nargs="+",
        action="extend",
        validator=one_origin,
        help=FILES,
    )
    context.argument(
        "plan_file",
        options_list=["--plan"],
        type=file_type,
        help="Carry out this saved plan, in the place that it was made for; not if the file or "
        "what is there has changed since.",
    )
    context.argument("workspace_name", validator=place_unless_planned)
    agreed(context, "Delete what the file does not have, without asking.")


def agreed(context: Any, help_text: str) -> None:
    context.argument("yes", options_list=["--yes", "-y"], action="store_true", help=help_text)


def place_unless_planned(namespace: Any) -> None:
    """A saved plan knows its place."""
    if not namespace.plan_file:
        place(namespace)


def _both(context: Any) -> None:
    from azure.cli.core.commands.parameters import get_enum_type

    context.argument(
        "replaced",
        options_list=["--replace"],
        nargs="+",
        metavar="DEPLOYMENT",
        help="Make another deployment with what the file says of this one, beside it. Once it is "
        "ready and passes its tests it gets the traffic, and the old one is removed. For what "
        "cannot be changed in place, such as the instance type.",
    )
    context.argument(
        "on_conflict",
        arg_type=get_enum_type(["wait", "fail"]),
        help="What to do while another command is at work on the endpoint.",
    )
