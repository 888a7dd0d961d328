"""Where content lies: the URIs of models, code and build contexts, as places in storage."""

from __future__ import annotations

import re

from tests.simulator.backend import Backend
from tests.simulator.refusal import user_error

DATASTORE = "workspaceblobstore"
_LONG = re.compile(
    r"azureml://subscriptions/([^/]+)/resourcegroups/([^/]+)/workspaces/([^/]+)"
    r"/datastores/([^/]+)/paths/(.+)",
    re.IGNORECASE,
)
_SHORT = re.compile(r"azureml://datastores/([^/]+)/paths/(.+)", re.IGNORECASE)
_BLOB = re.compile(r"https://([^/]+)/([^/?]+)/([^?]*)")


def holds(backend: Backend, uri: str) -> bool:
    """Whether something has been uploaded at or below ``uri``. Raises 400 for no place of ours."""
    container, path = _place(backend, uri)
    return backend.storage.exists(container, path.rstrip("/"))


def require_content(backend: Backend, uri: str) -> None:
    """Raises 400 unless something has been uploaded at or below ``uri``."""
    if not holds(backend, uri):
        raise user_error(f"No content was found at '{uri}'. Upload it before it is registered.")


def _place(backend: Backend, uri: str) -> tuple[str, str]:
    world = backend.world
    if long := _LONG.fullmatch(uri):
        *scope, datastore, path = long.groups()
        if [each.lower() for each in scope] != [
            each.lower() for each in (world.subscription, world.group, world.workspace)
        ]:
            raise user_error(f"'{uri}' is in another workspace.")
        return _container(backend, datastore, uri), path
    if short := _SHORT.fullmatch(uri):
        return _container(backend, short[1], uri), short[2]
    if blob := _BLOB.fullmatch(uri):
        if blob[1].lower() != world.blob_host(backend.storage.account):
            raise user_error(f"The storage account of '{uri}' does not belong to the workspace.")
        return blob[2], blob[3]
    raise user_error(f"'{uri}' is not a valid asset path.")


def _container(backend: Backend, datastore: str, uri: str) -> str:
    if datastore.lower() != DATASTORE:
        raise user_error(f"The datastore '{datastore}' of '{uri}' does not exist.")
    return backend.world.container
