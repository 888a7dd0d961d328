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

_KEPT_HERE = ("environments", "assets")

HELP = {
    "ml endpoint prune": """
type: command
short-summary: List what is of no use any more, deployments or what is kept here, and remove it.
long-summary: |
    Lists the deployments of an endpoint that receive no traffic, and removes them after asking,
    or with --yes; where nobody can be asked, it only lists. What serves, gets mirrored traffic,
    is being changed or is part of a rollout stays. So does everything while no deployment of
    the endpoint receives traffic. What an instance costs is not known here.

    With --local --environments it is about the images and installed packages of this machine
    that no deployment uses. They are kept because to make them again takes long, and go by
    themselves after 30 days, or where they have more than 30 GB: `az config set
    ml_endpoint.local_environments_days=7 ml_endpoint.local_environments_gb=10`.

    With --local --assets it is about models and other assets that were fetched from Azure, and
    that no deployment of this machine uses. They stay until then; who asks for them again
    fetches them again. What a command has asked for within the last hour is not among them.
examples:
    - name: See what could go.
      text: az ml endpoint prune -n my-endpoint -o table
    - name: Remove what has neither been changed nor served for a week.
      text: az ml endpoint prune -n my-endpoint --older-than 7d --yes
    - name: Remove the local environments that no deployment uses.
      text: az ml endpoint prune --local --environments
    - name: Remove what was fetched from Azure and not used for a month.
      text: az ml endpoint prune --local --assets --older-than 30d
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
            "assets",
            action="store_true",
            help="With --local: what was fetched from Azure and no deployment uses, in place of "
            "deployments.",
        )
        context.argument(
            "older_than",
            type=times.age,
            help="Only what has neither been changed nor used for so long: `7d`, `12h`. "
            "It needs its unit.",
        )
        common.yes(context, "Remove without asking.")


def one_kind(namespace: Namespace) -> None:
    asked = [kind for kind in _KEPT_HERE if getattr(namespace, kind)]
    if len(asked) > 1:
        raise UsageError("--environments and --assets are two things: give one of them.")
    if not asked and not namespace.endpoint_name:
        raise UsageError("Give --name; or --local --environments; or --local --assets.")
    for kind in asked:
        if not namespace.local:
            raise UsageError(f"--{kind} is for this machine: add --local.")
        if namespace.endpoint_name:
            raise UsageError(f"--{kind} is about all endpoints: leave --name out.")
    if namespace.assets and namespace.runtime:
        raise UsageError("--assets is about both runtimes: leave --runtime out.")


def useless_rows(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    kinds = {"environment": _environment_rows, "asset": _asset_rows}
    rows = next((rows for key, rows in kinds.items() if found and key in found[0]), idle_rows)
    return rows(found)


def _asset_rows(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        row(
            {
                "Asset": each["asset"],
                "MB": each["size_mb"],
                "Last used": each["used_at"],
                "Result": _result(each),
            }
        )
        for each in found
    ]


def _result(each: dict[str, Any]) -> str:
    return "removed" if each["removed"] else "stays: no --yes"


def _environment_rows(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        row(
            {
                "Environment": each["environment"][:16],
                "Runtime": each["runtime"],
                "MB": each["size_mb"],
                "Last used": each["used_at"],
                "Result": _result(each),
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
