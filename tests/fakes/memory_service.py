"""The real service and driver, over a runtime in memory."""

from __future__ import annotations

import functools
from pathlib import Path

from azext_ml_endpoint.local.debug.debugging import DebuggingDriver
from azext_ml_endpoint.local.library import Library
from azext_ml_endpoint.local.service import USUAL, LocalService, Options
from azext_ml_endpoint.report import Report
from azext_ml_endpoint.scoring import Answer, Request
from tests.fakes.memory_front import MemoryFront
from tests.fakes.memory_runtime import MemoryRuntime

REQUEST = Request(body=b"[1, 2]")


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
    front: MemoryFront | None = None,
    options: Options = USUAL,
) -> LocalService:
    """front: what stands before the deployments, if anything does."""
    runtime.report, runtime.machine = report, options.machine
    driver = DebuggingDriver(
        runtime,
        report,
        home,
        timeout=options.timeout,
        probe=runtime.probe,
        front=front,
        patient=options.patient,
        limits=options.limits,
        simulate=options.simulate,
        debug=options.debug,
        package=MemoryPackage(),
        free=runtime.is_free,
        spares=options.warmth,
        served=options.served,
    )
    connect = functools.partial(front.connect, runtime.connect) if front else runtime.connect
    return LocalService(
        driver, report, connect, Library(home / "assets", report, options.workspace)
    )


def invoke(service: LocalService, deployment: str | None = None) -> Answer:
    """Of the endpoint ``houses``. deployment: None where its traffic decides."""
    return service.invoke("houses", deployment, REQUEST, timeout=30)
