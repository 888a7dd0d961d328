"""`az ml endpoint get-credentials`, `list-keys` and `regenerate-keys`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azext_ml_endpoint.cli import common, place
from azext_ml_endpoint.cli.registration import group

if TYPE_CHECKING:
    from azure.cli.core import AzCommandsLoader

HELP = {
    "ml endpoint get-credentials": """
type: command
short-summary: Print the keys or the token that open an endpoint.
long-summary: |
    With auth_mode key: primaryKey and secondaryKey. With aml_token and aad_token: accessToken,
    and when it expires. An endpoint on this machine asks for them where it was made with
    --simulate; they are its own, and open nothing in Azure.
examples:
    - name: Print the keys of an endpoint.
      text: az ml endpoint get-credentials -n my-endpoint
    - name: Print the keys of an endpoint on this machine.
      text: az ml endpoint get-credentials --local -n my-endpoint
    - name: Keep the primary key for a REST client.
      text: az ml endpoint get-credentials -n my-endpoint --query primaryKey -o tsv
""",
    "ml endpoint list-keys": """
type: command
short-summary: Print the keys or the token that open an endpoint.
examples:
    - name: Print the keys of an endpoint.
      text: az ml endpoint list-keys -n my-endpoint
""",
    "ml endpoint regenerate-keys": """
type: command
short-summary: Make a new key for an endpoint; the old one opens it no more.
examples:
    - name: Replace the secondary key.
      text: az ml endpoint regenerate-keys -n my-endpoint --key-type secondary
""",
}


def commands(loader: AzCommandsLoader) -> None:
    with group(loader, "endpoint") as endpoint:
        endpoint.custom_command("get-credentials", "get_credentials")
        older_name = endpoint.deprecate(redirect="ml endpoint get-credentials")
        endpoint.custom_command("list-keys", "get_credentials", deprecate_info=older_name)
        endpoint.custom_command("regenerate-keys", "regenerate_keys")


def options(loader: AzCommandsLoader) -> None:
    from azure.cli.core.commands.parameters import get_enum_type

    for command in HELP:
        with loader.argument_context(command) as context:
            place.anywhere(context)
            place.endpoint_type(context)
            common.name(context)
    with loader.argument_context("ml endpoint regenerate-keys") as context:
        context.argument(
            "key_type",
            arg_type=get_enum_type(["primary", "secondary"]),
            help="The key to regenerate.",
        )
