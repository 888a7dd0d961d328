"""Checks of option values that need nothing but the values.

What is raised here that is none of az's own errors ends the command like any wrong option: the
message on stderr, exit code 2.
"""

from __future__ import annotations

from argparse import Namespace

from azext_ml_endpoint.errors import UsageError

_LONGEST = 1e9
"""Sockets cannot be told to wait much longer than these seconds."""


def online_only(namespace: Namespace) -> None:
    if namespace.endpoint_type == "batch":
        raise UsageError(
            "--type batch: this extension serves online endpoints only. "
            "For batch endpoints use the extension ml: az ml batch-endpoint."
        )


def place(namespace: Namespace) -> None:
    """In Azure a workspace is needed; what is for one place only is refused in the other."""
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


def condition(namespace: Namespace) -> None:
    asked = ("created", "updated", "deleted", "exists", "custom")
    if not any(getattr(namespace, name) for name in asked):
        raise UsageError(
            "Say what to wait for: --created, --updated, --deleted, --exists or --custom QUERY."
        )


def one_body(namespace: Namespace) -> None:
    if namespace.request_file and namespace.data is not None:
        raise UsageError("Give --request-file or --data, not both.")
    if not namespace.request_file and namespace.data is None:
        raise UsageError(
            "There is nothing to send: give --request-file FILE, --data TEXT or --data - (stdin)."
        )


def seconds(text: str) -> float:
    """A time to wait for. Raises ValueError, of which argparse makes a sentence."""
    value = float(text)
    if not 0 < value < _LONGEST:
        raise ValueError(text)
    return value


def line_count(text: str) -> int:
    """Raises ValueError, of which argparse makes a sentence."""
    value = int(text)
    if value < 1:
        raise ValueError(text)
    return value
