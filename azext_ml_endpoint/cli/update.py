"""`az ml endpoint update`: a file of the endpoint, or changes of what is there."""

from __future__ import annotations

from argparse import Action, ArgumentTypeError, Namespace
from typing import TYPE_CHECKING, Any

from azext_ml_endpoint.cli import common, debugging, place
from azext_ml_endpoint.cli.registration import group
from azext_ml_endpoint.cli.tables import endpoint_row
from azext_ml_endpoint.errors import UsageError

if TYPE_CHECKING:
    from azure.cli.core import AzCommandsLoader

HELP = {
    "ml endpoint update": """
type: command
short-summary: Change an endpoint, its deployments, or the traffic between them.
long-summary: |
    With --file the endpoint becomes what the file says: deployments that the file does not have
    are deleted. Files of deployments alone change these only. Without --file only what the
    options name is changed. On this machine a deployment that changed is started beside the old
    one, and takes its place once it is ready.
examples:
    - name: Take over an edited file or score.py.
      text: az ml endpoint update -n my-endpoint -f endpoint.yml
    - name: Change one value without editing the file.
      text: >-
        az ml endpoint update --local -f endpoint.yml
        --set deployments[0].environment_variables.LOG_LEVEL=debug
    - name: Change one deployment by its file, which names its endpoint.
      text: az ml endpoint update -f green.yml --set deployments[green].instance_count=2
    - name: Add a deployment that gets no traffic yet, or change it.
      text: >-
        az ml endpoint update -n my-endpoint --deployment-file green.yml
        --traffic "blue:100,green:0"
    - name: Let a tenth of the requests go to another deployment.
      text: az ml endpoint update -n my-endpoint --traffic "blue:90,green:10"
    - name: Change the number of instances.
      text: az ml endpoint update -n my-endpoint -d blue --instance-count 2
    - name: Change values of what is there, without a file.
      text: >-
        az ml endpoint update -n my-endpoint
        --set deployments[0].scale_settings.instance_count=2 tags.team=prices
    - name: Move a local endpoint to another port.
      text: az ml endpoint update --local -n my-endpoint --port 8080
    - name: Let a local endpoint behave as in Azure.
      text: az ml endpoint update --local -n my-endpoint --simulate
    - name: Let it be open again, without keys and limits.
      text: az ml endpoint update --local -n my-endpoint --simulate false
    - name: Remove a tag.
      text: az ml endpoint update -n my-endpoint --remove tags.team
""",
}

_TOGETHER = {
    "--file": {"--set", "--traffic"},
    "--deployment-file": {"--deployment-file", "--set", "--traffic"},
}


def commands(loader: AzCommandsLoader) -> None:
    with group(loader, "endpoint") as endpoint:
        endpoint.custom_command(
            "update", "update", supports_no_wait=True, table_transformer=endpoint_row
        )


def options(loader: AzCommandsLoader) -> None:
    with loader.argument_context("ml endpoint update") as context:
        place.anywhere(context)
        place.made_here(context)
        place.endpoint_type(context, default=None)
        common.name(context, "Name of the endpoint. It goes before the one in the file.")
        common.files(
            context,
            f"{common.FILES} Deployments that files of the endpoint and of deployments do not have "
            "are deleted; a file of the endpoint alone, in the format of the extension ml, and "
            "files of deployments alone leave the others as they are.",
            validator=one_form,
        )
        common.deployment(
            context,
            "Name of the deployment to change. With --file: change this one of the file only.",
        )
        _changes(context)
        _generic_update(context)
        common.yes(context, "Make an endpoint anew whose creation failed, without asking.")
        common.work_timeout(context)


def _changes(context: Any) -> None:
    from azure.cli.core.commands.parameters import file_type

    context.argument(
        "deployment_file",
        options_list=["--deployment-file", "-e"],
        type=file_type,
        help="YAML file of one deployment, which is added or changed. The others stay.",
    )
    context.argument(
        "instance_count",
        options_list=["--instance-count", "-i"],
        type=instance_count,
        help="Number of instances of the deployment.",
    )
    context.argument(
        "traffic",
        options_list=["--traffic", "-r"],
        type=common.shares,
        help="Percent of the requests for each deployment, such as `blue:90,green:10`.",
    )


def _generic_update(context: Any) -> None:
    generic: dict[str, Any] = {"arg_group": "Generic Update", "nargs": "+", "action": InOrder}
    context.argument(
        "edits",
        options_list=["--set"],
        metavar="KEY=VALUE",
        help="Values in place of those in the file or, without a file, of what is there: "
        "`deployments[0].scale_settings.instance_count=2`, `tags.team=prices`.",
        **generic,
    )
    common.extra(
        context,
        "additions",
        options_list=["--add"],
        metavar="LIST KEY=VALUE",
        help="Add something to a list of what is there.",
        **generic,
    )
    common.extra(
        context,
        "removals",
        options_list=["--remove"],
        metavar="LIST INDEX",
        help="Remove a value, or one of a list: `tags.team`, `deployments[name=green]`.",
        **generic,
    )
    context.argument(
        "force_string",
        action="store_true",
        arg_group="Generic Update",
        help="Take the values of --set and --add as text, whatever they look like.",
    )


class InOrder(Action):
    """Collects what several options were given, in the order of the command line."""

    def __call__(
        self, _parser: object, namespace: Namespace, values: Any, _option: str | None = None
    ) -> None:
        earlier = getattr(namespace, "edits", None) or []
        namespace.edits = [*earlier, (self.option_strings[0], values)]


def instance_count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text)):
        raise ArgumentTypeError(f"'{text}' is not a number of instances, such as 2")
    return int(text)


def one_form(namespace: Namespace) -> None:
    """An update is a file of the endpoint, or a change of what is there."""
    given = _given(namespace)
    beside = [*given, *(["--force-string"] if namespace.force_string else [])]
    if namespace.watch and (not namespace.file or namespace.deployment):
        raise UsageError("--watch needs --file, and watches all that is in it: no --deployment.")
    if namespace.file:
        _refuse_beside("--file", beside)
    elif not namespace.endpoint_name:
        raise UsageError("Give --name, or --file with a file that has the name in it.")
    elif not (given or namespace.deployment or _is_elsewhere(namespace)):
        raise UsageError(
            "Say what to change: --file, --deployment-file, --traffic, --instance-count, "
            "--set, --add or --remove (with --local, --port, --simulate, --gpus or --debug-port)."
        )
    elif "--deployment-file" in given:
        _refuse_beside("--deployment-file", beside)
    elif "--instance-count" in given and not namespace.deployment:
        raise UsageError("--instance-count needs --deployment: the one to scale.")
    elif namespace.deployment and "--instance-count" not in given:
        raise UsageError(
            "--deployment needs --deployment-file or --instance-count. Other values of a "
            "deployment are changed with --set deployments[name=NAME].KEY=VALUE."
        )


def _is_elsewhere(namespace: Namespace) -> bool:
    """Whether something is to be otherwise of what no file says."""
    simulates = namespace.simulate is not None  # or no longer does
    debugged = debugging.names(vars(namespace))
    return bool(namespace.port or simulates or namespace.gpus or debugged)


def _given(namespace: Namespace) -> list[str]:
    names = ("deployment_file", "traffic", "instance_count")
    given = [f"--{name.replace('_', '-')}" for name in names if getattr(namespace, name)]
    return [*given, *(option for option, _ in namespace.edits or ())]


def _refuse_beside(option: str, given: list[str]) -> None:
    clashes = [each for each in given if each not in _TOGETHER[option]]
    if clashes:
        raise UsageError(
            f"{option} and {clashes[0]} do not go together: the file says it all. "
            "Edit the file, or put other values in its values' place with --set."
        )
