"""The driver of this machine, where somebody may debug the scoring script.

A debugged server is told at its port, and there is one of it: the old one goes before the new one
starts. Nobody waits for who is stopped at a breakpoint, and nothing takes too long.
"""

from __future__ import annotations

import math
import socket
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from azext_ml_endpoint.document.model import Code, Deployment, Endpoint, Environment
from azext_ml_endpoint.errors import ConflictError, UnsupportedError, UsageError
from azext_ml_endpoint.local.addresses import Routes
from azext_ml_endpoint.local.debug import debugger, launching
from azext_ml_endpoint.local.debug.debugger import Attachment, Debugger, Debugging
from azext_ml_endpoint.local.debug.debugger_environment import DebuggerEnvironment
from azext_ml_endpoint.local.driver import LocalDriver
from azext_ml_endpoint.local.gateway import ports
from azext_ml_endpoint.local.probing import Probing
from azext_ml_endpoint.local.readiness import Log, Superseded, still_wanted
from azext_ml_endpoint.local.runtime import Instance, InstanceSpec, Runtime, same
from azext_ml_endpoint.local.simulating import SimulatingDriver
from azext_ml_endpoint.plan.fit import Intent
from azext_ml_endpoint.plan.ground import Sight
from azext_ml_endpoint.report import Report

_TRIES, _PAUSE = 40, 0.05
"""And seconds between them: who had a port before may still be ending."""


Ports: TypeAlias = Mapping[str, "int | None"]
"""By the deployments that are there, the ports of their debuggers."""


class Package(Protocol):
    """Gives debugpy: :class:`.debugger_environment.DebuggerEnvironment`."""

    def make(self) -> None: ...

    def package(self) -> Path: ...

    def cancel(self) -> None: ...


class Attaching(Probing):
    """As :class:`.probing.Probing`, but that a debugged instance may take all the time it needs."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """attachments: by the deployments' names. Each is told once somebody can attach."""
        super().__init__(*arguments, **options)
        self.attachments: dict[str, Attachment] = {}
        self._told: set[str] = set()

    def wait(
        self,
        instance: Instance,
        wanted: Routes,
        timeout: float,
        superseded: Superseded = still_wanted,
    ) -> Instance:
        self._told.discard(instance.id)  # which one that is debugged has from the one before
        timeout = math.inf if _is_debugged(instance) else timeout
        return super().wait(instance, wanted, timeout, superseded)

    def _alive(self, instance: Instance, log: Log) -> Instance:
        now = super()._alive(instance, log)
        attachment = self.attachments.get(instance.deployment)
        if attachment and instance.id not in self._told and debugger.is_waiting(list(log.lines)):
            self._told.add(instance.id)
            self._report.step(debugger.told(attachment))
        return now

    def _still(self, instance: Instance, seconds: float) -> None:
        if not _is_debugged(instance):
            super()._still(instance, seconds)

    def _has_figures(self, instance: Instance) -> bool:
        return super()._has_figures(instance) and not _is_debugged(instance)


class DebuggingDriver(SimulatingDriver):
    """debug: what was asked for; None is for servers that nobody debugs. package: gives debugpy.

    All else is the driver's.
    """

    proving = Attaching
    _readiness: Attaching

    def __init__(
        self,
        runtime: Runtime,
        report: Report,
        home: Path,
        *,
        debug: Debugging | None = None,
        package: Package | None = None,
        free: Callable[[int], bool] = ports.free,
        **options: Any,
    ) -> None:
        super().__init__(runtime, report, home, **options)
        self._debug, self._free = debug, free
        self._package = package or DebuggerEnvironment(home, report)
        self._attachments = self._readiness.attachments

    def look(self, asked: Endpoint, intent: Intent) -> Sight:
        """Raises UsageError, UnsupportedError, ConflictError where it cannot be debugged so."""
        sight = super().look(asked, intent)
        there = {each.deployment: _port(each) for each in self.promoted(asked.name)}
        if self._debug:
            self._attach(_meant(sight.wanted, intent), there, self._debug)
        changes = {name: debugger.stale(port, self._port(name)) for name, port in there.items()}
        stale = _merged(sight.ground.stale, changes)
        return replace(sight, ground=replace(sight.ground, stale=stale))

    def begin(self, seen: None) -> LocalDriver:
        """Where there is nothing to do, too, the editor learns where to attach."""
        if self._debug and self._debug.launch:
            for each in self._attachments.values():
                launching.put(self._debug.launch, each)
        return super().begin(seen)

    def is_stale(self, wanted: Deployment, instance: Instance) -> bool:
        """What nobody has asked for leaves a debugger where it is."""
        before = _port(instance)
        asked = self._debug.port or before if self._debug else before
        is_asked = self._debug is not None and (before is None or asked != before)
        return super().is_stale(wanted, instance) or is_asked

    def warm(self, endpoint_name: str, wanted: Deployment) -> None:
        """Who is debugged starts anew."""
        if self._port(wanted.name) is None:
            super().warm(endpoint_name, wanted)

    def cancel(self) -> None:
        super().cancel()
        self._package.cancel()

    def _port(self, deployment: str) -> int | None:
        found = self._attachments.get(deployment)
        return found.port if found else None

    def _attach(
        self, meant: tuple[Endpoint, list[Deployment]], there: Ports, asked: Debugging
    ) -> None:
        """Decides where each of them is debugged."""
        _refuse_windows()
        endpoint, deployments = meant
        _require_one(endpoint.name, deployments, asked.port)
        for each in deployments:
            code, before = _code(each), there.get(each.name)
            port = asked.port or before or self._port(each.name) or _any_port()
            if port != before:
                self._require_free(port)
            remote = self.runtime.place_of_code(endpoint.name, each.name, code.path.name)
            self._attachments[each.name] = Attachment(
                endpoint=endpoint.name,
                deployment=each.name,
                port=port,
                local=code.path,
                remote=str(remote),
            )
        if asked.launch:
            launching.check(asked.launch)

    def _require_free(self, port: int) -> None:
        for _ in range(_TRIES):
            if self._free(port):
                return
            self._pause(_PAUSE)
        raise ConflictError(
            f"Nobody can be debugged at port {port} of 127.0.0.1: another program listens there.",
            "Choose another with --debug-port, or leave its number out.",
        )

    def _spec(self, endpoint_name: str, wanted: Deployment) -> InstanceSpec:
        spec, port = super()._spec(endpoint_name, wanted), self._port(wanted.name)
        if port is None:
            return spec
        record = {**spec.record, debugger.KEY: port}
        return replace(spec, debugger=Debugger(port, self._package.package()), record=record)

    def _deploy(self, endpoint_name: str, wanted: Deployment) -> None:
        if self._port(wanted.name):
            self._package.make()
            self._retire(endpoint_name, self._debugged(endpoint_name, wanted.name), wanted.name)
        super()._deploy(endpoint_name, wanted)

    def _debugged(self, endpoint_name: str, deployment: str) -> list[Instance]:
        """What has to go before another one can be debugged in its place."""
        there = self.promoted(endpoint_name)
        return [each for each in there if same(each.deployment, deployment) and _port(each)]

    def _end(self, old: Iterable[Instance]) -> None:
        """Nobody waits for the answers of one that may be stopped."""
        there = list(old)
        for each in filter(_port, there):
            self.runtime.remove(each)
        super()._end([each for each in there if not _port(each)])


def _port(instance: Instance) -> int | None:
    return debugger.port_of(instance.record)


def _is_debugged(instance: Instance) -> bool:
    return _port(instance) is not None


def _meant(wanted: Endpoint, intent: Intent) -> tuple[Endpoint, list[Deployment]]:
    only = intent.only
    return wanted, [each for each in wanted.deployments if only is None or each.name in only]


def _refuse_windows() -> None:
    """debugpy is installed with tools that are known on other systems only."""
    if sys.platform == "win32":
        raise UnsupportedError(
            "Local deployments are not debugged on Windows.",
            "Leave --debug-port and --vscode-debug out, or run this command in WSL.",
        )


def _require_one(endpoint: str, deployments: list[Deployment], port: int) -> None:
    """Raises UsageError where several were to be debugged at one port."""
    if port and len(deployments) > 1:
        names = " and ".join(each.name for each in deployments)
        raise UsageError(
            f"--debug-port {port} is one port, and {names} of {endpoint} would need one each.",
            "Leave its number out, and each gets a free one; or name the file of one deployment.",
        )


def _code(deployment: Deployment) -> Code:
    """Raises UnsupportedError where there is no script to be debugged."""
    if isinstance(deployment.code, Code) and not _has_own_server(deployment):
        return deployment.code
    raise UnsupportedError(
        f"Deployment {deployment.name} has no scoring script that could be debugged: its "
        "container has a server of its own.",
        "Leave --debug-port and --vscode-debug out, or give it code_configuration.",
    )


def _has_own_server(deployment: Deployment) -> bool:
    environment = deployment.environment
    return isinstance(environment, Environment) and environment.inference_config is not None


def _any_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _merged(reasons: Mapping[str, str], more: Mapping[str, str | None]) -> dict[str, str]:
    """Why each deployment is to be made again, for whatever reasons."""
    added = {name: why for name, why in more.items() if why}
    both = {name: f"{reasons[name]}, {why}" for name, why in added.items() if name in reasons}
    return {**reasons, **added, **both}
