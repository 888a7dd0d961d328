"""The requests of uploads and downloads, and of a look at a log, with azure.storage.blob."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit

from azure.core import MatchConditions
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
)
from azure.core.pipeline.transport import RequestsTransport
from azure.storage.blob import (
    BlobBlock,
    BlobClient,
    BlobProperties,
    ContainerClient,
    ExponentialRetry,
)

from azext_ml_endpoint.cloud.arm.errors import no_token
from azext_ml_endpoint.cloud.blobs.access import Access
from azext_ml_endpoint.cloud.blobs.body import FileSlice
from azext_ml_endpoint.cloud.blobs.errors import refused, unreachable
from azext_ml_endpoint.cloud.blobs.transfer import ID_LENGTH, WHOLE, Present
from azext_ml_endpoint.cloud.contract import Blob, Container
from azext_ml_endpoint.cloud.redaction import redact
from azext_ml_endpoint.errors import EndpointError, StorageError

T = TypeVar("T")

API_VERSION = "2023-11-03"
"""Every cloud has it. The library's own default may be newer than what sovereign clouds run."""
FIRST_PATIENCE = 4.0
PATIENCE = 60.0
"""Seconds after which a request is not tried again: while nothing has been heard of the account,
and later."""


class AzureBlobService:
    """:class:`.upload.BlobService` for one container.

    Bodies bear no MD5: TLS detects what the network breaks, and a hash of each block would cost as
    much of the processor as sending it.
    """

    def __init__(
        self, container: Container, transport: RequestsTransport, stop: threading.Event
    ) -> None:
        self._host = urlsplit(container.url).netloc
        self._access = Access(container)
        self._client = ContainerClient.from_container_url(
            container.url,
            credential=self._access.credential,
            transport=transport,
            retry_policy=_Retry(stop),
            api_version=API_VERSION,
            max_single_put_size=WHOLE,
            permit_redirects=False,
        )

    def find(self, path: str) -> Present | None:
        def operation() -> Present | None:
            found = self._blob(path).get_blob_properties()
            return Present(found.size, found.metadata)

        return self._ask(operation, {"BlobNotFound": None, "ResourceNotFound": None})

    def listing(self, prefix: str) -> dict[str, Present] | None:
        def operation() -> dict[str, Present] | None:
            found = self._client.list_blobs(
                name_starts_with=prefix, include=["metadata", "uncommittedblobs"]
            )
            pages = _leading_on(self._host, found.by_page())
            return {each.name: Present(each.size, each.metadata or {}) for each in pages}

        return self._ask(operation, {"AuthorizationPermissionMismatch": None})

    def put(self, path: str, body: bytes, metadata: Mapping[str, str], *, new: bool) -> bool:
        def operation() -> bool:
            self._blob(path).upload_blob(
                body, length=len(body), metadata=dict(metadata), overwrite=not new
            )
            return True

        return self._ask(operation, {"BlobAlreadyExists": False} if new else {})

    def put_block(self, path: str, block_id: str, body: FileSlice) -> None:
        def operation() -> None:
            body.seek(0)
            self._blob(path).stage_block(block_id, body, length=len(body))

        self._ask(operation)

    def uncommitted(self, path: str) -> dict[str, int]:
        def operation() -> dict[str, int]:
            _, blocks = self._blob(path).get_block_list("uncommitted")
            return {block.id: block.size for block in blocks}

        nothing: dict[str, int] = {}
        found = self._ask(operation, {"BlobNotFound": nothing})
        if all(len(each) == ID_LENGTH for each in found):
            return found
        # Another tool's, and storage takes no ids of two lengths: an empty list drops them.
        self.commit(path, [], {})
        return {}

    def commit(self, path: str, ids: Sequence[str], metadata: Mapping[str, str]) -> bool:
        def operation() -> bool:
            blocks = [BlobBlock(each) for each in ids]
            self._blob(path).commit_block_list(blocks, metadata=dict(metadata))
            return True

        return self._ask(operation, {"InvalidBlockList": False})

    def describe(self, path: str, metadata: Mapping[str, str]) -> None:
        self._ask(lambda: self._blob(path).set_blob_metadata(dict(metadata)))

    def tail(self, path: str, size: int) -> bytes:
        """The last ``size`` bytes of a blob. Storage knows no ranges that count from the end."""

        def operation() -> bytes:
            blob = self._blob(path)
            whole = blob.get_blob_properties().size
            length = min(size, whole)
            return (
                blob.download_blob(offset=whole - length, length=length).readall() if whole else b""
            )

        return self._ask(operation, deed="to read")

    def contents(self, path: str) -> list[Blob]:
        """As :class:`.download.Source` has it. A blob of no bytes may stand for a folder."""

        def operation() -> list[Blob]:
            found = self._client.list_blobs(name_starts_with=path, include=["metadata"])
            every = list(_leading_on(self._host, found.by_page()))
            folders = {parent for each in every for parent in _above(each.name)}
            return [_listed(each) for each in every if _is_of(path, each, folders)]

        return self._ask(operation, deed="to list it")

    def read(self, blob: Blob, offset: int, length: int) -> Iterator[bytes]:
        def operation() -> Iterator[bytes]:
            stream = self._blob(blob.path).download_blob(
                offset, length, etag=blob.etag, match_condition=MatchConditions.IfNotModified
            )
            return stream.chunks()

        chunks = self._ask(operation, deed="to read it")
        while (chunk := self._ask(lambda: next(chunks, None), deed="to read it")) is not None:
            yield chunk

    def _blob(self, path: str) -> BlobClient:
        return self._client.get_blob_client(path)

    def _ask(
        self,
        operation: Callable[[], T],
        expected: Mapping[str, T] | None = None,
        *,
        deed: str = "the upload",
    ) -> T:
        """expected: what some of storage's error codes mean here. deed: what it refuses.

        The error that is raised has no cause: azure's may quote URLs with their signature.
        """
        try:
            return self._access.use(operation)
        except AzureError as error:
            code = _code(error)
            if expected and code is not None and code in expected:
                return expected[code]
            failure = _explained(self._host, error, code, deed)
        raise failure


def _above(path: str) -> Iterator[str]:
    while path := path.rpartition("/")[0]:
        yield path


def _is_of(path: str, found: BlobProperties, folders: Collection[str]) -> bool:
    """Names that only begin alike are others'; Data Lake lists folders too, as marked blobs."""
    is_below = found.name == path or found.name.startswith(f"{path.rstrip('/')}/" if path else "")
    marked = (found.metadata or {}).get("hdi_isfolder") == "true" or found.name.endswith("/")
    return is_below and not marked and found.name not in folders


def _listed(found: BlobProperties) -> Blob:
    md5 = found.content_settings.content_md5
    return Blob(found.name, found.size, found.etag, bytes(md5) if md5 else None)


def _code(error: AzureError) -> str | None:
    code = getattr(error, "error_code", None)
    return None if code is None else str(getattr(code, "value", code))


def _explained(host: str, error: AzureError, code: str | None, deed: str) -> EndpointError:
    if isinstance(error, HttpResponseError) and error.response is not None:
        return refused(host, error.status_code, code, error.message, deed)
    if isinstance(error, ClientAuthenticationError):  # of azure-identity: it never got to storage
        return no_token(redact(error.message))
    return unreachable(host, error.message)


class _Retry(ExponentialRetry):
    """Short pauses, ended by ``stop``; quick to give up an account that was never reached."""

    def __init__(self, stop: threading.Event) -> None:
        super().__init__(retry_total=8, retry_connect=8, retry_read=8, retry_status=8)
        self._stop = stop
        self._patience = FIRST_PATIENCE

    def configure_retries(self, request: Any) -> dict[str, Any]:
        return {**super().configure_retries(request), "began": time.monotonic()}

    def increment(
        self, settings: dict[str, Any], request: Any, response: Any = None, error: Any = None
    ) -> bool:
        if response is not None:
            self._patience = PATIENCE
        if time.monotonic() - settings["began"] > self._patience:
            return False
        return bool(super().increment(settings, request, response, error))

    def get_backoff_time(self, settings: dict[str, Any]) -> float:
        longest: float = min(8.0, 0.5 * 2 ** (settings["count"] - 1))
        return longest * random.uniform(0.7, 1)

    def sleep(self, settings: dict[str, Any], transport: Any) -> None:  # noqa: ARG002
        self._stop.wait(self.get_backoff_time(settings))

    def send(self, request: Any) -> Any:
        response = super().send(request)  # type: ignore[no-untyped-call]
        self._patience = PATIENCE
        return response


def _leading_on(host: str, pages: Any) -> Iterator[Any]:
    """The items of all pages. Raises StorageError for pages that lead in a circle."""
    followed: set[str] = set()
    for page in pages:
        yield from page
        marker = pages.continuation_token
        if marker in followed:
            raise StorageError(f"{host} leads in a circle of a list; it is left there.")
        followed.add(marker)
