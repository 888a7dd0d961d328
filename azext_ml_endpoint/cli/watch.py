"""`az ml endpoint watch`."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from azext_ml_endpoint.cli import common, debugging, machine, place
from azext_ml_endpoint.cli.registration import group
from azext_ml_endpoint.errors import UsageError

if TYPE_CHECKING:
    from azure.cli.core import AzCommandsLoader

HELP = {
    "ml endpoint watch": """
type: command
short-summary: Serve each edit on this machine as soon as its file is saved.
long-summary: |
    Makes the endpoint what its file says, as apply does, and goes on: a saved scoring script is
    checked, started beside the one that serves, proven ready, and takes its place without a
    lost request. A change of the YAML is planned and applied, packages are installed anew, and
    a new model is loaded. What is wrong with a save is told, and what served before goes on
    serving. Ctrl-C ends it, and leaves the endpoint running. Meanwhile a server waits for each
    deployment's next code, with its packages imported; `az config set
    ml_endpoint.local_spare=false` saves the memory that it takes.
examples:
    - name: Serve every edit of an endpoint's files.
      text: az ml endpoint watch --local -f endpoint.yml
    - name: In processes, at a port of your choice.
      text: az ml endpoint watch --local -f endpoint.yml --runtime process --port 8080
    - name: With every edit under a debugger, which attaches to port 5678.
      text: az ml endpoint watch --local -f endpoint.yml --debug-port 5678
    - name: Where deployments that are taken out of the file are to be deleted without asking.
      text: az ml endpoint watch --local -f endpoint.yml --yes
""",
}


def commands(loader: AzCommandsLoader) -> None:
    with group(loader, "watching") as endpoint:
        endpoint.custom_command("watch", "watch")


def options(loader: AzCommandsLoader) -> None:
    with loader.argument_context("ml endpoint watch") as context:
        place.anywhere(context, validator=here)
        place.port(context)
        debugging.options(context)
        machine.options(context)
        common.document(context)
        common.yes(context, "Delete what the file does not have any more, without asking.")
        common.work_timeout(context)


def here(namespace: Namespace) -> None:
    """Watching is for this machine."""
    if not namespace.local:
        raise UsageError("watch is for endpoints on this machine: add --local.")
    place.build(namespace)
