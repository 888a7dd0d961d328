"""Which runtime a command works with."""

from __future__ import annotations

from pathlib import Path

from azext_ml_endpoint.local.docker import engine
from azext_ml_endpoint.local.process.runtime import knows
from azext_ml_endpoint.report import Report


def choose(
    asked: str | None,
    configured: str | None,
    home: Path,
    endpoint_name: str,
    report: Report,
) -> str:
    """``docker`` or ``process``: what was asked for, what has the endpoint, what is configured.

    Docker is the default. Only where it is not installed are processes used unasked, and then a
    line says so; an engine that is installed but does not answer is an error, not a reason.
    """
    if asked or knows(home, endpoint_name):
        return asked or "process"
    if configured or engine.installed():
        return configured or "docker"
    report.step("Docker is not installed: deployments run as processes (--runtime process).")
    return "process"


def present(asked: str | None, configured: str | None) -> list[str]:
    """The runtimes to look for endpoints in."""
    if asked:
        return [asked]
    docker = ["docker"] if configured != "process" and engine.installed() else []
    return [*docker, "process"]
