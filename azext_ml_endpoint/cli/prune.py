"""`az ml endpoint prune`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from azext_ml_endpoint.cli import common, place, times
from azext_ml_endpoint.cli.registration import group
from azext_ml_endpoint.cli.tables import row

if TYPE_CHECKING:
    from azure.cli.core import AzCommandsLoader

HELP = {
    "ml endpoint prune": """
type: command
short-summary: List the deployments that receive no traffic, and remove them.
long-summary: |
    Removes after asking, or with --yes; where nobody can be asked, it only lists. What serves,
    gets mirrored traffic, is being changed or is part of a rollout stays. So does everything
    while no deployment of the endpoint receives traffic. What an instance costs is not known here.
examples:
    - name: See what could go.
      text: az ml endpoint prune -n my-endpoint -o table
    - name: Remove what has neither been changed nor served for a week.
      text: az ml endpoint prune -n my-endpoint --older-than 7d --yes
""",
}


def commands(loader: AzCommandsLoader) -> None:
    with group(loader, "export") as endpoint:
        endpoint.custom_command("prune", "prune", table_transformer=idle_rows)


def options(loader: AzCommandsLoader) -> None:
    with loader.argument_context("ml endpoint prune") as context:
        place.anywhere(context)
        common.name(context)
        context.argument(
            "older_than",
            type=times.age,
            help="Only those that have neither been changed nor served for so long: `7d`, `12h`. "
            "It needs its unit.",
        )
        common.yes(context, "Remove without asking.")


def idle_rows(deployments: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        row(
            {
                "Name": each["name"],
                "State": each["provisioning_state"],
                "Idle since": each["idle_since"] or "unknown",
                "Instances": each["instances"],
                "Hourly cost": each["hourly_cost"],
                "Result": "removed" if each["removed"] else f"stays: {each['stays'] or 'no --yes'}",
            }
        )
        for each in deployments
    ]
