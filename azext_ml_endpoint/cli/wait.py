"""`az ml endpoint wait`, as every other `az … wait`: in Azure only."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from azext_ml_endpoint.cli import common, place, times
from azext_ml_endpoint.cli.registration import group
from azext_ml_endpoint.errors import UsageError

if TYPE_CHECKING:
    from azure.cli.core import AzCommandsLoader

HELP = {
    "ml endpoint wait": """
type: command
short-summary: Wait until an endpoint in Azure is as it should be.
long-summary: |
    Exit code 0 means that it is. What failed meanwhile, and a --timeout that is over, are
    errors.
examples:
    - name: Wait for what create --no-wait has begun.
      text: az ml endpoint wait -n my-endpoint --created
    - name: Wait until a deployment has two instances.
      text: >
        az ml endpoint wait -n my-endpoint -d blue
        --custom "scale_settings.instance_count==`2`" --interval 10
""",
}

_GROUP = "Wait Condition"
_CONDITIONS = {
    "created": "Wait until endpoint and deployments are there, and nothing works on them.",
    "updated": "Wait until nothing works on endpoint and deployments.",
    "deleted": "Wait until it is gone.",
    "exists": "Wait until it is there.",
}


def commands(loader: AzCommandsLoader) -> None:
    with group(loader, "endpoint") as endpoint:
        endpoint.custom_command("wait", "wait")


def options(loader: AzCommandsLoader) -> None:
    with loader.argument_context("ml endpoint wait") as context:
        place.in_azure(context)
        place.endpoint_type(context)
        common.name(context)
        common.deployment(context, "Wait for this deployment only.")
        for name, help_text in _CONDITIONS.items():
            context.argument(name, action="store_true", arg_group=_GROUP, help=help_text)
        context.argument(
            "custom",
            arg_group=_GROUP,
            validator=condition,
            help="Wait until this JMESPath query of what `show` prints is true, such as "
            "`provisioning_state=='Succeeded'`.",
        )
        context.argument(
            "interval",
            type=times.to_wait,
            arg_group=_GROUP,
            help="Time between two looks: `30` (seconds), `1m`.",
        )
        common.timeout(context, "How long to wait at most: `3600` (seconds), `1h`.", group=_GROUP)


def condition(namespace: Namespace) -> None:
    if not any(getattr(namespace, name) for name in (*_CONDITIONS, "custom")):
        raise UsageError(
            "Say what to wait for: --created, --updated, --deleted, --exists or --custom QUERY."
        )
