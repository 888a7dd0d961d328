"""`az ml endpoint test`."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from azext_ml_endpoint.cli import common, place
from azext_ml_endpoint.cli.registration import group
from azext_ml_endpoint.cli.tables import row
from azext_ml_endpoint.errors import UsageError

if TYPE_CHECKING:
    from azure.cli.core import AzCommandsLoader

HELP = {
    "ml endpoint test": """
type: command
short-summary: Run the tests of a YAML file, or collected requests, against an endpoint.
long-summary: |
    The tests of the endpoint are sent where the traffic leads, those of a deployment to that
    deployment, each once. A test that fails is shown with what it expected and what came, and
    ends the command with exit code 1. `az ml endpoint apply` and `az ml endpoint rollout` run
    the same tests before a new or changed deployment receives traffic.

    With --from-collected the tests are requests that a data collector has written, on this
    machine or in Azure: each is sent again, once, and its answer is compared with the one that
    was collected with it. Numbers may differ by a millionth.
examples:
    - name: Test an endpoint on this machine.
      text: az ml endpoint test --local -f endpoint.yml
    - name: Test an endpoint in Azure, and keep a report for CI.
      text: az ml endpoint test -n my-endpoint -f endpoint.yml --junit results.xml
    - name: Test a deployment before it gets traffic.
      text: az ml endpoint test -n my-endpoint -f endpoint.yml -d green -o table
    - name: Send to a deployment here what was collected in Azure, and compare the answers.
      text: az ml endpoint test --local -n my-endpoint -d green --from-collected downloads/blue
""",
}


def commands(loader: AzCommandsLoader) -> None:
    with group(loader, "testing") as endpoint:
        endpoint.custom_command("test", "run_tests", table_transformer=result_rows)


def options(loader: AzCommandsLoader) -> None:
    from azure.cli.core.commands.parameters import file_type

    with loader.argument_context("ml endpoint test") as context:
        place.anywhere(context)
        common.document(context)
        common.checked_traffic(context, "Nothing is set: requests follow the traffic as it is.")
        common.deployment(
            context,
            "Test this deployment only, whether or not it has traffic: the tests of the endpoint "
            "and its own are sent to it.",
        )
        context.argument("junit", type=file_type, help="File to write a JUnit report to, for CI.")
        context.argument(
            "from_collected",
            type=file_type,
            metavar="FOLDER_OR_FILE",
            validator=one_source,
            help="Collected requests, with their answers, in place of the tests of --file: .jsonl "
            "files as a data collector writes them, or a folder of these. --name says for which "
            "endpoint.",
        )
        common.yes(context, "Overwrite the file of --junit even where it is no such report.")
        common.timeout(context, "How long to wait for each answer: `60` (seconds), `5m`.")


def one_source(namespace: Namespace) -> None:
    """Raises UsageError."""
    if namespace.from_collected is None:
        if not namespace.file:
            raise UsageError(
                "Nothing says what to test.",
                "Give a file with tests, --file, or collected requests, --from-collected.",
            )
        return
    beside = {"--file": namespace.file, "--set": namespace.settings, "--traffic": namespace.traffic}
    if given := [option for option, value in beside.items() if value]:
        raise UsageError(
            f"--from-collected takes the place of {given[0]}.", f"Leave {given[0]} out."
        )
    if not namespace.endpoint_name:
        raise UsageError(
            "Collected requests do not say which endpoint to test.", "Name it: --name NAME."
        )


def result_rows(results: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        row(
            {
                "Outcome": each["outcome"],
                "Deployment": each["deployment"] or "",
                "Test": each["name"],
                "Status": each["status"] or "",
                "Latency": f"{each['latency_ms']} ms",
                "Faults": "; ".join(each["faults"]),
            }
        )
        for each in results
    ]
