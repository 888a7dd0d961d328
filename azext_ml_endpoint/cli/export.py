"""`az ml endpoint export`."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from azext_ml_endpoint.cli import common, place
from azext_ml_endpoint.cli.registration import group
from azext_ml_endpoint.errors import UsageError

if TYPE_CHECKING:
    from azure.cli.core import AzCommandsLoader

HELP = {
    "ml endpoint export": """
type: command
short-summary: Write what is there as a YAML file, or convert files of the extension ml.
long-summary: |
    The file plans to no change, also for an endpoint that was made with the official extension
    ml or with the SDK. Models, code and environments are named as they are registered. Secrets
    are not written: the file takes them from the environment, as ${secret:NAME}. What no file
    can say is warned of. A local endpoint's file names the files that it was made of. Of the
    files of the extension ml nothing is lost without a word: what would mean something else is
    an error. What is written is valid; otherwise nothing is written, and the exit code is 1.
examples:
    - name: Put an endpoint under the care of a file.
      text: az ml endpoint export -n my-endpoint --out endpoint.yml
    - name: Write one deployment, for az ml endpoint update --deployment-file.
      text: az ml endpoint export -n my-endpoint -d blue --out blue.yml
    - name: Make one file of those for az ml online-endpoint and az ml online-deployment, offline.
      text: az ml endpoint export --from endpoint.yml blue.yml green.yml --out all.yml
    - name: Write endpoint.yml and a file of each deployment, as the extension ml has them.
      text: az ml endpoint export -n my-endpoint --format two-files --out cloud
""",
}


def commands(loader: AzCommandsLoader) -> None:
    with group(loader, "export") as endpoint:
        endpoint.custom_command("export", "export")


def options(loader: AzCommandsLoader) -> None:
    from azure.cli.core.commands.parameters import file_type, get_enum_type

    with loader.argument_context("ml endpoint export") as context:
        place.anywhere(context, validator=place_unless_converted)
        common.name(context)
        common.deployment(context, "Export this deployment only, as a file for --deployment-file.")
        context.argument(
            "official",
            options_list=["--from"],
            nargs="+",
            type=file_type,
            metavar="FILE",
            validator=one_source,
            help="Convert these YAML files of the official extension ml instead: an endpoint's, "
            "and those of its deployments.",
        )
        context.argument(
            "out",
            type=file_type,
            help="File to write, or the folder of two-files. Default: stdout.",
        )
        context.argument(
            "file_format",
            options_list=["--format"],
            arg_type=get_enum_type(["one-file", "two-files"]),
            help="One file of the endpoint with its deployments; or endpoint.yml and a file of "
            "each deployment, as the extension ml has them.",
        )
        common.yes(context, "Overwrite the file.")


def place_unless_converted(namespace: Namespace) -> None:
    """Files are converted nowhere."""
    place.build(namespace, needed=not namespace.official)


def one_source(namespace: Namespace) -> None:
    """What is exported is an endpoint that is there, or what files say."""
    if namespace.file_format == "two-files" and not namespace.out:
        raise UsageError("--format two-files needs --out: the folder to write them to.")
    if not namespace.official:
        if not namespace.endpoint_name:
            raise UsageError("Give --name, or --from with files of the official extension ml.")
        return
    others = {"--name": namespace.endpoint_name, "--local": namespace.local}
    clashes = [option for option, value in others.items() if value]
    if clashes:
        raise UsageError(f"--from and {clashes[0]} do not go together: files are converted as is.")
