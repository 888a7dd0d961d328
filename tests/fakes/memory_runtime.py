"""A runtime without containers or processes: it keeps the protocol's promises in memory.

What its instances do is programmed per deployment, as a :class:`Behaviour`. ``probe`` and
``connect`` are the other side of the ports that its instances listen on.
"""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any, Literal
from urllib.parse import urlsplit

from azext_ml_endpoint.document.model import Environment
from azext_ml_endpoint.errors import (
    EnvironmentBuildError,
    Interrupted,
    ScoringError,
    UnsupportedError,
)
from azext_ml_endpoint.local.addresses import routes
from azext_ml_endpoint.local.keeping import Unused
from azext_ml_endpoint.local.machine import ANY
from azext_ml_endpoint.local.runtime import EndpointRecord, Instance, InstanceSpec, same
from azext_ml_endpoint.report import Report
from azext_ml_endpoint.scoring import Answer, Read, Request, Score, whole
from tests.fakes.recording_report import RecordingReport

_SIZE = 100_000_000
"""Bytes of an environment."""


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """What a deployment's instances do, beginning with the next one.

    log: lines that it writes when it starts. exit_code: it ends right after them.
    ready_after: how many probes go unanswered first; None: it never becomes ready.
    answer: of a request. request_log: lines that it writes for each request.
    vanishes: somebody else removes it right after its start.
    """

    log: tuple[str, ...] = ("Worker ready for serving traffic",)
    exit_code: int | None = None
    ready_after: int | None = 0
    answer: Callable[[Request], Answer] = lambda request: Answer(status=200, body=request.body)
    swagger: bytes = b""
    request_log: tuple[str, ...] = ()
    vanishes: bool = False


@dataclass(frozen=True, kw_only=True)
class Build:
    """How environments are made. blocks: until it is cancelled. failure: it fails, saying this.

    refusal: this runtime has none such, which it knows beforehand.
    """

    log: tuple[str, ...] = ("Collecting scikit-learn",)
    blocks: bool = False
    failure: str | None = None
    refusal: str | None = None


class MemoryRuntime:
    """A :class:`azext_ml_endpoint.local.runtime.Runtime`.

    events: what changed, in order, such as ``start blue-1``. building: set once a build runs;
    unanswered: once a probe got no answer. others_ports: that other programs listen on.
    """

    name = "docker"

    def __init__(self, report: Report | None = None) -> None:
        self.report = report or RecordingReport()
        self.behaviours: dict[str, Behaviour] = {}
        self.build = Build()
        self.events: list[str] = []
        self.building = threading.Event()
        self.unanswered = threading.Event()
        self.other_machine: dict[str, str] = {}
        self.machine = ANY
        self.specs: dict[str, InstanceSpec] = {}
        self.environments: set[str] = set()
        self.used_at = time.time()
        self.others_ports: set[int] = set()
        self._endpoints: dict[str, EndpointRecord] = {}
        self.spares: dict[tuple[str, str], InstanceSpec] = {}
        self._instances: dict[str, _Running] = {}
        self._cancelled = threading.Event()
        self._numbers = itertools.count(1)
        self._lock = threading.RLock()

    # Records

    def endpoints(self) -> list[EndpointRecord]:
        return list(self._endpoints.values())

    def put_endpoint(self, record: EndpointRecord) -> None:
        self._endpoints[record.name.lower()] = EndpointRecord(
            name=record.name, properties=_through_json(record.properties)
        )

    def drop_endpoint(self, name: str) -> None:
        self._endpoints.pop(name.lower(), None)

    # Environments

    def has_environment(self, digest: str) -> bool:
        return digest in self.environments

    def require_makeable(self, environment: Environment) -> None:
        if self.build.refusal:
            raise UnsupportedError(self.build.refusal)

    def make_environment(self, environment: Environment) -> None:
        for line in self.build.log:
            self.report.detail(line)
        self.building.set()
        if self.build.blocks:
            self._cancelled.wait()
        if self._cancelled.is_set():
            raise Interrupted("The environment was not made.")
        if self.build.failure:
            raise EnvironmentBuildError("The environment was not made.", detail=self.build.failure)
        self.environments.add(environment.digest)

    def unused(self) -> list[Unused]:
        used = {self.specs[each].environment.digest for each in self._instances}
        return [Unused(each, _SIZE, self.used_at) for each in sorted(self.environments - used)]

    def collect(self, digests: Collection[str]) -> None:
        self.events.append("collect")
        self.environments -= set(digests)

    def cancel(self) -> None:
        self._cancelled.set()

    # Instances

    def instances(self, endpoint: str | None = None) -> list[Instance]:
        """Deployments the other way round, whichever started first: nobody is to count on it."""
        with self._lock:
            known = [each.instance for each in self._instances.values()]
        those = [each for each in known if endpoint is None or same(endpoint, each.endpoint)]
        return sorted(those, key=lambda each: each.deployment, reverse=True)

    def start(self, spec: InstanceSpec) -> Instance:
        assert spec.environment.digest in self.environments, "started without its environment"
        with self._lock:
            number = next(self._numbers)
            port = spec.debugger.port if spec.debugger else 0
            assert not port or self.is_free(port), "two would be debugged at one port"
            running = _Running(f"{spec.deployment}-{number}", spec, 50000 + 10 * number)
            running.behaviour = self.behaviours.get(spec.deployment, Behaviour())
            self.specs[running.id] = spec
            if self.spares.pop((spec.endpoint, spec.deployment), None):
                self.events.append(f"warm {running.id}")
            self._instances[running.id] = running
            self.events.append(f"start {running.id}")
        started = running.instance
        running.begin()
        if running.behaviour.vanishes:
            self._forget(running.id)
        return started

    def inspect(self, instance_id: str) -> Instance | None:
        with self._lock:
            found = self._instances.get(instance_id)
            return found.instance if found else None

    def place_of_code(self, endpoint: str, deployment: str, code_name: str) -> PurePosixPath:
        return PurePosixPath("/served", endpoint, deployment, code_name)

    def put_spare(self, spec: InstanceSpec) -> str:
        if self.spares.get((spec.endpoint, spec.deployment)) is None:
            self.events.append(f"spare {spec.deployment}")
            self.spares[spec.endpoint, spec.deployment] = spec
        return ""

    def drop_spares(self, endpoint: str, deployment: str | None = None) -> None:
        for place in list(self.spares):
            if place[0] == endpoint and deployment in (None, place[1]):
                self.events.append(f"drop spare {place[1]}")
                del self.spares[place]

    def promote(self, candidate: Instance, replaces: tuple[Instance, ...]) -> None:
        with self._lock:
            self.events.append(f"promote {candidate.id}")
            for each in self._of(candidate.deployment):
                each.promoted = each.promoted and each.spec.endpoint != candidate.endpoint
            self._instances[candidate.id].promoted = True
        for each in replaces:
            self.remove(each)

    def differs(self, instance: Instance) -> str | None:
        return self.other_machine.get(instance.deployment)

    def remove(self, instance: Instance) -> None:
        if self.inspect(instance.id):
            self.events.append(f"remove {instance.id}")
            self._forget(instance.id)

    def logs(
        self,
        instance_id: str,
        *,
        tail: int | None = None,
        since: float | None = None,
        follow: bool = False,
    ) -> Iterator[str]:
        running = self._instances.get(instance_id)
        return running.log.read(tail, since, follow) if running else iter(())

    # What happens from outside

    def is_free(self, port: int) -> bool:
        """Whether nobody listens there, as somebody does whom a debugger can be attached to."""
        debugged = {each.instance.record.get("debug_port") for each in self._instances.values()}
        return port not in debugged | self.others_ports

    def kill(self, deployment: str, exit_code: int = 137, error: str = "") -> None:
        """The instances of a deployment end."""
        for each in self._of(deployment):
            each.end(exit_code, error)

    def vanish(self, deployment: str) -> None:
        """Somebody else removes the instances of a deployment."""
        for each in self._of(deployment):
            self._forget(each.id)

    def write(self, deployment: str, *lines: str) -> None:
        """The instances of a deployment log these lines."""
        for each in self._of(deployment):
            each.log.write(*lines)

    def probe(self, address: str) -> int | None:
        running = self._listening(address)
        status = running.probed() if running else None
        if status is None:
            self.unanswered.set()
        return status

    @contextmanager
    def connect(self, *, proxies: bool = True) -> Iterator[Score]:
        assert not proxies, "no proxy leads to this machine"
        yield self._score

    def _score(self, uri: str, request: Request, *, timeout: float, read: Read = whole) -> Answer:
        running = self._listening(uri)
        if running is None:
            raise ScoringError(f"{uri} closed the connection or refused it.")
        answer = running.answered(request, urlsplit(request.uri(uri)).path)
        head = replace(answer, body=b"", began=time.perf_counter())
        return replace(head, body=read(head, iter([answer.body] if answer.body else ())))

    def _of(self, deployment: str) -> list[_Running]:
        return [each for each in self._instances.values() if each.spec.deployment == deployment]

    def _forget(self, instance_id: str) -> None:
        with self._lock:
            self._instances.pop(instance_id).end(137)

    def _listening(self, address: str) -> _Running | None:
        port = urlsplit(address).port
        with self._lock:
            known = list(self._instances.values())
        return next((each for each in known if port in each.instance.ports.values()), None)


class _Running:
    """One instance, and what it listens on while it runs."""

    def __init__(self, name: str, spec: InstanceSpec, port: int) -> None:
        self.id = name
        self.spec = spec
        self.behaviour = Behaviour()
        self.promoted = False
        self.log = _Log()
        self.routes = routes(spec.environment.inference_config)
        self._state: Literal["running", "exited"] = "running"
        self._exit_code: int | None = None
        self._error = ""
        self._record = _through_json(spec.record)
        self._probes = 0
        inner = {self.routes.liveness.port, self.routes.readiness.port, self.routes.scoring.port}
        self._ports = {each: port + nth for nth, each in enumerate(sorted(inner))}

    @property
    def instance(self) -> Instance:
        return Instance(
            id=self.id,
            endpoint=self.spec.endpoint,
            deployment=self.spec.deployment,
            promoted=self.promoted,
            state=self._state,
            exit_code=self._exit_code,
            ports=self._ports if self._state == "running" else {},
            image=self.spec.environment.image or "",
            variables=dict(self.spec.variables),
            record=self._record,
            started_at="2026-01-01T00:00:00Z",
            error=self._error,
        )

    def begin(self) -> None:
        self.log.write(*self.behaviour.log)
        if self.behaviour.exit_code is not None:
            self.end(self.behaviour.exit_code)

    def end(self, exit_code: int, error: str = "") -> None:
        self._state, self._exit_code, self._error = "exited", exit_code, error
        self.log.end()

    def answered(self, request: Request, path: str) -> Answer:
        if path == "/swagger.json" and self.behaviour.swagger and request.method == "GET":
            return Answer(status=200, body=self.behaviour.swagger)
        if path != self.routes.scoring.path:
            return Answer(status=404, body=b"Not Found")
        self.log.write(*self.behaviour.request_log)
        return self.behaviour.answer(request)

    def probed(self) -> int | None:
        self._probes += 1
        wanted = self.behaviour.ready_after
        return 200 if wanted is not None and self._probes > wanted else None


@dataclass
class _Log:
    """Lines with their times. Whoever follows it waits for more of them until it ends."""

    lines: list[tuple[float, str]] = field(default_factory=list)
    ended: bool = False
    changed: threading.Condition = field(default_factory=threading.Condition)

    def write(self, *lines: str) -> None:
        with self.changed:
            self.lines += [(time.time(), line) for line in lines]
            self.changed.notify_all()

    def end(self) -> None:
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def read(self, tail: int | None, since: float | None, follow: bool) -> Iterator[str]:
        present = [line for written, line in self.lines if since is None or written >= since]
        at = len(self.lines)
        yield from present if tail is None else present[len(present) - min(tail, len(present)) :]
        while follow and (line := self._next(at)) is not None:
            at += 1
            yield line

    def _next(self, at: int) -> str | None:
        with self.changed:
            self.changed.wait_for(lambda: self.ended or len(self.lines) > at)
            return self.lines[at][1] if len(self.lines) > at else None


def _through_json(data: Mapping[str, Any]) -> dict[str, Any]:
    """As a label or a file gives it back."""
    return dict(json.loads(json.dumps(data)))
