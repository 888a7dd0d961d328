"""`az ml endpoint ui`."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from azext_ml_endpoint.cli import common, place
from azext_ml_endpoint.cli.registration import group
from azext_ml_endpoint.errors import UsageError

if TYPE_CHECKING:
    from azure.cli.core import AzCommandsLoader

HELP = {
    "ml endpoint ui": """
type: command
short-summary: Look at the endpoints of this machine in a browser.
long-summary: |
    Serves a page on 127.0.0.1: endpoints and the states of their deployments, traffic that is
    moved by dragging it, logs as they come, a form that sends requests and draws how long they
    take, and the history of the traffic. Its address, which has a token, is printed on stderr,
    and is good until Ctrl-C ends the command. The endpoints go on.
examples:
    - name: Look at all endpoints of this machine.
      text: az ml endpoint ui --local
    - name: Begin with one endpoint, at a port of your choice.
      text: az ml endpoint ui --local -n my-endpoint --ui-port 8090
    - name: Print the address, and open no browser.
      text: az ml endpoint ui --local --no-browser
""",
}


def commands(loader: AzCommandsLoader) -> None:
    with group(loader, "page") as endpoint:
        endpoint.custom_command("ui", "ui")


def options(loader: AzCommandsLoader) -> None:
    with loader.argument_context("ml endpoint ui") as context:
        place.anywhere(context, validator=here)
        common.name(context, "Name of the endpoint to begin with. Default: the first one.")
        context.argument(
            "ui_port",
            options_list=["--ui-port"],
            type=place.port_number,
            help="Port of this machine at which the page is. Default: a free one.",
        )
        context.argument(
            "no_browser",
            options_list=["--no-browser"],
            action="store_true",
            help="Open no browser. Without a display none is opened either.",
        )


def here(namespace: Namespace) -> None:
    """The page is for this machine."""
    if not namespace.local:
        raise UsageError("ui is for endpoints on this machine: add --local.")
    place.build(namespace)
