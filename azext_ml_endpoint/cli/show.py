"""`az ml endpoint show` and `list`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azext_ml_endpoint.cli import common, place
from azext_ml_endpoint.cli.registration import group
from azext_ml_endpoint.cli.tables import endpoint_row, endpoint_rows

if TYPE_CHECKING:
    from azure.cli.core import AzCommandsLoader

HELP = {
    "ml endpoint show": """
type: command
short-summary: Show an endpoint and its deployments.
examples:
    - name: Show where a local endpoint listens.
      text: az ml endpoint show --local -n my-endpoint --query scoring_uri -o tsv
    - name: Show the states of an endpoint and its deployments in Azure.
      text: >
        az ml endpoint show -n my-endpoint
        --query "{endpoint: provisioning_state, deployments: deployments[].provisioning_state}"
""",
    "ml endpoint list": """
type: command
short-summary: List endpoints.
examples:
    - name: List the endpoints of this machine.
      text: az ml endpoint list --local -o table
    - name: List the endpoints of a workspace.
      text: az ml endpoint list -g my-group -w my-workspace -o table
""",
}


def commands(loader: AzCommandsLoader) -> None:
    with group(loader, "endpoint") as endpoint:
        endpoint.custom_show_command("show", "show", table_transformer=endpoint_row)
        endpoint.custom_command("list", "list_endpoints", table_transformer=endpoint_rows)


def options(loader: AzCommandsLoader) -> None:
    for command in ("show", "list"):
        with loader.argument_context(f"ml endpoint {command}") as context:
            place.anywhere(context)
            place.endpoint_type(context)
            common.name(context)
