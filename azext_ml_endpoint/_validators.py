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
