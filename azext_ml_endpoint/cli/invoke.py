"""`az ml endpoint invoke`."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from azext_ml_endpoint.cli import common, place
from azext_ml_endpoint.cli.registration import group
from azext_ml_endpoint.errors import UsageError

if TYPE_CHECKING:
    from azure.cli.core import AzCommandsLoader

HELP = {
    "ml endpoint invoke": """
type: command
short-summary: Send a request to an endpoint and print its answer.
long-summary: |
    Without --deployment the request follows the traffic split. It is sent once, whatever happens.
    An answer with an error status ends the command with exit code 1. In Azure, the key or token
    is fetched first; --verbose shows how long that and the answer took.
examples:
    - name: Send a file to a local endpoint.
      text: az ml endpoint invoke --local -n my-endpoint --request-file request.json
    - name: Send a file to an endpoint in Azure.
      text: az ml endpoint invoke -n my-endpoint --request-file request.json
    - name: Send text to one deployment.
      text: az ml endpoint invoke --local -n my-endpoint -d green --data '{"data":[[1,2]]}'
""",
}


def commands(loader: AzCommandsLoader) -> None:
    with group(loader, "endpoint") as endpoint:
        endpoint.custom_command("invoke", "invoke")


def options(loader: AzCommandsLoader) -> None:
    from azure.cli.core.commands.parameters import file_type

    with loader.argument_context("ml endpoint invoke") as context:
        place.anywhere(context)
        place.endpoint_type(context)
        common.name(context)
        common.deployment(context, "Call this deployment, whatever the traffic split says.")
        context.argument(
            "request_file",
            options_list=["--request-file", "-r"],
            type=file_type,
            help="File with the body of the request.",
            validator=one_body,
        )
        context.argument("data", help="Body of the request as text, or - to read it from stdin.")
        context.argument("content_type", help="Content type of the body.")
        common.timeout(context, "How long to wait for the answer: `300` (seconds), `5m`.")


def one_body(namespace: Namespace) -> None:
    if namespace.request_file and namespace.data is not None:
        raise UsageError("Give --request-file or --data, not both.")
    if not namespace.request_file and namespace.data is None:
        raise UsageError(
            "There is nothing to send: give --request-file FILE, --data TEXT or --data - (stdin)."
        )
