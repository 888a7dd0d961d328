"""The gateways of one runtime's endpoints: started, told of changes, asked, ended.

Each endpoint has a process of its own. It holds no state: all it knows is in the file of routes,
which az replaces. The process outlives az as servers do: see :mod:`..process.server`.
"""

from __future__ import annotations

import hashlib
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from azext_ml_endpoint.errors import (
    ConflictError,
    EndpointError,
    Interrupted,
    StartError,
    UnsupportedError,
)
from azext_ml_endpoint.local import simulation
from azext_ml_endpoint.local.collect import collection
from azext_ml_endpoint.local.front import Address, Front, NoFront, See, no_gateway
from azext_ml_endpoint.local.gateway import credentials, ports, proxy, routes
from azext_ml_endpoint.local.gateway.credentials import Credentials
from azext_ml_endpoint.local.gateway.environment import PACKAGES, GatewayEnvironment
from azext_ml_endpoint.local.gateway.limits import Opener
from azext_ml_endpoint.local.gateway.routing import Routes
from azext_ml_endpoint.local.gateway.state import GatewayState, Remembered
from azext_ml_endpoint.local.process import server as server_process
from azext_ml_endpoint.local.process.state import file_access
from azext_ml_endpoint.local.runtime import EndpointRecord, Instance
from azext_ml_endpoint.report import Report

_GRACE, _TICK = 2.0, 0.001
"""Seconds for a gateway to end, or to give its port away; and between looks."""
_DRAIN_SECONDS = 30.0
_PIECE = 0.5
_PROGRAM = [Path(proxy.__file__).with_name(f"{each}.py") for each in proxy.PROGRAM]


def open_front(
    home: Path, runtime: str, report: Report, port: int | None, *, needed: bool = False
) -> Front:
    """needed: what is asked for cannot be without it.

    Raises UnsupportedError where there can be none, and a port or more is asked of it.
    """
    if sys.platform == "win32":
        return _without_gateway(port, needed=needed)
    return Gateways(home, runtime, report, port=port, needed=needed)


def _without_gateway(port: int | None, *, needed: bool = False) -> NoFront:
    if needed:
        raise no_gateway()
    if port:
        raise UnsupportedError(
            "On Windows there is no gateway that could have a port.",
            "Leave --port out, or run this command in WSL.",
        )
    return NoFront()


class Gateways:
    """A :class:`.front.Front`. runtime: ``docker`` or ``process``; port: that was asked for.

    needed: whether an endpoint is not to be made without its gateway.
    """

    def __init__(
        self,
        home: Path,
        runtime: str,
        report: Report,
        *,
        port: int | None = None,
        needed: bool = False,
        environment: GatewayEnvironment | None = None,
    ) -> None:
        self._home, self._runtime = home, runtime
        self._report = report
        self._port = port
        self._needed = needed
        self._environment = environment or GatewayEnvironment(home, report)
        self._cancelled = threading.Event()
        self._warned: set[str] = set()

    def require(self, endpoint: str) -> None:
        if self._needed:
            self._environment.make()
            self.credentials(endpoint)  # which a full disk has no room for
        if self._port is None:
            return
        state = self._state(endpoint)
        known = state.remembered()
        if known and known.port == self._port and server_process.running(state.run):
            return
        if self._port in state.others_ports():
            raise ConflictError(
                f"Port {self._port} belongs to the gateway of another endpoint.",
                "Choose another with --port.",
            )
        _listener(self._port).close()
        self._environment.make()

    def prepare(self, endpoint: str, see: See) -> None:
        def work() -> Address | None:
            self._environment.make()
            return self._stand(endpoint, see, prove=False)

        self._attempt(endpoint, work)

    def stand(self, endpoint: str, see: See) -> Address | None:
        """Also where a command was killed that prepared one; others make none."""

        def work() -> Address | None:
            prepared = self._port or self._state(endpoint).folder.exists()
            return self._stand(endpoint, see, prove=True) if prepared else None

        return self._attempt(endpoint, work)

    def standing(self, record: EndpointRecord, instances: Sequence[Instance]) -> Address | None:
        """Needs no lock: who finds in the file what was seen has nothing to write."""
        state = self._state(record.name)
        gateway = state.remembered()
        if gateway is None or simulation.is_simulated(record):  # its keys change with time
            return None

        def work() -> Address | None:
            where = collection.root(self._home, record.name)
            wanted = routes.of(record, instances, gateway.token, (), where)
            is_so = gateway == self._wanted(state, record.name) and state.has_routes(
                routes.text(wanted)
            )
            runs = is_so and server_process.running(state.run)
            return Address(gateway.port, wanted.path) if runs else None

        return self._attempt(record.name, work)

    def drain(self, instance: Instance) -> None:
        from azext_ml_endpoint.local.gateway import control

        gateway = self._state(instance.endpoint).remembered()
        if gateway is None:
            return
        until, patience = time.monotonic() + _DRAIN_SECONDS, 0.0
        while count := control.under_way(gateway, instance.id, patience):
            if self._cancelled.is_set() or time.monotonic() > until:
                return
            if not patience:
                self._report.step(_waiting(instance, count))
            patience = _PIECE

    def credentials(self, endpoint: str) -> Credentials:
        state = self._state(endpoint)
        with file_access(), state.alone():
            return credentials.kept(state.folder, time.time())

    def regenerate(self, endpoint: str, key_type: str) -> None:
        state = self._state(endpoint)
        with file_access(), state.alone():
            before = credentials.kept(state.folder, time.time())
            credentials.keep(state.folder, before.regenerated(key_type))

    def leave(self, endpoint: str) -> None:
        state = self._state(endpoint)
        if state.folder.exists():
            with file_access(), state.alone():
                server_process.end([state.run, state.before], _GRACE)
                state.forget()

    def cancel(self) -> None:
        self._cancelled.set()
        self._environment.cancel()

    def _state(self, endpoint: str) -> GatewayState:
        return GatewayState(self._home, endpoint, self._runtime)

    def _stand(self, endpoint: str, see: See, *, prove: bool) -> Address | None:
        """What is seen is looked at under the lock: else an older look could be written last."""
        state = self._state(endpoint)
        runs = server_process.running(state.run)
        if not (runs or self._environment.there):
            return None
        with state.alone():
            before, gateway = _known(state), self._wanted(state, endpoint)
            wanted = _routes(state, see, gateway, collection.root(self._home, endpoint))
            state.put_routes(routes.text(wanted))
            if not (server_process.running(state.run) and before == gateway):
                self._start(state, gateway)
                runs = False
        if before and before.port != gateway.port:
            self._report.step(f"{endpoint}: at port {gateway.port} now, which was {before.port}")
        if prove and not runs:
            _require_answer(state, gateway)
        return Address(gateway.port, wanted.path)

    def _wanted(self, state: GatewayState, endpoint: str) -> Remembered:
        """As it is remembered, unless another port is asked for.

        One that was made of other packages goes on until those of today are there.
        """
        known = state.remembered()
        if known and self._port in (None, known.port):
            return replace(known, made_of=_made_of()) if self._environment.there else known
        name = f"{self._runtime}/{endpoint.lower()}"
        port = self._port or ports.own(name, state.others_ports(), ports.free)
        return Remembered.new(port, _made_of())

    def _start(self, state: GatewayState, gateway: Remembered) -> None:
        """The port is taken here and handed over: whoever asks at once is answered a bit later.

        Whom the gateway before has begun to answer is answered by that one.
        """
        with _handed_over(state, gateway.port) as listener:
            state.clear()
            state.remember(gateway)
            python, script = str(self._environment.python), str(_PROGRAM[0])
            command = [python, "-I", script, str(state.routes)]
            # where the supervisor lets a server stand
            server_process.launch(state.run, command, {"AML_APP_ROOT": str(state.run)}, listener)

    def _attempt(self, endpoint: str, work: Callable[[], Address | None]) -> Address | None:
        """An endpoint without its gateway still serves."""
        try:
            return work()
        except Interrupted:
            raise
        except (EndpointError, OSError) as error:
            self._warn(endpoint, error)
            return None

    def _warn(self, endpoint: str, error: EndpointError | OSError) -> None:
        """Once: several deployments begin side by side."""
        advice = getattr(error, "recommendation", None) or ""
        told = (
            f"{endpoint} has no gateway: each deployment is at its own port, which changes with "
            f"it. {str(error).rstrip('.')}. {advice}".rstrip()
        )
        if told not in self._warned:
            self._warned.add(told)
            self._report.warning(told)


def _known(state: GatewayState) -> Remembered | None:
    """One whose file was lost ends: it has the port that is to be found free again."""
    known = state.remembered()
    if known is None:
        server_process.end([state.run], _GRACE)
    return known


def _routes(state: GatewayState, see: See, gateway: Remembered, collected: Path) -> Routes:
    record, instances = see()
    openers: Sequence[Opener] = ()
    if simulation.is_simulated(record):
        known = credentials.kept(state.folder, time.time())
        openers = known.openers(simulation.auth_mode(record))
    return routes.of(record, instances, gateway.token, openers, collected)


def _listener(port: int) -> socket.socket:
    """Raises ConflictError."""
    try:
        return ports.listening(port)
    except OSError as error:
        raise ports.refused(port, error) from error


def _handed_over(state: GatewayState, port: int) -> socket.socket:
    """By a gateway that listens no more once it is told to end. Raises ConflictError."""
    server_process.end([state.before], grace=0)
    server_process.ask_to_end(state.run)
    until = time.monotonic() + _GRACE
    while server_process.running(state.run) and time.monotonic() < until:
        with suppress(OSError):
            return ports.listening(port)
        time.sleep(_TICK)
    server_process.end([state.run], grace=0)
    return _listener(port)


def _require_answer(state: GatewayState, gateway: Remembered) -> None:
    """Raises StartError."""
    from azext_ml_endpoint.local.gateway import control

    if control.under_way(gateway, "", 0) is None:
        raise StartError("It gave no answer.", f"Its log: {state.run / server_process.LOG}")


def _waiting(instance: Instance, count: int) -> str:
    running = "1 running request" if count == 1 else f"{count} running requests"
    return (
        f"{instance.deployment}: waiting for {running} of the old instance, "
        f"{_DRAIN_SECONDS:g} s at most"
    )


def _made_of() -> str:
    sources = [each.read_bytes() for each in _PROGRAM]
    return hashlib.sha256(b"\n".join([*sources, *map(str.encode, PACKAGES)])).hexdigest()
