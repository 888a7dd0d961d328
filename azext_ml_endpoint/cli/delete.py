"""`az ml endpoint delete`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azext_ml_endpoint.cli import common, place
from azext_ml_endpoint.cli.registration import confirmed, group

if TYPE_CHECKING:
    from azure.cli.core import AzCommandsLoader

HELP = {
    "ml endpoint delete": """
type: command
short-summary: Delete an endpoint, or one of its deployments.
examples:
    - name: Delete a local endpoint and all that was made for it.
      text: az ml endpoint delete --local -n my-endpoint --yes
    - name: Delete a deployment in Azure; give its traffic to another one before.
      text: az ml endpoint delete -n my-endpoint -d blue --yes
    - name: Delete an endpoint in Azure without waiting. Registered models and environments stay.
      text: az ml endpoint delete -n my-endpoint --yes --no-wait
""",
}


def commands(loader: AzCommandsLoader) -> None:
    with group(loader, "endpoint") as endpoint:
        endpoint.custom_command("delete", "delete", supports_no_wait=True, confirmation=confirmed)


def options(loader: AzCommandsLoader) -> None:
    with loader.argument_context("ml endpoint delete") as context:
        place.anywhere(context)
        place.endpoint_type(context)
        common.name(context)
        common.deployment(context, "Delete this deployment only.")
