"""The options of `az ml endpoint rollout`."""

from __future__ import annotations

from typing import Any

from azext_ml_endpoint._amounts import duration, percentage, rising, some_time, status
from azext_ml_endpoint._validators import expectations

_GUARDS = "Guard"


def rollout(context: Any) -> None:
    context.argument(
        "to", help="Name of the deployment that is to get the traffic. The file has it."
    )
    context.argument(
        "steps",
        type=rising,
        help="Percent of the traffic that it gets, one after the other. Default: 10,50,100. The "
        "other deployments share the rest as before.",
    )
    context.argument(
        "bake", type=duration, help="How long each step is watched: `5m`, `30s`, `0`. Default: 5m."
    )
    _guards(context)


def _guards(context: Any) -> None:
    from azure.cli.core.commands.parameters import file_type

    context.argument(
        "max_error_rate",
        arg_group=_GUARDS,
        type=percentage,
        help="Share of requests that may fail: `1%`, `0.5%`. Default: none.",
    )
    context.argument(
        "max_p95",
        arg_group=_GUARDS,
        type=some_time,
        help="Time within which 95 of 100 requests must be answered: `800ms`, `1.5s`.",
    )
    context.argument(
        "probe",
        arg_group=_GUARDS,
        type=file_type,
        validator=expectations,
        help="File with the body of a request that is sent again and again, to the deployment "
        "itself and through the endpoint.",
    )
    context.argument(
        "expect",
        arg_group=_GUARDS,
        action="append",
        metavar="COMPARISON",
        help="What the answer must be like: a JMESPath, a sign and a value, such as "
        "`length(@) == 2`. May be given more than once.",
    )
    context.argument(
        "expect_status",
        arg_group=_GUARDS,
        type=status,
        help="Status that the answer must have. Default: 200.",
    )
