"""`az ml endpoint create`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azext_ml_endpoint.cli import common, place
from azext_ml_endpoint.cli.registration import group
from azext_ml_endpoint.cli.tables import endpoint_row

if TYPE_CHECKING:
    from azure.cli.core import AzCommandsLoader

HELP = {
    "ml endpoint create": """
type: command
short-summary: Create an endpoint and its deployments from a YAML file.
long-summary: |
    Makes what is missing and is safe to repeat. Stops before changing anything if what exists
    differs from the file; `az ml endpoint update` makes it what the file says. In Azure, files
    are uploaded and registered first; what is there already is not sent again.
examples:
    - name: Try the endpoint on this machine.
      text: az ml endpoint create --local -f endpoint.yml
    - name: Create it from the files of the extension ml.
      text: >-
        az ml endpoint create -f endpoint.yml -f blue.yml -f green.yml
        --traffic "blue:90,green:10"
    - name: Try it here with the models and environments that are registered in a workspace.
      text: az ml endpoint create --local -f endpoint.yml -g my-group -w my-workspace
    - name: Go on, and serve each edit of the code as soon as it is saved.
      text: az ml endpoint create --local -f endpoint.yml --watch
    - name: Set breakpoints in init() and run(), and attach Visual Studio Code.
      text: az ml endpoint create --local -f endpoint.yml --vscode-debug
    - name: Choose the port at which it is found on this machine.
      text: az ml endpoint create --local -f endpoint.yml --port 8080
    - name: See on this machine what it will be like in Azure, with its keys and limits.
      text: az ml endpoint create --local -f endpoint.yml --simulate
    - name: Create it in Azure, with another name than the file's.
      text: az ml endpoint create -n my-endpoint -f endpoint.yml -g my-group -w my-workspace
    - name: Let Azure go on alone, and wait for it later.
      text: >
        az ml endpoint create -n my-endpoint -f endpoint.yml --no-wait &&
        az ml endpoint wait -n my-endpoint --created
""",
}


def commands(loader: AzCommandsLoader) -> None:
    with group(loader, "endpoint") as endpoint:
        endpoint.custom_command(
            "create", "create", supports_no_wait=True, table_transformer=endpoint_row
        )


def options(loader: AzCommandsLoader) -> None:
    with loader.argument_context("ml endpoint create") as context:
        place.anywhere(context)
        place.made_here(context)
        place.endpoint_type(context, default=None)
        common.document(context)
        common.yes(context, "Make an endpoint anew whose creation failed, without asking.")
        common.work_timeout(context)
