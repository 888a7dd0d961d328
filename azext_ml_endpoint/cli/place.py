"""Where a command works: what ``--local --runtime -g -w --port`` and their kin say, as one value.

A handler gets ``place``, which :func:`build` makes of them, and none of these options.
"""

from __future__ import annotations

import re
from argparse import ArgumentTypeError, Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from azext_ml_endpoint.cli import debugging, machine
from azext_ml_endpoint.cli.common import extra
from azext_ml_endpoint.errors import UsageError

if TYPE_CHECKING:
    from azext_ml_endpoint.handlers.places import Place

_SURROGATE = re.compile("[\ud800-\udfff]")
_FILES = frozenset(
    {
        *("file", "deployment_file", "request_file", "out", "plan_file", "junit", "official"),
        *("probe", "from_collected"),
    }
)
"""Where options are that name files."""
_LAST_PORT = 65535
_OPTIONS = {
    "endpoint_name": "name",
    "headers": "header",
    "resource_group_name": "resource-group",
    "settings": "set",
    "edits": "set",
    "replaced": "replace",
}


def anywhere(context: Any, validator: Any = None) -> None:
    """On this machine, or in Azure. validator: one that calls :func:`build`, in its place."""
    from azure.cli.core.commands.parameters import get_enum_type, get_three_state_flag

    extra(
        context,
        "local",
        arg_type=get_three_state_flag(),
        help="Work on this machine, in Docker or in processes, instead of in Azure.",
    )
    extra(
        context,
        "runtime",
        arg_type=get_enum_type(["docker", "process"]),
        help="Where local deployments run. Default: what `ml_endpoint.local_runtime` in az "
        "config says, else docker; processes where Docker is not installed.",
    )
    in_azure(context, validator)


def in_azure(context: Any, validator: Any = None) -> None:
    """In a workspace."""
    context.ignore("place")  # a parameter of the handler's, and no option
    context.extra("resource_group_name")  # which az has described
    extra(
        context,
        "workspace_name",
        options_list=["--workspace-name", "-w"],
        configured_default="workspace",
        validator=validator or build,
        help="Name of the Azure Machine Learning workspace. You can configure the default "
        "workspace using `az configure --defaults workspace=WORKSPACE`.",
    )


def port(context: Any) -> None:
    """For commands that make an endpoint on this machine what it is to be."""
    extra(
        context,
        "port",
        type=port_number,
        help="With --local: port of this machine at which the endpoint is found, whatever becomes "
        "of its deployments. Default: the one that it has, or a free one.",
    )


def simulate(context: Any) -> None:
    """For commands that make an endpoint on this machine what it is to be."""
    from azure.cli.core.commands.parameters import get_three_state_flag

    extra(
        context,
        "simulate",
        arg_type=get_three_state_flag(),
        help="With --local: let the endpoint behave as in Azure, with keys, limits and the "
        "statuses of its answers. `--simulate false` opens it again. Default: as it is.",
    )


def watch(context: Any) -> None:
    """For commands whose files are made true on this machine."""
    context.argument(
        "watch",
        options_list=["--watch"],
        action="store_true",
        help="With --local: go on, as `az ml endpoint watch` does; each saved file is served as "
        "soon as it is ready. Ctrl-C ends it, and leaves the endpoint running.",
    )


def port_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= _LAST_PORT):
        raise ArgumentTypeError(f"'{text}' is no port, such as 8080")
    return int(text)


def made_here(context: Any) -> None:
    """For commands whose files are made true on this machine: all that is for there."""
    port(context)
    debugging.options(context)
    simulate(context)
    machine.options(context)
    watch(context)


def endpoint_type(context: Any, default: str | None = "online") -> None:
    from azure.cli.core.commands.parameters import get_enum_type

    extra(
        context,
        "endpoint_type",
        arg_type=get_enum_type(["online", "batch"], default=default),
        options_list=["--type", "-t"],
        help="Type of the endpoint; only online endpoints are served.",
    )


def build(namespace: Namespace, *, needed: bool = True) -> None:
    """Adds ``place``. needed: whether the command is about an endpoint somewhere.

    In Azure a workspace is needed; what is for one place only is refused in the other. Names and
    data are text, whatever the place.
    """
    from azext_ml_endpoint.handlers.places import Place

    given = vars(namespace)
    place = Place(
        local=given.get("local"),
        runtime=given.get("runtime"),
        resource_group=given["resource_group_name"],
        workspace=given["workspace_name"],
        port=given.get("port"),
        simulate=given.get("simulate"),
        gpus=given.get("gpus"),
        platform=given.get("platform"),
        **debugging.asked(given),
    )
    _require_text(given)
    if given.get("watch") and not (place.local and needed):
        raise UsageError("--watch is for endpoints on this machine: add --local, or leave it out.")
    if needed and place.local:
        _require_here(given)
    elif needed:
        _require_workspace(place)
    _require_online(given)
    namespace.place = place


def _require_here(given: dict[str, Any]) -> None:
    if given.get("no_wait"):
        raise UsageError("--no-wait is for Azure: nobody would go on with a --local endpoint.")


def _require_workspace(place: Place) -> None:
    _refuse_what_is_for_here(place)
    options = {
        "--resource-group/-g": (place.resource_group, "group=GROUP"),
        "--workspace-name/-w": (place.workspace, "workspace=WORKSPACE"),
    }
    missing = {name: default for name, (value, default) in options.items() if not value}
    if missing:
        raise UsageError(
            f"Give {' and '.join(missing)}, or set what to use without them: "
            f"az configure --defaults {' '.join(missing.values())}",
            "For an endpoint on this machine add --local.",
        )


def _refuse_what_is_for_here(place: Place) -> None:
    said = {
        "--runtime": place.runtime,
        "--port": place.port,
        "--simulate": place.simulate is not None,
        "--gpus": place.gpus,
        "--platform": place.platform,
        "--vscode-debug": place.vscode,
        "--debug-port": place.debug_port is not None,
    }
    if name := next((name for name, given in said.items() if given), None):
        raise UsageError(f"{name} is for endpoints on this machine: add --local, or leave it out.")


def _require_online(given: dict[str, Any]) -> None:
    if given.get("endpoint_type") == "batch":
        raise UsageError(
            "--type batch: this extension serves online endpoints only. "
            "For batch endpoints use the extension ml: az ml batch-endpoint."
        )


def _require_text(given: dict[str, Any]) -> None:
    """Bytes that are not UTF-8 come as surrogates (PEP 383). Names of files may have them."""
    for name, value in given.items():
        for each in _flat(value) if name not in _FILES else ():
            if _SURROGATE.search(each):
                option = _OPTIONS.get(name, name).replace("_", "-")
                raise UsageError(
                    f"--{option}: the value is not UTF-8 text."
                    f"{' Put it into a file: --request-file.' if name == 'data' else ''}"
                )


def _flat(value: object) -> Iterator[str]:
    """All text in an option's value, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, tuple, dict)):
        for each in value.items() if isinstance(value, dict) else value:
            yield from _flat(each)
