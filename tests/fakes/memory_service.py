"""The real service and driver, over a runtime in memory."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

from azext_ml_endpoint.local import keeping
from azext_ml_endpoint.local.debug.debugger import Debugging
from azext_ml_endpoint.local.debug.debugging import DebuggingDriver
from azext_ml_endpoint.local.keeping import Limits
from azext_ml_endpoint.local.library import Library, Workspace
from azext_ml_endpoint.local.machine import ANY, Machine
from azext_ml_endpoint.local.service import LocalService
from azext_ml_endpoint.local.warm.warmth import Policy, Served, untold
from azext_ml_endpoint.report import Report
from tests.fakes.memory_front import MemoryFront
from tests.fakes.memory_runtime import MemoryRuntime


class MemoryPackage:
    """debugpy, which is nowhere. made: how often it was asked for."""

    def __init__(self) -> None:
        self.made = 0

    def make(self) -> None:
        self.made += 1

    def package(self) -> Path:
        assert self.made, "asked for before it was made"
        return Path("/packages/debugpy")

    def cancel(self) -> None:
        pass


def memory_service(
    runtime: MemoryRuntime,
    report: Report,
    home: Path,
    *,
    timeout: float = 30,
    patient: bool = False,
    front: MemoryFront | None = None,
    workspace: Callable[[], Workspace] | None = None,
    limits: Limits = keeping.DEFAULT,
    simulate: bool | None = None,
    machine: Machine = ANY,
    debug: Debugging | None = None,
    warmth: Policy = "never",
    served: Served = untold,
) -> LocalService:
    """front: what stands before the deployments, if anything does. workspace: where registered
    assets come from."""
    runtime.report, runtime.machine = report, machine
    driver = DebuggingDriver(
        runtime,
        report,
        home,
        timeout=timeout,
        probe=runtime.probe,
        front=front,
        patient=patient,
        limits=limits,
        simulate=simulate,
        debug=debug,
        package=MemoryPackage(),
        free=runtime.is_free,
        spares=warmth,
        served=served,
    )
    connect = functools.partial(front.connect, runtime.connect) if front else runtime.connect
    return LocalService(driver, report, connect, Library(home / "assets", report, workspace))
