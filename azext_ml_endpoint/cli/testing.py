"""`az ml endpoint test`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from azext_ml_endpoint.cli import common, place
from azext_ml_endpoint.cli.registration import group
from azext_ml_endpoint.cli.tables import row

if TYPE_CHECKING:
    from azure.cli.core import AzCommandsLoader

HELP = {
    "ml endpoint test": """
type: command
short-summary: Run the tests of a YAML file against its endpoint.
long-summary: |
    The tests of the endpoint are sent where the traffic leads, those of a deployment to that
    deployment, each once. A test that fails is shown with what it expected and what came, and
    ends the command with exit code 1. `az ml endpoint apply` and `az ml endpoint rollout` run
    the same tests before a new or changed deployment receives traffic.
examples:
    - name: Test an endpoint on this machine.
      text: az ml endpoint test --local -f endpoint.yml
    - name: Test an endpoint in Azure, and keep a report for CI.
      text: az ml endpoint test -n my-endpoint -f endpoint.yml --junit results.xml
    - name: Test a deployment before it gets traffic.
      text: az ml endpoint test -n my-endpoint -f endpoint.yml -d green -o table
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
        common.yes(context, "Overwrite the file of --junit even where it is no such report.")
        common.timeout(context, "How long to wait for each answer: `60` (seconds), `5m`.")


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
