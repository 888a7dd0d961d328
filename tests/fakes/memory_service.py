"""The real service and driver, over a runtime in memory."""

from __future__ import annotations

from pathlib import Path

from azext_ml_endpoint.local.driver import LocalDriver
from azext_ml_endpoint.local.service import LocalService
from azext_ml_endpoint.report import Report
from tests.fakes.memory_runtime import MemoryRuntime


def memory_service(
    runtime: MemoryRuntime,
    report: Report,
    home: Path,
    *,
    timeout: float = 30,
    patient: bool = False,
) -> LocalService:
    runtime.report = report
    driver = LocalDriver(
        runtime, report, home, timeout=timeout, probe=runtime.probe, patient=patient
    )
    return LocalService(driver, report, runtime.connect)
