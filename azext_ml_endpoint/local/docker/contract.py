"""The few things that deployments need of Docker's Engine API.

Objects are the API's own JSON (https://docs.docker.com/reference/api/engine/).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Protocol

from azext_ml_endpoint.errors import EndpointError
from azext_ml_endpoint.local.docker.stream import Stream

Facts = Mapping[str, Any]
"""One JSON object of the Engine API."""


class DaemonError(EndpointError):
    """The daemon refused. ``reason`` is its own text, ``status`` its HTTP status if it gave one."""

    def __init__(self, doing: str, reason: str, status: int | None = None) -> None:
        super().__init__(f"Docker could not {doing}: {reason}")
        self.reason = reason
        self.status = status


class Chunks(Protocol):
    """Pieces of a log as they come. Any thread may close it."""

    def __iter__(self) -> Iterator[bytes]: ...
    def __next__(self) -> bytes: ...
    def close(self) -> None: ...


class Engine(Protocol):  # pylint: disable=too-many-public-methods
    """Every method may raise DaemonError, and RuntimeUnavailableError where no daemon answers."""

    def containers(self, *labels: str) -> list[Facts]:
        """Containers in any state with all these labels, ``name`` or ``name=value``, in brief."""

    def container(self, container_id: str) -> Facts | None:
        """One container in full, or None where it is gone."""

    def create_container(self, name: str, config: Facts) -> str:
        """The id of a container that has not been started."""

    def start_container(self, container_id: str) -> None: ...

    def rename_container(self, container_id: str, name: str) -> None: ...

    def remove_container(self, container_id: str) -> None:
        """Kills and removes it; no error where it is gone."""

    def log(
        self, container_id: str, *, tail: int | None, since: float | None, follow: bool
    ) -> Chunks:
        """Both of its streams. ``since`` is seconds since the epoch."""

    def volumes(self, *labels: str) -> list[Facts]: ...

    def create_volume(self, name: str, labels: Mapping[str, str]) -> None: ...

    def remove_volume(self, name: str) -> None:
        """No error where it is gone."""

    def image(self, reference: str) -> Facts | None:
        """One image in full, or None where it is not on the daemon's machine."""

    def images(self, *labels: str, repository: str | None = None) -> list[Facts]: ...

    def tag_image(self, reference: str, repository: str, tag: str) -> None: ...

    def remove_image(self, reference: str) -> None:
        """A tag or an id; no error where it is gone or something still uses it."""

    def pull(self, reference: str) -> Stream[Facts]:
        """The daemon's progress events."""

    def archive(self, context: Path | None, texts: Mapping[str, str]) -> IO[bytes]:
        """A build context: a folder without what its .dockerignore names, and some texts."""

    def build(
        self, archive: IO[bytes], dockerfile: str, tag: str, *, buildkit: bool = False
    ) -> Stream[Facts]:
        """The daemon's events. ``dockerfile`` names a file of the archive.

        buildkit: whether it needs that, which not every machine has.
        """

    @property
    def is_local(self) -> bool:
        """Whether the daemon is this machine's own, and not in another one or without root."""

    @property
    def platform(self) -> str | None:
        """That images are to be for: see :mod:`.platforms`. None for whatever is there."""

    def architecture(self) -> str:
        """The daemon's own, as ``amd64``; empty where it does not say."""

    def certificates(self) -> str | None:
        """Those that this machine has been told to trust, if it has been, as PEM."""
