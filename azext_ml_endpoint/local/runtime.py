"""What the local driver asks of a runtime: Docker containers, or plain processes.

The driver owns the cycle (new instance, proven ready, old one gone); a runtime only knows how to
make an environment and how to start, watch and end one instance. Records are JSON-able and hold
no values of environment variables: those live in the instance's own environment alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath, PurePosixPath
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from azext_ml_endpoint.document.model import Environment, Model
    from azext_ml_endpoint.local.debug.debugger import Debugger
    from azext_ml_endpoint.local.keeping import Unused

SERVER_PORT = 5001
"""Where azureml-inference-server-http listens inside a container."""


@dataclass(frozen=True, kw_only=True)
class EndpointRecord:
    """``properties``: what `show` prints about the endpoint itself; ``traffic`` is among them.

    damage: why what was remembered cannot be read; then there are no properties.
    """

    name: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    damage: str = ""


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """workers: of the inference server. cpus: cores; memory: bytes. None is as many as there are,
    or as the server takes by itself. instances: how many it stands for, where that is not seen
    by the workers.
    """

    instances: int | None = None
    workers: int | None = None
    cpus: int | None = None
    memory: int | None = None

    @property
    def variables(self) -> dict[str, str]:
        """As the inference server takes it."""
        return {"WORKER_COUNT": str(self.workers)} if self.workers else {}


@dataclass(frozen=True, kw_only=True)
class Collector:
    """What stands beside a server whose script collects data: see :mod:`.collect.collector`.

    program: folder of the sidecar and its settings. folder: where the deployment's data goes.
    """

    program: PurePath
    folder: PurePath


@dataclass(frozen=True, kw_only=True)
class InstanceSpec:
    """All that one instance of a deployment needs.

    code: folder whose content appears at ``/var/azureml-app/<code_name>``, read-only; or None.
    code_name: name of that folder in the container (the user's own folder name).
    entry_script: scoring script relative to the code folder, with forward slashes; or None.
    model: appears at ``/var/azureml-app/azureml-models/<name>/<version>/<basename>``, read-only,
        without its siblings; or None.
    model_mount_path: in the place of ``/var/azureml-app/azureml-models``; containers only.
    variables: the user's environment variables; they override the runtime's own.
    allowance: what it may use of the machine; None is whatever it takes.
    debugger: waits for somebody who attaches before init(); None where nobody debugs.
    collector: takes the data that its script collects; None where it collects none.
    record: what is remembered about the deployment (see the module's rule on values).
    """

    endpoint: str
    deployment: str
    environment: Environment
    code: Path | None = None
    code_name: str = ""
    entry_script: str | None = None
    model: Model | None = None
    model_mount_path: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    allowance: Allowance | None = None
    debugger: Debugger | None = None
    collector: Collector | None = None
    record: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Near:
    """Where a container itself is reached from this machine, at the ports that its server believes
    in. pid: its first process; once that has ended, the address may be another container's.
    """

    host: str
    pid: int


@dataclass(frozen=True, kw_only=True)
class Instance:
    """One container or process, as it is now.

    promoted: False for a candidate that has not been proven ready (or was left by a crash).
    ports: port the server believes in -> port on 127.0.0.1; empty when it does not run.
    near: its own address; None where it has none, or nobody has looked.
    variables: the user's environment variables, names and values, read from the instance itself.
    started_at: RFC 3339, UTC.
    error: why it, or one of its processes, ended, where the runtime knows more than the exit code:
        "it was killed because …".
    damage: why what was remembered cannot be read; then ``record`` is empty.
    """

    id: str
    endpoint: str
    deployment: str
    promoted: bool
    state: Literal["created", "running", "paused", "exited"]
    exit_code: int | None = None
    ports: Mapping[int, int] = field(default_factory=dict)
    near: Near | None = None
    image: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    record: Mapping[str, Any] = field(default_factory=dict)
    started_at: str | None = None
    error: str = ""
    damage: str = ""


def same(one: str, other: str) -> bool:
    """Whether two names of endpoints are one: as in Azure, capitals do not count."""
    return one.lower() == other.lower()


class Runtime(Protocol):
    """Every method raises EndpointError and its kin, never a foreign exception.

    Names of endpoints are the same whatever their capitals. What is remembered of one endpoint may
    be damaged: it says so itself, and is in nobody's way.
    """

    name: str
    """``docker`` or ``process``."""

    def endpoints(self) -> list[EndpointRecord]:
        """All endpoints that this runtime keeps, in no order."""

    def put_endpoint(self, record: EndpointRecord) -> None:
        """Creates or replaces a record; at no moment is there none."""

    def drop_endpoint(self, name: str) -> None:
        """Forgets a record; no error where there is none."""

    def instances(self, endpoint: str | None = None) -> list[Instance]:
        """Promoted and candidate instances, of one endpoint or of all, in no order."""

    def has_environment(self, digest: str) -> bool: ...

    def require_makeable(self, environment: Environment) -> None:
        """For before anything is changed. Raises UnsupportedError, EnvironmentBuildError."""

    def make_environment(self, environment: Environment) -> None:
        """Pulls, builds or installs, streaming the log to the report and keeping it in a file.

        Raises EnvironmentBuildError with the log's end as detail and the log file's path.
        Nothing half made counts as there. Ends with Interrupted soon after :meth:`cancel`.
        """

    def start(self, spec: InstanceSpec) -> Instance:
        """Starts a candidate. It runs detached and survives this command.

        The deployment's spare becomes it where that fits, and ends where it does not. Of a
        deployment only one can be debugged: the one before has been removed.
        """

    def place_of_code(self, endpoint: str, deployment: str, code_name: str) -> PurePosixPath:
        """Where a debugged server has its code: every one of the deployment at the same place."""

    def put_spare(self, spec: InstanceSpec) -> str:
        """Begins what the next start with other code can become, unless one waits already.

        It is no instance, and ends by itself where nobody comes for it. Answers, where there can
        be none, or it has not imported its packages, why that is so.
        """

    def drop_spares(self, endpoint: str, deployment: str | None = None) -> None:
        """Ends them; no error where there are none."""

    def inspect(self, instance_id: str) -> Instance | None:
        """One round trip; None where it is gone."""

    def promote(self, candidate: Instance, replaces: tuple[Instance, ...]) -> None:
        """Makes a proven candidate the deployment's instance, then removes the old ones."""

    def differs(self, instance: Instance) -> str | None:
        """What of this machine it is to get and has not, in a word; None where nothing."""

    def remove(self, instance: Instance) -> None:
        """Ends it at once and forgets it; no error where it is gone already."""

    def logs(
        self,
        instance_id: str,
        *,
        tail: int | None = None,
        since: float | None = None,
        follow: bool = False,
    ) -> Iterator[str]:
        """Lines of stdout and stderr without the \\n at their ends, oldest first.

        Bytes that are no UTF-8 are surrogates in them (PEP 383): nothing is lost.

        ``since`` is seconds since the epoch. ``follow`` ends when the instance ends. Works on
        an instance that has exited. Closing the iterator ends the request.
        """

    def unused(self) -> list[Unused]:
        """Environments made by this runtime that no instance uses. None where that is not known."""

    def collect(self, digests: Collection[str]) -> None:
        """Removes these of the environments that :meth:`unused` has named.

        Nobody else may be making or starting anything: see :mod:`.lock`.
        """

    def cancel(self) -> None:
        """Ends a running :meth:`make_environment` soon. Called from any thread."""
