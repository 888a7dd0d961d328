"""Checks of option values that need nothing but the values.

What is raised here that is none of az's own errors ends the command like any wrong option: the
message on stderr, exit code 2.
"""

from __future__ import annotations

import re
from argparse import Action, ArgumentTypeError, Namespace
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from azext_ml_endpoint.errors import UsageError

_LONGEST = 1e9
"""Sockets cannot be told to wait much longer than these seconds."""

_MOST_LINES = 1_000_000
_SURROGATE = re.compile("[\ud800-\udfff]")
_FILES = frozenset(
    {"file", "deployment_file", "request_file", "out", "plan_file", "junit", "official", "probe"}
)
"""Where options are that name files."""
_OPTIONS = {
    "endpoint_name": "name",
    "resource_group_name": "resource-group",
    "settings": "set",
    "edits": "set",
    "replaced": "replace",
}
_TOGETHER = {
    "--file": {"--set", "--traffic"},
    "--deployment-file": {"--deployment-file", "--set", "--traffic"},
}


def online_only(namespace: Namespace) -> None:
    if namespace.endpoint_type == "batch":
        raise UsageError(
            "--type batch: this extension serves online endpoints only. "
            "For batch endpoints use the extension ml: az ml batch-endpoint."
        )


def place(namespace: Namespace) -> None:
    """In Azure a workspace is needed; what is for one place only is refused in the other.

    Names and data are text, whatever the place.
    """
    _text(namespace)
    if getattr(namespace, "official", None):
        return  # files are converted nowhere
    if getattr(namespace, "local", None):
        if getattr(namespace, "no_wait", False):
            raise UsageError("--no-wait is for Azure: nobody would go on with a --local endpoint.")
        return
    if getattr(namespace, "runtime", None):
        raise UsageError(
            "--runtime is for endpoints on this machine: add --local, or leave it out."
        )
    options = {
        "--resource-group/-g": (namespace.resource_group_name, "group=GROUP"),
        "--workspace-name/-w": (namespace.workspace_name, "workspace=WORKSPACE"),
    }
    missing = {name: default for name, (value, default) in options.items() if not value}
    if missing:
        raise UsageError(
            f"Give {' and '.join(missing)}, or set what to use without them: "
            f"az configure --defaults {' '.join(missing.values())}"
        )


def _text(namespace: Namespace) -> None:
    """Bytes that are not UTF-8 come as surrogates (PEP 383). Names of files may have them."""
    for name, value in vars(namespace).items():
        for each in _flat(value) if name not in _FILES else ():
            if _SURROGATE.search(each):
                raise UsageError(
                    f"--{_OPTIONS.get(name, name).replace('_', '-')}: the value is not UTF-8 text."
                    f"{' Put it into a file: --request-file.' if name == 'data' else ''}"
                )


def _flat(value: object) -> Iterator[str]:
    """All text in an option's value, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, tuple, dict)):
        for each in value.items() if isinstance(value, dict) else value:
            yield from _flat(each)


def condition(namespace: Namespace) -> None:
    asked = ("created", "updated", "deleted", "exists", "custom")
    if not any(getattr(namespace, name) for name in asked):
        raise UsageError(
            "Say what to wait for: --created, --updated, --deleted, --exists or --custom QUERY."
        )


def asset(namespace: Namespace) -> None:
    """What is created must be described."""
    if not namespace.file and not namespace.asset_name:
        raise UsageError("Give --file, or --name and the options that describe it.")


def one_source(namespace: Namespace) -> None:
    """What is exported is an endpoint that is there, or what files say."""
    if namespace.file_format == "two-files" and not namespace.out:
        raise UsageError("--format two-files needs --out: the folder to write them to.")
    if not namespace.official:
        if not namespace.endpoint_name:
            raise UsageError("Give --name, or --from with files of the official extension ml.")
        return
    others = {"--name": namespace.endpoint_name, "--local": namespace.local}
    clashes = [option for option, value in others.items() if value]
    if clashes:
        raise UsageError(f"--from and {clashes[0]} do not go together: files are converted as is.")


def expectations(namespace: Namespace) -> None:
    """Somebody must be asked before an answer can be judged."""
    if not namespace.probe and (namespace.expect or namespace.expect_status):
        option = "--expect" if namespace.expect else "--expect-status"
        raise UsageError(f"{option} is about the answer to --probe: give a request with it.")


def one_origin(namespace: Namespace) -> None:
    """A saved plan says it all."""
    if not namespace.plan_file:
        if not namespace.file:
            raise UsageError("Give --file, or --plan with a saved plan.")
        return
    beside = {
        "--file": namespace.file,
        "--name": namespace.endpoint_name,
        "--set": namespace.settings,
        "--traffic": namespace.traffic,
        "--replace": namespace.replaced,
    }
    if clash := next((name for name, value in beside.items() if value), None):
        raise UsageError(f"--plan and {clash} do not go together: the saved plan says it all.")


def one_body(namespace: Namespace) -> None:
    if namespace.request_file and namespace.data is not None:
        raise UsageError("Give --request-file or --data, not both.")
    if not namespace.request_file and namespace.data is None:
        raise UsageError(
            "There is nothing to send: give --request-file FILE, --data TEXT or --data - (stdin)."
        )


def update_form(namespace: Namespace) -> None:
    """An update is a file of the endpoint, or a change of what is there."""
    given = _changes(namespace)
    options = [*given, *(["--force-string"] if namespace.force_string else [])]
    if namespace.file:
        _refuse_beside("--file", options)
    elif not namespace.endpoint_name:
        raise UsageError("Give --name, or --file with a file that has the name in it.")
    elif not given and not namespace.deployment:
        raise UsageError(
            "Say what to change: --file, --deployment-file, --traffic, --instance-count, "
            "--set, --add or --remove."
        )
    elif "--deployment-file" in given:
        _refuse_beside("--deployment-file", options)
    elif "--instance-count" in given and not namespace.deployment:
        raise UsageError("--instance-count needs --deployment: the one to scale.")
    elif namespace.deployment and "--instance-count" not in given:
        raise UsageError(
            "--deployment needs --deployment-file or --instance-count. Other values of a "
            "deployment are changed with --set deployments[name=NAME].KEY=VALUE."
        )


def _changes(namespace: Namespace) -> list[str]:
    names = ("deployment_file", "traffic", "instance_count")
    given = [f"--{name.replace('_', '-')}" for name in names if getattr(namespace, name)]
    return [*given, *(option for option, _ in namespace.edits or ())]


def _refuse_beside(option: str, given: list[str]) -> None:
    clashes = [each for each in given if each not in _TOGETHER[option]]
    if clashes:
        raise UsageError(
            f"{option} and {clashes[0]} do not go together: the file says it all. "
            "Edit the file, or put other values in its values' place with --set."
        )


class InOrder(Action):
    """Collects what several options were given, in the order of the command line."""

    def __call__(
        self, _parser: object, namespace: Namespace, values: Any, _option: str | None = None
    ) -> None:
        earlier = getattr(namespace, "edits", None) or []
        namespace.edits = [*earlier, (self.option_strings[0], values)]


def shares(text: str) -> dict[str, int]:
    """``blue:90,green:10``."""
    found: dict[str, int] = {}
    for entry in text.split(","):
        name, colon, percent = (part.strip() for part in entry.partition(":"))
        if not (name and colon and percent.isascii() and percent.isdigit()):
            raise ArgumentTypeError(
                f"'{entry.strip()}' is not NAME:PERCENT, as in \"blue:90,green:10\""
            )
        if name in found:
            raise ArgumentTypeError(f"{name} is in it twice")
        found[name] = int(percent)
    return found


def instance_count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text)):
        raise ArgumentTypeError(f"'{text}' is not a number of instances, such as 2")
    return int(text)


def seconds(text: str) -> float:
    """A time to wait for. Raises ValueError, of which argparse makes a sentence."""
    value = float(text)
    if not 0 < value < _LONGEST:
        raise ValueError(text)
    return value


_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def age(text: str) -> timedelta:
    """``7d``, ``12h``, ``30m`` or ``2w``."""
    number, unit = text[:-1], text[-1:]
    if not (number.isascii() and number.isdigit() and len(number) < 6 and unit in _UNITS):
        raise ArgumentTypeError(f"'{text}' is no age such as 7d, 12h or 30m")
    return timedelta(**{_UNITS[unit]: int(number)})


def line_count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError(text)
    if value > _MOST_LINES:
        raise ArgumentTypeError(f"more than {_MOST_LINES} lines are told of no log")
    return value
