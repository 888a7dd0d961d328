"""What of this machine deployments get, beyond what their document says."""

from __future__ import annotations

from dataclasses import dataclass

from azext_ml_endpoint.errors import UnsupportedError

_DEFAULT_OF_PROCESSES = (None, "all")


@dataclass(frozen=True, kw_only=True)
class Machine:
    """gpus: as ``docker run --gpus`` has them, or ``none``; None leaves each what it has.

    platform: that images are for, as ``docker`` has it; None for this machine's.
    """

    gpus: str | None = None
    platform: str | None = None


ANY = Machine()


def require_processes(machine: Machine) -> None:
    """Raises UnsupportedError for what processes cannot be given."""
    if machine.gpus not in _DEFAULT_OF_PROCESSES:
        raise UnsupportedError(
            f"--gpus {machine.gpus}: deployments that run as processes see all GPUs.",
            "Choose some by the environment variable CUDA_VISIBLE_DEVICES in the file, or use "
            "Docker: --runtime docker.",
        )
    if machine.platform:
        raise UnsupportedError(
            f"--platform {machine.platform}: deployments that run as processes run on this "
            "machine's own.",
            "Leave it out, or use Docker: --runtime docker.",
        )
