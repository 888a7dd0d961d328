"""`az ml model` and `az ml environment`, for those who do not have the official extension."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from azext_ml_endpoint.cli import common, place
from azext_ml_endpoint.cli.registration import confirmed, group
from azext_ml_endpoint.cli.tables import row
from azext_ml_endpoint.errors import UsageError

if TYPE_CHECKING:
    from azure.cli.core import AzCommandsLoader

HELP = {
    "ml": """
type: group
short-summary: Manage Azure Machine Learning resources.
""",
    "ml model": """
type: group
short-summary: Register models in a workspace, and see which there are.
""",
    "ml model create": """
type: command
short-summary: Upload and register a model.
long-summary: |
    Files that are there already are not sent again. A version that is registered with other
    content is never changed: raise the version.
examples:
    - name: Register a file.
      text: az ml model create --name my-model --version 1 --path model/model.pkl
    - name: Register what a YAML file describes, as another version.
      text: az ml model create -f model.yml --version 2
""",
    "ml model show": """
type: command
short-summary: Show a registered model.
examples:
    - name: Show the latest version.
      text: az ml model show -n my-model
""",
    "ml model list": """
type: command
short-summary: List registered models, or the versions of one.
examples:
    - name: List the models of the workspace.
      text: az ml model list -o table
    - name: List the versions of a model.
      text: az ml model list -n my-model
""",
    "ml model delete": """
type: command
short-summary: Delete a version of a registered model.
examples:
    - name: Delete version 1.
      text: az ml model delete -n my-model --version 1 --yes
""",
    "ml environment": """
type: group
short-summary: Register environments in a workspace, and see which there are.
""",
    "ml environment create": """
type: command
short-summary: Register an environment.
examples:
    - name: Register an image with conda packages on top.
      text: >
        az ml environment create --name my-env --version 1
        --image mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04 --conda-file conda.yml
    - name: Register what a YAML file describes.
      text: az ml environment create -f environment.yml
""",
    "ml environment show": """
type: command
short-summary: Show a registered environment.
examples:
    - name: Show the latest version.
      text: az ml environment show -n my-env
""",
    "ml environment list": """
type: command
short-summary: List registered environments, or the versions of one.
examples:
    - name: List the environments of the workspace.
      text: az ml environment list -o table
""",
    "ml environment delete": """
type: command
short-summary: Delete a version of a registered environment.
examples:
    - name: Delete version 1.
      text: az ml environment delete -n my-env --version 1 --yes
""",
}


def commands(loader: AzCommandsLoader) -> None:
    for kind, plural in (("model", "models"), ("environment", "environments")):
        with group(loader, "asset", f"ml {kind}") as assets:
            assets.custom_command("create", f"create_{kind}")
            assets.custom_show_command("show", f"show_{kind}")
            assets.custom_command("list", f"list_{plural}", table_transformer=asset_rows)
            assets.custom_command("delete", f"delete_{kind}", confirmation=confirmed)


def options(loader: AzCommandsLoader) -> None:
    for kind in ("model", "environment"):
        for command in ("create", "show", "list", "delete"):
            with loader.argument_context(f"ml {kind} {command}") as context:
                place.in_azure(context)
                _identity(context, kind)
        with loader.argument_context(f"ml {kind} create") as context:
            _content(context, kind)
    with loader.argument_context("ml model create") as context:
        _model(context)
    with loader.argument_context("ml environment create") as context:
        _environment(context)


def _identity(context: Any, kind: str) -> None:
    context.argument("asset_name", options_list=["--name", "-n"], help=f"Name of the {kind}.")
    context.argument(
        "asset_version",
        options_list=["--version", "-v"],
        help=f"Version of the {kind}. Default: the latest one; 1 where it is created.",
    )


def _content(context: Any, kind: str) -> None:
    common.file(
        context,
        f"YAML file of the {kind}. Other options are put in place of what it says.",
        validator=described,
    )
    context.argument("description", help=f"What the {kind} is for.")
    common.settings(context, "Values in place of those in the file, such as `tags.team=houses`.")


def _model(context: Any) -> None:
    context.argument(
        "path",
        options_list=["--path", "--local-path", "-p"],
        help="File or folder on this machine, azureml://datastores/NAME/paths/PATH, "
        "runs:/RUN/PATH, azureml://jobs/JOB/outputs/OUTPUT/paths/PATH, or a blob's https or wasbs "
        "address.",
    )


def _environment(context: Any) -> None:
    from azure.cli.core.commands.parameters import file_type

    context.argument("image", options_list=["--image", "-i"], help="Docker image.")
    context.argument(
        "conda_file",
        options_list=["--conda-file", "-c"],
        type=file_type,
        help="File with the conda packages that are installed on top of the image.",
    )
    context.argument(
        "build_context",
        options_list=["--build-context", "-b"],
        type=file_type,
        help="Folder with a Dockerfile and what it copies, instead of an image.",
    )
    context.argument(
        "dockerfile_path",
        options_list=["--dockerfile-path", "-d"],
        help="The Dockerfile, relative to the build context. Default: Dockerfile.",
    )


def described(namespace: Namespace) -> None:
    """What is created must be described."""
    if not namespace.file and not namespace.asset_name:
        raise UsageError("Give --file, or --name and the options that describe it.")


def asset_rows(assets: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        row(
            {
                "Name": each["name"],
                "Version": each.get("version") or each.get("latest_version") or "",
                "Description": each.get("description") or "",
            }
        )
        for each in assets
    ]
