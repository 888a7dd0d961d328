"""Runs deployments as processes of this machine, for where there is no Docker.

The real azureml-inference-server-http runs score.py, with the paths and variables that it has in
Azure below a folder of its own. Everything stands below ``<home>``: see :mod:`.state`
for what is remembered, :mod:`.server` for how a server lives on without az,
:mod:`.environments` for what it runs in.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from azext_ml_endpoint.errors import UnsupportedError
from azext_ml_endpoint.local.debug import debug_folder
from azext_ml_endpoint.local.process import server as server_process
from azext_ml_endpoint.local.process import server_log
from azext_ml_endpoint.local.process.environments import Environments
from azext_ml_endpoint.local.process.server import SERVER
from azext_ml_endpoint.local.process.spares import Spare, Spares
from azext_ml_endpoint.local.process.state import (
    Remembered,
    State,
    debugged_id,
    file_access,
    new_id,
)
from azext_ml_endpoint.local.process.supervisor import SERVER_FOLDER
from azext_ml_endpoint.local.runtime import (
    SERVER_PORT,
    EndpointRecord,
    Instance,
    InstanceSpec,
    same,
)
from azext_ml_endpoint.local.warm.spare import Fit, Refusal, kept_back
from azext_ml_endpoint.report import Report

if TYPE_CHECKING:
    from azext_ml_endpoint.document.model import Environment
    from azext_ml_endpoint.local.debug.debugger import Debugger
    from azext_ml_endpoint.local.keeping import Unused

_GRACE = 1.0  # seconds for a request that is being answered while its server is told to end
_DEBUGGER = "debugger"
_LOST = "it ended with the machine, or was killed together with its supervisor"


class ProcessRuntime:
    """A :class:`.runtime.Runtime`. ``home`` is ``<az config dir>/ml-endpoint``."""

    name = "process"

    def __init__(self, report: Report, home: Path) -> None:
        self._state = State(home)
        self._spares = Spares(home, self._state)
        self._report = report
        self._environments = Environments(home / "process-environments", report)

    # Endpoints

    @file_access()
    def endpoints(self) -> list[EndpointRecord]:
        return self._state.endpoints()

    @file_access()
    def put_endpoint(self, record: EndpointRecord) -> None:
        self._state.put_endpoint(record)

    @file_access()
    def drop_endpoint(self, name: str) -> None:
        self._state.drop_endpoint(name)

    # Environments

    def has_environment(self, digest: str) -> bool:
        return self._environments.has(digest)

    def require_makeable(self, environment: Environment) -> None:
        self._environments.require_makeable(environment)

    @file_access()
    def make_environment(self, environment: Environment) -> None:
        _refuse_windows()
        self._environments.make(environment)

    @file_access()
    def unused(self) -> list[Unused]:
        """None while it is not known what all of them use."""
        instances = self._state.instances()
        if any(each.damage for each in instances):
            return []
        used = {each.environment for each in instances}
        return self._environments.unused(used | {each.environment for each in self._spares.all()})

    @file_access()
    def collect(self, digests: Collection[str]) -> None:
        self._environments.collect(digests)

    def cancel(self) -> None:
        self._environments.cancel()

    # Instances

    @file_access()
    def instances(self, endpoint: str | None = None) -> list[Instance]:
        return [
            self._as_it_is(each)
            for each in self._state.instances()
            if endpoint is None or same(endpoint, each.endpoint)
        ]

    @file_access()
    def inspect(self, instance_id: str) -> Instance | None:
        remembered = self._state.instance(instance_id)
        return self._as_it_is(remembered) if remembered else None

    @file_access()
    def start(self, spec: InstanceSpec) -> Instance:
        _refuse_windows()
        waiting = self._spares.all(spec.endpoint, spec.deployment)
        chosen = next((each for each in waiting if self._fits(each, spec)), None)
        if chosen:
            return self._as_it_is(self._let_go(chosen, spec))
        self._spares.end(waiting)
        return self._as_it_is(self._begin(spec))

    def place_of_code(self, endpoint: str, deployment: str, code_name: str) -> PurePosixPath:
        folder = self._state.folder(debugged_id(endpoint, deployment))
        return PurePosixPath(folder / SERVER_FOLDER / code_name)

    @file_access()
    def put_spare(self, spec: InstanceSpec) -> str:
        waiting = self._spares.all(spec.endpoint, spec.deployment)
        if not any(self._refusal(each, spec) == "" for each in waiting):
            self._spares.end(waiting)
            try:
                self._begin(spec, Fit.new(spec, self._around(spec)))
            except Refusal as refusal:
                return str(refusal)
        return kept_back(spec)

    @file_access()
    def drop_spares(self, endpoint: str, deployment: str | None = None) -> None:
        self._spares.end(self._spares.all(endpoint, deployment))

    @file_access()
    def promote(self, candidate: Instance, replaces: tuple[Instance, ...]) -> None:
        self._state.promote(candidate.endpoint, candidate.deployment, candidate.id)
        self._forget([each.id for each in replaces], _GRACE)

    def differs(self, instance: Instance) -> str | None:
        """Never: all of this machine is there for all processes."""

    @file_access()
    def remove(self, instance: Instance) -> None:
        self._forget([instance.id], _GRACE)

    def logs(
        self,
        instance_id: str,
        *,
        tail: int | None = None,
        since: float | None = None,
        follow: bool = False,
    ) -> Iterator[str]:
        folder = self._state.folder(instance_id)
        with file_access():
            remembered = self._state.instance(instance_id)
            if remembered is None:
                return
            yield from server_log.read(
                folder / server_process.LOG,
                ended=lambda: not server_process.running(folder),
                began=_moment(remembered.started_at),
                tail=tail,
                since=since,
                follow=follow,
            )

    def _fits(self, waiting: Spare, spec: InstanceSpec) -> bool:
        """Says why not."""
        if refusal := self._refusal(waiting, spec):
            self._report.step(f"{spec.deployment}: a cold start, because {refusal}")
        return not refusal

    def _refusal(self, waiting: Spare, spec: InstanceSpec) -> str:
        if not server_process.running(self._state.folder(waiting.id)):
            return "its spare has ended"
        return waiting.fit.refusal(spec, self._around(spec))

    def _let_go(self, waiting: Spare, spec: InstanceSpec) -> Remembered:
        from azext_ml_endpoint.local.process import app_folder

        become = replace(_remembered(spec, waiting.port), id=waiting.id)
        try:
            self._spares.become(waiting, become)
            app_folder.put_code(self._state.folder(waiting.id) / SERVER_FOLDER, spec)
            self._spares.let_go(waiting)
        except BaseException:
            self._forget([waiting.id], grace=0)
            raise
        return become

    def _begin(self, spec: InstanceSpec, waits: Fit | None = None) -> Remembered:
        """The port is taken here and handed over, so that nobody else can take it meanwhile."""
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            begun = _remembered(spec, port=listener.getsockname()[1])
            try:
                self._launch(spec, begun, listener, waits)
            except BaseException:
                self._forget([begun.id], grace=0)
                raise
        return begun

    def _launch(
        self, spec: InstanceSpec, begun: Remembered, listener: socket.socket, waits: Fit | None
    ) -> None:
        """gunicorn uses the socket that it inherits, and never opens the one on 0.0.0.0 that
        azmlinfsrv asks it for: on its command line that address could not be overridden.
        """
        from azext_ml_endpoint.local.collect import collector
        from azext_ml_endpoint.local.process import app_folder

        programs = self._environments.programs(spec.environment.digest)
        folder = self._state.folder(begun.id)
        self._environments.start(spec.environment.digest)
        ahead = {}
        if waits:
            ahead = {"PYTHONPATH": str(self._spares.remember(begun, waits))}
        else:
            self._state.remember(begun)
        variables = {
            **self._around(spec),
            **app_folder.lay_out(folder / SERVER_FOLDER, spec, waits=bool(waits)),
            **spec.variables,
            **ahead,
        }
        if spec.debugger:
            variables |= _debugged(folder / _DEBUGGER, spec.debugger, variables)
        script = Path(variables["AML_APP_ROOT"], variables["AZUREML_ENTRY_SCRIPT"])
        command = [str(programs / SERVER), "--entry_script", str(script)]
        command += ["--port", str(begun.port)]  # what it says in its log, no more
        if spec.collector:
            command = [str(programs / "python"), *collector.command(spec.collector), *command]
        server_process.launch(folder, command, variables, listener)

    def _around(self, spec: InstanceSpec) -> dict[str, str]:
        """The variables that a server has besides its own. Raises as environment_build.read."""
        from azext_ml_endpoint.local.collect import collector
        from azext_ml_endpoint.local.process import environment_build, installer

        programs = self._environments.programs(spec.environment.digest)
        return {
            **installer.user_environment(),
            "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "",  # written beside the packages and our copy of the code
            "SPT_NOENV": "1",  # or else setproctitle, where installed, overwrites what we read
            **environment_build.read(spec.environment).variables,
            **(spec.allowance.variables if spec.allowance else {}),
            **(collector.variables(spec.collector) if spec.collector else {}),
        }

    def _forget(self, instance_ids: Sequence[str], grace: float) -> None:
        folders = [self._state.folder(each) for each in instance_ids]
        server_process.end(folders, grace)
        for folder in folders:
            if (folder / _DEBUGGER).exists():  # what it talks through has the port
                server_process.end_below(folder)
        for each in instance_ids:
            self._state.forget(each)

    def _as_it_is(self, remembered: Remembered) -> Instance:
        folder = self._state.folder(remembered.id)
        running = server_process.running(folder)
        code = None if running else server_process.exit_code(folder)
        return Instance(
            id=remembered.id,
            endpoint=remembered.endpoint,
            deployment=remembered.deployment,
            promoted=self._state.is_promoted(remembered),
            state="running" if running else "exited",
            exit_code=code,
            ports={SERVER_PORT: remembered.port} if running and remembered.port else {},
            variables=debug_folder.without(
                str(folder / _DEBUGGER),
                server_process.variables(folder, remembered.variable_names),
            ),
            record=remembered.record,
            started_at=remembered.started_at or None,
            error="" if running or code is not None else _LOST,
            damage=self._state.damage(remembered),
        )


def _moment(started_at: str) -> float:
    return datetime.fromisoformat(started_at).timestamp() if started_at else 0.0


def _remembered(spec: InstanceSpec, port: int) -> Remembered:
    return Remembered(
        id=(debugged_id if spec.debugger else new_id)(spec.endpoint, spec.deployment),
        endpoint=spec.endpoint,
        deployment=spec.deployment,
        environment=spec.environment.digest,
        port=port,
        started_at=datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
        variable_names=sorted(spec.variables),
        record=spec.record,
    )


def _debugged(folder: Path, debugger: Debugger, variables: Mapping[str, str]) -> dict[str, str]:
    """The variable that lets a server wait for a debugger by this folder. Raises OSError."""
    debug_folder.put_hook(folder, "127.0.0.1", debugger.port)
    (folder / debug_folder.PACKAGES / debug_folder.DEBUGPY).symlink_to(debugger.package)
    return debug_folder.ahead(str(folder), variables)


def _refuse_windows() -> None:
    if sys.platform == "win32":
        raise UnsupportedError(
            "Deployments do not run as processes on Windows.",
            "Use Docker (--runtime docker), or run this command in WSL.",
        )
