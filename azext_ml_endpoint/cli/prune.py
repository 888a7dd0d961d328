"""`az ml endpoint prune`."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from azext_ml_endpoint.cli import common, place, times
from azext_ml_endpoint.cli.registration import group
from azext_ml_endpoint.cli.tables import row
from azext_ml_endpoint.errors import UsageError

if TYPE_CHECKING:
    from azure.cli.core import AzCommandsLoader

HELP = {
    "ml endpoint prune": """
type: command
short-summary: List what is of no use any more, deployments or local environments, and remove it.
long-summary: |
    Lists the deployments of an endpoint that receive no traffic, and removes them after asking,
    or with --yes; where nobody can be asked, it only lists. What serves, gets mirrored traffic,
    is being changed or is part of a rollout stays. So does everything
    while no deployment of the endpoint receives traffic. What an instance costs is not known
    here.

    With --local --environments it is about the images and installed packages of this machine
    that no deployment uses. They are kept because to make them again takes long, and go by
    themselves after 30 days, or where they have more than 30 GB: `az config set
    ml_endpoint.local_environments_days=7 ml_endpoint.local_environments_gb=10`.
examples:
    - name: See what could go.
      text: az ml endpoint prune -n my-endpoint -o table
    - name: Remove what has neither been changed nor served for a week.
      text: az ml endpoint prune -n my-endpoint --older-than 7d --yes
    - name: Remove the local environments that no deployment uses.
      text: az ml endpoint prune --local --environments
""",
}


def commands(loader: AzCommandsLoader) -> None:
    with group(loader, "export") as endpoint:
        endpoint.custom_command("prune", "prune", table_transformer=useless_rows)


def options(loader: AzCommandsLoader) -> None:
    with loader.argument_context("ml endpoint prune") as context:
        place.anywhere(context)
        common.name(context)
        context.argument(
            "environments",
            action="store_true",
            validator=one_kind,
            help="With --local: environments that no deployment uses, in place of deployments.",
        )
        context.argument(
            "older_than",
            type=times.age,
            help="Only what has neither been changed nor used for so long: `7d`, `12h`. "
            "It needs its unit.",
        )
        common.yes(context, "Remove without asking.")


def one_kind(namespace: Namespace) -> None:
    if namespace.environments and not namespace.local:
        raise UsageError("--environments is for this machine: add --local.")
    if namespace.environments and namespace.endpoint_name:
        raise UsageError("--environments is about all endpoints: leave --name out.")
    if not namespace.environments and not namespace.endpoint_name:
        raise UsageError("Give --name; or --local --environments.")


def useless_rows(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return _environment_rows(found) if found and "environment" in found[0] else idle_rows(found)


def _environment_rows(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        row(
            {
                "Environment": each["environment"][:16],
                "Runtime": each["runtime"],
                "MB": each["size_mb"],
                "Last used": each["used_at"],
                "Result": "removed" if each["removed"] else "stays: no --yes",
            }
        )
        for each in found
    ]


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
