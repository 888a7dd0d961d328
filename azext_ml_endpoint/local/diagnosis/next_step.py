"""What to do about a script's trouble, by whichever knows most of it."""

from __future__ import annotations

from collections.abc import Sequence

from azext_ml_endpoint.local.diagnosis import logs, missing_file, missing_module
from azext_ml_endpoint.local.runtime import Instance


def advice(trouble: Sequence[str], instance: Instance) -> str | None:
    """trouble: what the log complains of, with the code's folder on this machine in its paths."""
    return (
        missing_file.advice(trouble, instance)
        or missing_module.advice(trouble, instance)
        or logs.advice(trouble)
    )
