"""Azure in memory with a driver on it: simulator, real ArmClient, storage without a network.

Time is the world's own: whoever waits moves it on.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from azext_ml_endpoint import content
from azext_ml_endpoint.cloud.arm.client import ArmClient
from azext_ml_endpoint.cloud.driver import CloudDriver
from azext_ml_endpoint.cloud.execution import Execution
from azext_ml_endpoint.document.model import Code, Deployment, Endpoint, Environment, Model
from azext_ml_endpoint.errors import NotFoundError
from azext_ml_endpoint.plan import planner
from azext_ml_endpoint.plan.executor import execute
from azext_ml_endpoint.plan.fit import EITHER
from azext_ml_endpoint.plan.observed import ObservedEndpoint
from azext_ml_endpoint.plan.steps import Plan
from tests.fakes.builders import write_files
from tests.fakes.memory_blobs import MemoryBlobs
from tests.fakes.recording_report import RecordingReport
from tests.fakes.simulated_arm import WORKSPACE, StaticCredential, simulated_arm
from tests.simulator.message import Json, Reply, Request
from tests.simulator.operations import Durations
from tests.simulator.simulator import Simulator
from tests.simulator.storage import MemoryStorage
from tests.simulator.world import World

_FOR_EVER = 10.0**9
INSTANCE_TYPE = "Standard_F2s_v2"


@dataclass
class Clock:
    """Seconds; ``pause`` moves it on and never waits. ``at_pause`` is called before that."""

    now: float = 1_700_000_000.0
    pauses: list[float] = field(default_factory=list)
    at_pause: Callable[[], object] = lambda: None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> bool:
        self.at_pause()
        with self._lock:
            self.now += seconds
            self.pauses.append(seconds)
        return False


class CloudWorld:
    """``handle`` answers requests; a test may put something in front of the simulator."""

    def __init__(self, durations: Durations | None = None, world: World | None = None) -> None:
        self.clock = Clock()
        self.storage = MemoryStorage()
        self.simulator = Simulator(self.storage, clock=self.clock, durations=durations, world=world)
        self.blobs = MemoryBlobs(self.storage)
        self.report = RecordingReport()
        self.handle: Callable[[Request], Reply] = self.simulator.handle

    def driver(self, **options: Any) -> CloudDriver:
        """That of one command: it knows nothing of what others have seen."""
        arm = self.arm()
        options = {"pause": self.clock.pause, "clock": self.clock, **options}
        return CloudDriver(arm, self.blobs, WORKSPACE, self.report, **options)

    def arm(self) -> ArmClient:
        """A client of somebody who has another tool."""
        token = self.simulator.tokens.issue("https://management.azure.com", _FOR_EVER)
        return simulated_arm(self._answer, credential=StaticCredential(token))

    def arm_at(self, url: str) -> ArmClient:
        """Of another host, such as a registry's."""
        token = self.simulator.tokens.issue("https://management.azure.com", _FOR_EVER)
        return simulated_arm(self._answer, credential=StaticCredential(token), base_url=url)

    def _answer(self, request: Request) -> Reply:
        """By the ``handle`` of the moment."""
        return self.handle(request)

    def plan(self, driver: CloudDriver, wanted: Endpoint) -> tuple[Plan, Execution]:
        """What `update` would do, and what carries it out."""
        sight = driver.look(content.identify(wanted), EITHER)
        plan = planner.plan_update(sight.wanted, sight.there, sight.ground)
        return plan, driver.begin(sight.seen)

    def seen(self, name: str, **options: Any) -> Execution:
        """What carries out steps of an endpoint that is there, as it looks now."""
        driver = self.driver(**options)
        return driver.begin(driver.see(name).seen)

    def observe(self, name: str) -> ObservedEndpoint | None:
        """As a command of its own sees it; None where there is none."""
        try:
            return self.driver().see(name)
        except NotFoundError:
            return None

    def make(self, wanted: Endpoint, **options: Any) -> dict[str, Any]:
        """The command `update`, up to what it prints. options: the driver's."""
        plan, run = self.plan(self.driver(**options), wanted)
        execute(plan, run)
        return run.show(wanted.name)

    def delete(self, name: str, deployment: str | None = None) -> None:
        driver = self.driver()
        there = driver.see(name)
        execute(planner.plan_delete(there, deployment), driver.begin(there.seen))

    def body(self, path: str) -> Json:
        """What Azure has at a path below the workspace, asked for behind everybody's back."""
        found = self.simulator.backend.resources.find(f"{WORKSPACE.id}/{path}")
        assert found is not None, f"there is no {path}"
        return {**found.body, "state": found.state}

    def sent(self, path: str) -> Json:
        """The body of the last PUT of a path below the workspace."""
        *_, last = [
            request
            for request in self.simulator.journal.writes()
            if (request.method, request.path) == ("PUT", f"{WORKSPACE.id}/{path}")
        ]
        sent: Json = json.loads(last.body)
        return sent

    def lines(self) -> list[str]:
        """``PUT onlineEndpoints/e`` of every request to ARM, in the order of the answers.

        A look at an operation is ``GET operation``.
        """
        return [_line(each) for each in self.simulator.journal.requests()]

    def writes(self) -> list[str]:
        return [line for line in self.lines() if not line.startswith(("GET", "POST"))]


def _line(request: Request) -> str:
    if "/mfeOperation" in request.path:
        return f"{request.method} operation"
    return f"{request.method} {request.path.removeprefix(WORKSPACE.id).strip('/')}".strip()


def inline_deployment(folder: Path, name: str = "blue", **changes: Any) -> Deployment:
    """One of files in ``folder``, written if they are not there yet."""
    if not (folder / "model.pkl").exists():
        write_files(
            folder, {"model.pkl": "a model", "onlinescoring/score.py": "def run(x): return x"}
        )
    known: dict[str, Any] = {
        "model": Model(name="prices", path=folder / "model.pkl"),
        "code": Code(path=folder / "onlinescoring"),
        "scoring_script": "score.py",
        "environment": Environment(name="sklearn", version="1", image="python:3.11"),
        "instance_type": INSTANCE_TYPE,
    }
    return Deployment(name=name, **{**known, **changes})
