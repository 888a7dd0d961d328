"""`az ml endpoint rollout`, `rollback` and `history`: traffic, step by step and back."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError, Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from azext_ml_endpoint.cli import common, place, times
from azext_ml_endpoint.cli.registration import group
from azext_ml_endpoint.cli.tables import endpoint_row, row
from azext_ml_endpoint.errors import UsageError

if TYPE_CHECKING:
    from azure.cli.core import AzCommandsLoader

HELP = {
    "ml endpoint rollout": """
type: command
short-summary: Move traffic to a deployment step by step, and back as soon as it does not do well.
long-summary: |
    Makes or updates the deployment beside the others, without traffic, proves it with the tests
    of the file and the probe, then raises its share of the traffic. Every step is watched: the
    probe, and in Azure the metrics of the deployment where the account may read them. When a
    guard breaks, the traffic returns to where it was, and the exit code is 1. How far it is
    stands on the endpoint itself: the same command goes on with a rollout that was interrupted,
    and `az ml endpoint rollback` ends it.
examples:
    - name: Replace blue by green, half an hour at each step.
      text: |
        az ml endpoint rollout -f endpoint.yml --to green --bake 30m --probe request.json
    - name: Watch errors, latency and the answer itself.
      text: |
        az ml endpoint rollout -f endpoint.yml --to green --steps 5,25,100 --max-error-rate 1% \
--max-p95 800ms --probe request.json --expect "length(@) == 2"
    - name: Rehearse it on this machine.
      text: |
        az ml endpoint rollout --local -f endpoint.yml --to green --bake 10s --probe request.json
""",
    "ml endpoint rollback": """
type: command
short-summary: Return the traffic to the last split that was good, in one change.
long-summary: |
    Takes the newest entry of `az ml endpoint history` that is not what the traffic is now, and
    whose deployments are there and ready. A rollout that is under way is ended, and the traffic
    returns to where it was before.
examples:
    - name: Take the last change of traffic back.
      text: az ml endpoint rollback -n my-endpoint
""",
    "ml endpoint history": """
type: command
short-summary: Show who set the traffic of an endpoint, when, and from which file.
long-summary: |
    The newest comes first. The last ten are kept, on the endpoint itself, so that everybody
    sees the same. A split that something else has set is noted when it is found, without a
    name.
examples:
    - name: Show the history.
      text: az ml endpoint history -n my-endpoint -o table
""",
}

_GUARDS = "Guard"
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%?", re.ASCII)


def commands(loader: AzCommandsLoader) -> None:
    with group(loader, "rollout") as endpoint:
        endpoint.custom_command("rollout", "rollout", table_transformer=endpoint_row)
        endpoint.custom_command("rollback", "rollback", table_transformer=endpoint_row)
        endpoint.custom_command("history", "history", table_transformer=history_rows)


def options(loader: AzCommandsLoader) -> None:
    with loader.argument_context("ml endpoint rollout") as context:
        place.anywhere(context)
        common.document(context)
        common.checked_traffic(context, "The steps decide what is set.")
        _steps(context)
        _guards(context)
        common.work_timeout(context)
    for command in ("rollback", "history"):
        with loader.argument_context(f"ml endpoint {command}") as context:
            place.anywhere(context)
            common.name(context)


def _steps(context: Any) -> None:
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
        "bake",
        type=times.to_watch,
        help="How long each step is watched: `5m`, `300` (seconds), `0`. Default: 5m.",
    )


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
        type=times.latency,
        help="Time within which 95 of 100 requests must be answered: `800ms`, `1.5s`. It needs "
        "its unit.",
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


def rising(text: str) -> tuple[int, ...]:
    """``10,50,100``: percentages from 1 to 100, each more than the one before."""
    parts = [part.strip().removesuffix("%") for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise ArgumentTypeError(f"'{text}' are no percentages such as 10,50,100")
    steps = tuple(int(part) for part in parts)
    pairs = zip((0, *steps), steps, strict=False)
    if steps[-1] > 100 or any(before >= after for before, after in pairs):
        raise ArgumentTypeError(f"'{text}' does not rise from 1 to 100 at most")
    return steps


def percentage(text: str) -> float:
    """From 0 to 1, of ``1%``, ``0.5%`` or ``1``."""
    match = _PERCENT.fullmatch(text.strip())
    if match is None or float(match[1]) > 100:
        raise ArgumentTypeError(f"'{text}' is no percentage such as 1% or 0.5%")
    return float(match[1]) / 100


def status(text: str) -> int:
    """Of HTTP."""
    if not (text.isascii() and text.isdigit() and 100 <= int(text) <= 599):
        raise ArgumentTypeError(f"'{text}' is no status such as 200")
    return int(text)


def expectations(namespace: Namespace) -> None:
    """Somebody must be asked before an answer can be judged."""
    if not namespace.probe and (namespace.expect or namespace.expect_status):
        option = "--expect" if namespace.expect else "--expect-status"
        raise UsageError(f"{option} is about the answer to --probe: give a request with it.")


def history_rows(entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        row(
            {
                "When": each["when"],
                "Who": each["who"] or "",
                "What": each["what"] or "",
                "Traffic": ", ".join(f"{name} {share} %" for name, share in shares.items()),
                "File": each["file_hash"] or "",
                "Commit": each["commit"] or "",
            }
        )
        for each in entries
        for shares in [each["traffic"] or {}]
    ]
