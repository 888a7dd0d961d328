"""Where the Docker daemon may be, and why it is not there. Knows no Docker library.

What the user chose, by DOCKER_HOST or by a context, is the only candidate then: to talk to
another daemon than the `docker` command does would surprise. Otherwise the default socket comes
first, then those of the usual distributions of Docker.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from azext_ml_endpoint import foreign_json
from azext_ml_endpoint.errors import RuntimeUnavailableError

_WINDOWS = sys.platform == "win32"
_PIPE = "npipe:////./pipe/docker_engine"
_START = {
    "darwin": "Start Docker Desktop (open -a Docker) or colima (colima start)",
    "win32": "Start Docker Desktop",
}
_OTHERS = {
    "DOCKER_HOST": "unset DOCKER_HOST",
    "context": "choose another context (docker context use)",
}
"""Instead of what the user has chosen, by the first word of its origin."""
_UNIX = "unix://"
_OF_THE_MACHINE = ("/var/run/docker.sock", "/run/docker.sock")
_FOR_THE_LIBRARY = ("DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH")


@dataclass(frozen=True, kw_only=True)
class Host:
    """``origin`` says who named it; ``tls`` is docker's TLSConfig or None.

    socket: path of a Unix socket at which it can be asked without docker's library, or empty.
    """

    origin: str
    url: str
    tls: Any = None
    socket: str = ""

    @property
    def is_local(self) -> bool:
        """Whether it is Docker as a service of this Linux, not in another machine or without root.

        These have their sockets elsewhere, which the default one may be a link to.
        """
        return sys.platform == "linux" and os.path.realpath(self.socket) in _OF_THE_MACHINE

    def __str__(self) -> str:
        return f"{self.url} ({self.origin})"


def at_sockets(environment: Mapping[str, str], home: Path) -> list[Host]:
    """Those to be tried, in order; none where docker's library has to say who they are, or is
    needed to ask them as the user's settings have it."""
    folder = Path(environment.get("DOCKER_CONFIG") or home / ".docker")
    settings = _object(folder / "config.json")
    if _WINDOWS or settings.get("HttpHeaders") or any(map(environment.get, _FOR_THE_LIBRARY)):
        return []
    chosen = _chosen(environment, folder, str(settings.get("currentContext") or "default"))
    hosts = [chosen] if chosen else well_known(environment, home)
    found = [replace(each, socket=each.url.removeprefix(_UNIX)) for each in hosts]
    return found if all(each.url.startswith(f"{_UNIX}/") for each in hosts) else []


def _chosen(environment: Mapping[str, str], folder: Path, context: str) -> Host | None:
    """In the docker command's order. Its URL is empty where it is not known."""
    if url := environment.get("DOCKER_HOST"):
        return Host(origin="DOCKER_HOST", url=url)
    context = environment.get("DOCKER_CONTEXT") or context
    if context == "default":
        return None
    digest = hashlib.sha256(context.encode()).hexdigest()
    known = _object(folder / "contexts" / "meta" / digest / "meta.json").get("Endpoints")
    docker = known.get("docker") if isinstance(known, dict) else None
    url = docker.get("Host") if isinstance(docker, dict) else None
    return Host(origin=f"context {context}", url=str(url or ""))


def _object(file: Path) -> dict[str, Any]:
    """Of a file of JSON; empty where there is none: the library says what is wrong with it."""
    try:
        found = foreign_json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def well_known(environment: Mapping[str, str], home: Path) -> list[Host]:
    """The default socket, and after it those of other installations that exist."""
    if _WINDOWS:
        return [Host(origin="default", url=_PIPE)]
    default = Host(origin="default socket", url="unix:///var/run/docker.sock")
    others = [
        Host(origin=origin, url=f"{_UNIX}{path}")
        for origin, path in _sockets(environment, home)
        if path.exists()
    ]
    return [default, *others]


def _sockets(environment: Mapping[str, str], home: Path) -> Iterator[tuple[str, Path]]:
    yield "Docker Desktop", home / ".docker/run/docker.sock"
    yield "Docker Desktop", home / ".docker/desktop/docker.sock"
    yield "colima", home / ".colima/default/docker.sock"
    yield "OrbStack", home / ".orbstack/run/docker.sock"
    yield "Rancher Desktop", home / ".rd/docker.sock"
    if runtime := environment.get("XDG_RUNTIME_DIR"):
        yield "rootless Docker", Path(runtime, "docker.sock")
        yield "Podman", Path(runtime, "podman/podman.sock")
    yield "Podman", Path("/run/podman/podman.sock")


def is_installed(environment: Mapping[str, str], home: Path) -> bool:
    """Whether Docker is set up for this user at all, running or not."""
    return bool(
        environment.get("DOCKER_HOST")
        or environment.get("DOCKER_CONTEXT")
        or shutil.which("docker", path=environment.get("PATH"))
        or any((home / ".docker/contexts/meta").glob("*"))
        or any(_is_there(host) for host in well_known(environment, home))
    )


def _is_there(host: Host) -> bool:
    return Path(host.url.partition("://")[2]).exists()


def unavailable(failures: Sequence[tuple[Host, BaseException]]) -> RuntimeUnavailableError:
    """The error that lists what was tried, why each failed, and the next step."""
    tried = "\n".join(f"{host}: {_why(error)}" for host, error in failures)
    return RuntimeUnavailableError(
        "No Docker daemon answers.",
        f"{_next_step(failures)}, or do without Docker: --runtime process.",
        detail=tried,
    )


def silent(doing: str, error: BaseException) -> RuntimeUnavailableError:
    """One that has answered before. doing: completes "Docker could not …"."""
    return RuntimeUnavailableError(
        f"Docker could not {doing}: the daemon does not answer any more.",
        "See whether Docker runs (docker info), then run this command again.",
        detail=str(error),
    )


def _why(error: BaseException) -> str:
    match _system_error(error):
        case FileNotFoundError():
            return "there is no such socket"
        case PermissionError():
            return "permission denied"
        case ConnectionRefusedError():
            return "nothing listens there: Docker is not running"
        case socket.gaierror():
            return "this host name is not known"
        case TimeoutError():
            return "no answer in time"
    return str(error)


def _next_step(failures: Sequence[tuple[Host, BaseException]]) -> str:
    if any(isinstance(_system_error(error), PermissionError) for _, error in failures):
        return "Allow yourself to use Docker (sudo usermod -aG docker $USER, then log in again)"
    start = _START.get(sys.platform, "Start Docker (sudo systemctl start docker)")
    return next((_from(host, start) for host, _ in failures), start)


def _from(host: Host, start: str) -> str:
    """One that was chosen is the only one, and need not be of this machine."""
    other = _OTHERS.get(host.origin.partition(" ")[0])
    if other is None:
        return start
    return f"{start if host.url.startswith(_UNIX) else 'Start Docker there'}, or {other}"


def _system_error(error: BaseException) -> BaseException | None:
    """The operating system's own error, which requests and urllib3 wrap in several ways."""
    if isinstance(error, OSError) and type(error).__module__ in ("builtins", "socket"):
        return error
    inner = (error.__cause__, error.__context__, getattr(error, "reason", None), *error.args)
    found = (_system_error(each) for each in inner if isinstance(each, BaseException))
    return next(filter(None, found), None)
