"""Checks of option values that need nothing but the values."""

from __future__ import annotations

from argparse import Namespace


def online_only(namespace: Namespace) -> None:
    from azure.cli.core.azclierror import InvalidArgumentValueError

    if namespace.endpoint_type == "batch":
        raise InvalidArgumentValueError(
            "--type batch: this extension serves online endpoints only.",
            "For batch endpoints use the extension ml: az ml batch-endpoint.",
        )


def one_body(namespace: Namespace) -> None:
    from azure.cli.core.azclierror import (
        MutuallyExclusiveArgumentError,
        RequiredArgumentMissingError,
    )

    if namespace.request_file and namespace.data is not None:
        raise MutuallyExclusiveArgumentError("Give --request-file or --data, not both.")
    if not namespace.request_file and namespace.data is None:
        raise RequiredArgumentMissingError(
            "There is nothing to send.",
            "Give --request-file FILE, --data TEXT or --data - (stdin).",
        )
