"""`az ml endpoint plan` and `apply`."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from azext_ml_endpoint.cli import common, debugging, machine, place
from azext_ml_endpoint.cli.registration import group
from azext_ml_endpoint.cli.tables import endpoint_row, row
from azext_ml_endpoint.errors import UsageError

if TYPE_CHECKING:
    from azure.cli.core import AzCommandsLoader

HELP = {
    "ml endpoint plan": """
type: command
short-summary: Say what would have to be done to make an endpoint what its file says.
long-summary: |
    Shows every step with its reason and what it changes, which assets are reused, and how much
    would be uploaded. Changes nothing, and needs the right to read only. The text goes to
    stderr and the same as data to stdout, on a terminal only with --output. What cannot be done
    makes the exit code 1.
examples:
    - name: See what a change of the file means.
      text: az ml endpoint plan -f endpoint.yml
    - name: Fail a pipeline's check where the endpoint is not what the file says.
      text: az ml endpoint plan -f endpoint.yml --detailed-exitcode -o none
    - name: Save the plan, and carry out this one or none.
      text: >
        az ml endpoint plan -f endpoint.yml --out plan.json &&
        az ml endpoint apply --plan plan.json
""",
    "ml endpoint apply": """
type: command
short-summary: Make an endpoint what its file says, whatever is there.
long-summary: |
    Creates or updates. Shows the plan first, and asks before it deletes a deployment. Where
    nothing differs, nothing is written. Tags that the file never had stay, and so does the
    traffic where the file does not speak of it. While another command is at work on the
    endpoint, it is named and waited for.
examples:
    - name: Make the endpoint what the file says.
      text: az ml endpoint apply -f endpoint.yml
    - name: The same with the files of the extension ml, which are all in one folder.
      text: az ml endpoint apply -f cloud --traffic "blue:90,green:10"
    - name: The same on this machine.
      text: az ml endpoint apply --local -f endpoint.yml
    - name: In a pipeline, where nobody can be asked.
      text: az ml endpoint apply -f endpoint.yml --yes --on-conflict fail
    - name: Give a deployment another instance type, by way of another deployment.
      text: az ml endpoint apply -f endpoint.yml --replace blue
    - name: Carry out a saved plan.
      text: az ml endpoint apply --plan plan.json
""",
}


def commands(loader: AzCommandsLoader) -> None:
    with group(loader, "plans") as endpoint:
        endpoint.custom_command("plan", "plan", table_transformer=step_rows)
        endpoint.custom_command(
            "apply", "apply", supports_no_wait=True, table_transformer=endpoint_row
        )


def options(loader: AzCommandsLoader) -> None:
    for command in ("plan", "apply"):
        with loader.argument_context(f"ml endpoint {command}") as context:
            common.document(context)
            _both(context)
    with loader.argument_context("ml endpoint plan") as context:
        _plan(context)
    with loader.argument_context("ml endpoint apply") as context:
        _apply(context)


def _both(context: Any) -> None:
    from azure.cli.core.commands.parameters import get_enum_type

    place.simulate(context)
    machine.options(context)
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


def _plan(context: Any) -> None:
    from azure.cli.core.commands.parameters import file_type

    place.anywhere(context)
    context.argument(
        "out",
        type=file_type,
        help="File to save the plan in, for `az ml endpoint apply --plan`.",
    )
    common.yes(context, "Overwrite the file of --out even where it is no saved plan.")
    context.argument(
        "detailed_exitcode",
        action="store_true",
        help="End with 0 where nothing would change, with 2 where something would.",
    )


def _apply(context: Any) -> None:
    from azure.cli.core.commands.parameters import file_type

    place.anywhere(context, validator=place_unless_planned)
    place.port(context)
    debugging.options(context)
    place.watch(context)
    common.files(context, common.FILES, validator=one_origin)
    context.argument(
        "plan_file",
        options_list=["--plan"],
        type=file_type,
        help="Carry out this saved plan, in the place that it was made for; not if the file or "
        "what is there has changed since.",
    )
    common.yes(context, "Delete what the file does not have, without asking.")
    common.work_timeout(context)


def place_unless_planned(namespace: Namespace) -> None:
    """A saved plan knows its place."""
    place.build(namespace, needed=not namespace.plan_file)


def one_origin(namespace: Namespace) -> None:
    """A saved plan says it all."""
    if not namespace.plan_file:
        if not namespace.file:
            raise UsageError("Give --file, or --plan with a saved plan.")
        return
    beside = {
        "--file": namespace.file,
        "--name": namespace.endpoint_name,
        "--set": namespace.settings,
        "--traffic": namespace.traffic,
        "--replace": namespace.replaced,
        "--port": namespace.port,
        "--simulate": namespace.simulate is not None,
        "--gpus": namespace.gpus,
        "--platform": namespace.platform,
        "--watch": namespace.watch,
        **dict.fromkeys(debugging.names(vars(namespace)), True),
    }
    if clash := next((name for name, value in beside.items() if value), None):
        raise UsageError(f"--plan and {clash} do not go together: the saved plan says it all.")


def step_rows(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [row({"Step": each["title"], "Reason": each["reason"]}) for each in plan["steps"]]
