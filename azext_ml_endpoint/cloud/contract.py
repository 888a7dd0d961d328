"""The shape of the two doors: what the driver asks of ARM and of storage.

:class:`.arm.client.ArmClient` and :class:`.blobs.BlobStore` are the real ones; tests bring others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from azext_ml_endpoint.content.tree import SourceFile

Json = dict[str, Any]
Client = TypeVar("Client")


@dataclass(frozen=True, kw_only=True)
class Response:
    """An answer of ARM. ``headers`` with names in lower case; ``body`` is {} if there is none."""

    status: int
    body: Json = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


class Arm(Protocol):
    """Azure Resource Manager, on behalf of one workspace.

    A path is relative to the workspace (``onlineEndpoints/e``; ``""`` is the workspace itself), or
    absolute (``/subscriptions/…``), or a whole URL that ARM has given out (``nextLink``, an
    operation). ``api-version`` is added where the URL has none. Transient refusals (429, 503, a
    connection that breaks) are tried again inside, for every method but POST of a key.

    Every method raises ServiceError for a refusal, MissingResourceError for a 404,
    NotLoggedInError where there is no credential, and Interrupted after ``cancel``.
    Called from any thread.
    """

    @property
    def api_version(self) -> str:
        """Of Azure Machine Learning."""

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Response: ...

    def find(self, path: str, query: Mapping[str, str] | None = None) -> Json | None:
        """The body, or None for a 404."""

    def pages(self, path: str, query: Mapping[str, str] | None = None) -> list[Json]:
        """All items of a collection, through every ``nextLink``."""

    def put(self, path: str, body: Json) -> Response: ...

    def patch(self, path: str, body: Json) -> Response: ...

    def post(self, path: str, body: Json | None = None) -> Response: ...

    def delete(self, path: str) -> Response: ...

    def library_client(
        self, kind: Callable[..., Client], path: str
    ) -> AbstractContextManager[Client]:
        """A client of an azure-mgmt-* library, whose requests and errors go through this door.

        path: what is PUT with it, for errors.
        """

    def cancel(self) -> None:
        """Ends pauses between two tries at once; no request starts after it."""


@dataclass(frozen=True, kw_only=True)
class Container:
    """A blob container, and what opens it.

    url: ``https://account.blob.core.windows.net/container``, without a query.
    credential: a SAS token (without ``?``), or an object with ``get_token``, or an
        ``AzureNamedKeyCredential``.
    renew: a fresh credential, for when this one has expired; None where it does not expire.
    """

    url: str
    credential: Any = field(repr=False)
    renew: Callable[[], Any] | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Marker:
    """What the metadata of an upload's first file say once the whole upload is there."""

    name: str
    version: str


@dataclass(frozen=True)
class Blob:
    """As storage lists it. etag: of its state. md5: of its content, where storage knows it."""

    path: str
    size: int
    etag: str
    md5: bytes | None = None


class Blobs(Protocol):
    """Storage."""

    def prepare(self) -> None:
        """An upload may come soon: what takes long before the first one may begin now."""

    def upload(
        self,
        files: Sequence[SourceFile],
        container: Container,
        folder: str,
        marker: Marker,
        *,
        title: str,
    ) -> Marker:
        """Makes ``folder/relative`` of every file exist, with its content, and answers the marker.

        files: sorted the way the official SDK sorts them; the marker is on the first one, and
            is written when all the others are there.
        folder: path in the container, without slashes at its ends.
        title: what is uploaded, for the one who waits: ``model sklearn-regression:1``.

        Where a finished upload is found, nothing is sent and its marker is the answer; of an
        unfinished one only what is missing is sent. Raises StorageError, FileAccessError for a
        file that vanished, Interrupted after ``cancel``.
        """

    def tail(self, container: Container, path: str, size: int) -> bytes:
        """The last ``size`` bytes of a blob, or all of it. Raises StorageError, Interrupted."""

    def contents(self, container: Container, path: str) -> list[Blob]:
        """The blob of this path, or all below it. Raises StorageError, Interrupted."""

    def download(
        self, blobs: Sequence[Blob], container: Container, path: str, folder: Path, *, title: str
    ) -> None:
        """What :meth:`contents` has found at ``path`` becomes files: see :mod:`.blobs.download`.

        Of an earlier run that was cut off only what is missing comes. Raises StorageError,
        FileAccessError for a disk that does not take it, Interrupted after ``cancel``.
        """

    def cancel(self) -> None:
        """Ends running uploads and downloads soon. Called from any thread."""
