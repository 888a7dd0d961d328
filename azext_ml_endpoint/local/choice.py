"""Which runtime a command works with."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from azext_ml_endpoint.errors import RuntimeUnavailableError
from azext_ml_endpoint.report import Report


def choose(
    asked: str | None, configured: str | None, has: Callable[[str], bool], report: Report
) -> str:
    """``docker`` or ``process``: what was asked for, what has the endpoint, what is configured.

    has: whether a runtime has the endpoint; raises RuntimeUnavailableError. Processes are looked
    at first, which costs nothing.
    Docker is the default. Only where it is not installed are processes used unasked, and then a
    line says so; an engine that is installed but does not answer is an error, not a reason. It is
    no reason either not to work with processes.
    """
    if asked or has("process"):
        return asked or "process"
    if not _has_docker():
        if not configured:
            report.step(
                "Docker is not installed: deployments run as processes (--runtime process)."
            )
        return configured or "process"
    if configured == "process" and not _has_it(has, "docker"):
        return "process"
    return "docker"


def present(asked: str | None) -> list[str]:
    """The runtimes to look for endpoints in."""
    if asked:
        return [asked]
    return [*(["docker"] if _has_docker() else []), "process"]


def _has_docker() -> bool:
    from azext_ml_endpoint.local.docker import engine

    return engine.installed()


def _has_it(has: Callable[[str], bool], runtime: str) -> bool:
    with contextlib.suppress(RuntimeUnavailableError):
        return has(runtime)
    return False
