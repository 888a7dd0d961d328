"""The only door to Docker: nobody else imports docker.

Every exception of docker, requests and urllib3 is turned here into one of ours. The library is
loaded by the first thing that cannot be done without it: see :mod:`.looks`.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPException
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

from azext_ml_endpoint.errors import FileAccessError, RuntimeUnavailableError
from azext_ml_endpoint.local.docker.contract import Chunks, DaemonError, Engine, Facts
from azext_ml_endpoint.local.docker.host import (
    Host,
    at_sockets,
    is_installed,
    silent,
    unavailable,
    well_known,
)
from azext_ml_endpoint.local.docker.looks import VERSION, Answer, Looks, at_socket
from azext_ml_endpoint.local.docker.stream import Closer, Stream

if TYPE_CHECKING:
    from docker import APIClient
    from requests import Response

T = TypeVar("T")

_PING, _OK = "/_ping", 200
_PING_SECONDS, _SECONDS = 10, 60
_ANY_VERSION = "1.41"
"""Only to make a client with that asks for the real version; never sent."""
_LOADING = threading.Lock()


def installed() -> bool:
    """Whether Docker is set up on this machine, running or not. Asks no daemon."""
    return is_installed(os.environ, Path.home())


def connect(platform: str | None = None) -> Engine:
    """Looks for the daemon only when the first thing is asked of it.

    platform: that images are to be for; None for what the docker command heeds too.
    """
    return DockerEngine(platform or os.environ.get("DOCKER_DEFAULT_PLATFORM") or None)


class DockerEngine(Looks):
    """An :class:`Engine` over docker's low-level client; one object serves several threads."""

    def __init__(self, platform: str | None = None) -> None:
        self.platform = platform

    @property
    def is_local(self) -> bool:
        return self._found[0].is_local

    def certificates(self) -> str | None:
        from azext_ml_endpoint.local.docker import trust

        return trust.bundle(os.environ)

    def create_container(self, name: str, config: Facts) -> str:
        with _translated(f"create the container {name}"):
            answer = self._client.create_container_from_config(dict(config), name)
            return str(answer["Id"])

    def start_container(self, container_id: str) -> None:
        with _translated("start the container"):
            self._client.start(container_id)

    def rename_container(self, container_id: str, name: str) -> None:
        with _translated(f"name a container {name}"):
            self._client.rename(container_id, name)

    def remove_container(self, container_id: str) -> None:
        _or_none(
            lambda: self._client.remove_container(container_id, v=True, force=True),
            "remove a container",
            # Somebody else is removing it at this moment.
            conflict_is_none=True,
        )

    def log(
        self, container_id: str, *, tail: int | None, since: float | None, follow: bool
    ) -> Chunks:
        with _translated("read a log"):
            last = "all" if tail is None else tail
            return _Log(
                self._client.logs(container_id, stream=True, follow=follow, tail=last, since=since)
            )

    def create_volume(self, name: str, labels: Mapping[str, str]) -> None:
        with _translated(f"create the volume {name}"):
            self._client.create_volume(name, labels=dict(labels))

    def remove_volume(self, name: str) -> None:
        _or_none(lambda: self._client.remove_volume(name), f"remove the volume {name}")

    def tag_image(self, reference: str, repository: str, tag: str) -> None:
        with _translated(f"tag the image {reference}"):
            self._client.tag(reference, repository, tag)

    def remove_image(self, reference: str) -> None:
        _or_none(
            lambda: self._client.remove_image(reference),
            f"remove the image {reference}",
            conflict_is_none=True,
        )

    def pull(self, reference: str) -> Stream[Facts]:
        return self._stream(
            f"pull the image {reference}",
            lambda client: client.pull(reference, stream=True, decode=True, platform=self.platform),
        )

    def archive(self, context: Path | None, texts: Mapping[str, str]) -> IO[bytes]:
        _import_docker()
        from docker.utils.build import create_archive

        archive = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
        try:
            files = sorted(_context_files(context)) if context else []
            create_archive(str(context), files, archive, extra_files=list(texts.items()))
        except OSError as error:
            archive.close()
            raise FileAccessError(
                f"The build context {context} cannot be read: {error}",
                "Make its files readable, or name what the build does not need in .dockerignore.",
            ) from error
        return archive

    def build(
        self, archive: IO[bytes], dockerfile: str, tag: str, *, buildkit: bool = False
    ) -> Stream[Facts]:
        from azext_ml_endpoint.local.docker.proxies import build_arguments

        if buildkit:
            return self._build_by_command(archive, dockerfile, tag)
        return self._stream(
            "build the image",
            lambda client: client.build(
                fileobj=archive,
                custom_context=True,
                dockerfile=dockerfile,
                tag=tag,
                buildargs=build_arguments(os.environ),
                use_config_proxy=True,
                rm=True,
                forcerm=True,
                decode=True,
                platform=self.platform,
            ),
        )

    def _build_by_command(self, archive: IO[bytes], dockerfile: str, tag: str) -> Stream[Facts]:
        """At the same daemon: a Docker context with certificates is found by the command itself."""
        from azext_ml_endpoint.local.docker import buildkit as by_command
        from azext_ml_endpoint.local.docker.proxies import build_arguments

        docker = by_command.find(os.environ.get("PATH"))
        if docker is None:
            raise DaemonError("build the image", "it requires BuildKit")
        host = self._connection[0]
        arguments = build_arguments(os.environ)
        environment = by_command.variables(os.environ, None if host.tls else host.url, arguments)
        command = by_command.command(docker, tag, dockerfile, arguments, self.platform)
        return Stream(lambda opened: by_command.run(command, environment, archive, opened))

    def _get(self, doing: str, target: str) -> Answer:
        host, version = self._found
        target = f"/v{version}{target}" if version else target
        if not host.socket:
            with _translated(doing):
                return _answered(self._client, target, _SECONDS)
        try:
            return at_socket(host.socket, target, _SECONDS)
        except (OSError, HTTPException) as error:
            raise silent(doing, error) from error

    @functools.cached_property
    def _found(self) -> tuple[Host, str | None]:
        return _find()

    @functools.cached_property
    def _connection(self) -> tuple[Host, APIClient]:
        host, version = self._found
        return host, _client(host, version)

    @property
    def _client(self) -> Any:  # some of its methods have no types
        return self._connection[1]

    def _stream(self, doing: str, call: Callable[[APIClient], Iterator[Facts]]) -> Stream[Facts]:
        """A client of its own, so that the only response it ever sees is that of this call."""
        host, main = self._connection
        client = _client(host, main.api_version)

        def source(opened: Callable[[Closer], None]) -> Iterator[Facts]:
            client.hooks["response"].append(
                lambda response, **_: opened(functools.partial(_hang_up, response))
            )
            with _translated(doing):
                yield from call(client)

        return Stream(source)


class _Log:
    """Docker's own stream of a log, which ends at once when any thread closes it."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._closed:
            raise StopIteration
        with _translated("read a log"):
            return bytes(next(self._stream))

    def close(self) -> None:
        self._closed = True
        _shut(self._stream)


def _context_files(context: Path) -> set[str]:
    from docker.utils.build import exclude_paths

    ignore = context / ".dockerignore"
    lines = ignore.read_text("utf-8").splitlines() if ignore.exists() else []
    patterns = [line.strip() for line in lines]
    return set(exclude_paths(str(context), [each for each in patterns if each and each[0] != "#"]))


# Loading docker


def _import_docker() -> None:
    """docker loads paramiko, which az brings, to be ready for ssh://; that takes as long as all the
    rest of docker. So it is hidden while docker is loaded, and asked for when a host needs it.
    """
    with _LOADING:
        if "docker" in sys.modules or "paramiko" in sys.modules:
            return
        sys.modules["paramiko"] = None  # type: ignore[assignment]
        try:
            importlib.import_module("docker")
        finally:
            del sys.modules["paramiko"]


def _offer_ssh() -> None:
    """What docker would have done by itself, had it found paramiko."""
    from docker.api import client
    from docker.transport.sshconn import SSHHTTPAdapter

    client.SSHHTTPAdapter = SSHHTTPAdapter  # type: ignore[attr-defined]


# Finding the daemon


def _find() -> tuple[Host, str | None]:
    """The first that answers, and the version that it speaks. Raises RuntimeUnavailableError."""
    failures: list[tuple[Host, BaseException]] = []
    for host in at_sockets(os.environ, Path.home()) or _hosts():
        try:
            return host, _served_version(host)
        except (OSError, HTTPException) as error:
            failures.append((host, error))
    raise unavailable(failures)


def _hosts() -> list[Host]:
    chosen = _chosen()
    return [chosen] if chosen else well_known(os.environ, Path.home())


def _chosen() -> Host | None:
    """What DOCKER_HOST, DOCKER_CONTEXT or `docker context use` names, in the docker CLI's order."""
    _import_docker()
    from docker.context import ContextAPI
    from docker.utils import kwargs_from_env

    name = os.environ.get("DOCKER_CONTEXT")
    try:
        if os.environ.get("DOCKER_HOST"):
            found = kwargs_from_env()
            return Host(origin="DOCKER_HOST", url=found["base_url"], tls=found.get("tls"))
        context = ContextAPI.get_context(name)
    except Exception as error:  # of a damaged file docker says so by a bare Exception
        raise RuntimeUnavailableError(
            f"Docker's settings cannot be read: {error}",
            "Correct DOCKER_HOST, DOCKER_CERT_PATH or the context: docker context ls.",
        ) from error
    if context is None:
        raise RuntimeUnavailableError(
            f"There is no Docker context {name or 'of the name that ~/.docker/config.json gives'}.",
            "Choose one: docker context ls, docker context use.",
        )
    if context.Name == "default" or not context.Host:
        return None
    return Host(origin=f"context {context.Name}", url=context.Host, tls=context.TLSConfig)


def _served_version(host: Host) -> str | None:
    """One ping; docker's own way to negotiate, GET /version, takes the daemon four times longer.

    Raises OSError, HTTPException.
    """
    answer = at_socket(host.socket, _PING, _PING_SECONDS) if host.socket else _pinged(host)
    if answer.status != _OK:
        raise HTTPException(f"it answers with status {answer.status}")
    return answer.version or None


def _pinged(host: Host) -> Answer:
    from docker.errors import DockerException

    try:
        return _answered(_client(host, _ANY_VERSION, timeout=_PING_SECONDS), _PING, _PING_SECONDS)
    except DockerException as error:  # of an address that it does not understand
        raise HTTPException(str(error)) from error


def _answered(client: APIClient, target: str, seconds: float) -> Answer:
    answer = client.get(f"{client.base_url}{target}", timeout=seconds)
    return Answer(answer.status_code, answer.headers.get(VERSION), answer.content)


def _client(host: Host, version: str | None, timeout: int = _SECONDS) -> APIClient:
    _import_docker()
    from docker import APIClient

    if host.url.startswith("ssh://"):
        _offer_ssh()
    return APIClient(host.url, version, timeout, tls=host.tls or False)


# Exceptions


@contextlib.contextmanager
def _translated(doing: str) -> Iterator[None]:
    """``doing`` completes "Docker could not …"."""
    _import_docker()
    from docker.errors import APIError, DockerException
    from requests import RequestException
    from urllib3.exceptions import HTTPError

    try:
        yield
    except APIError as error:
        raise DaemonError(doing, str(error.explanation or error), error.status_code) from error
    except (DockerException, RequestException, HTTPError) as error:
        raise silent(doing, error) from error


def _or_none(call: Callable[[], T], doing: str, *, conflict_is_none: bool = False) -> T | None:
    """What the call answers; None where its object is not there."""
    try:
        with _translated(doing):
            return call()
    except DaemonError as error:
        if error.status == 404 or (conflict_is_none and error.status == 409):
            return None
        raise


def _hang_up(response: Response) -> None:
    """Ends a response that another thread reads."""
    from docker.types import CancellableStream

    _shut(CancellableStream(iter(()), response))


def _shut(stream: Any) -> None:
    from docker.errors import DockerException

    # OSError: closed by the daemon in this moment. AttributeError: read to its end, so that docker
    # finds no socket in it. DockerException: by ssh, where only the end of this process hangs up.
    with contextlib.suppress(OSError, AttributeError, DockerException):
        stream.close()
