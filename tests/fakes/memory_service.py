"""The real service and driver, over a runtime in memory."""

from __future__ import annotations

import functools
from pathlib import Path

from azext_ml_endpoint.local.service import LocalService
from azext_ml_endpoint.local.simulating import SimulatingDriver
from azext_ml_endpoint.report import Report
from tests.fakes.memory_front import MemoryFront
from tests.fakes.memory_runtime import MemoryRuntime


def memory_service(
    runtime: MemoryRuntime,
    report: Report,
    home: Path,
    *,
    timeout: float = 30,
    patient: bool = False,
    front: MemoryFront | None = None,
    simulate: bool | None = None,
) -> LocalService:
    """front: what stands before the deployments, if anything does."""
    runtime.report = report
    driver = SimulatingDriver(
        runtime,
        report,
        home,
        timeout=timeout,
        probe=runtime.probe,
        front=front,
        patient=patient,
        simulate=simulate,
    )
    connect = functools.partial(front.connect, runtime.connect) if front else runtime.connect
    return LocalService(driver, report, connect)
