"""Containers of the workspace's storage, and what opens them: for uploads, and for a build log."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from azext_ml_endpoint.cloud import hosts
from azext_ml_endpoint.cloud.contract import Arm, Container, Json
from azext_ml_endpoint.errors import ServiceError, UnsupportedError

_EXPIRING = {"expirableSecret": True, "expireAfterHours": 1}
_WITHOUT_SECRETS = frozenset({"none", "aad"})
_CONTAINER_OF = {"azureblob": "containerName", "azuredatalakegen2": "filesystem"}


class Datastores:
    """The datastores of one workspace. Called from any thread; asks for each of them once.

    credential: the caller's own, with ``get_token``, for datastores that give no secrets out.
    suffix: of the cloud's storage accounts. parent: the id of another workspace than ``arm``'s,
    with a slash at its end.
    """

    def __init__(
        self,
        arm: Arm,
        credential: Any = None,
        suffix: str = hosts.PUBLIC_STORAGE,
        parent: str = "",
    ) -> None:
        self._parent = parent
        self._arm = arm
        self._suffix = suffix
        self._credential = credential
        self._known: dict[str, Container] = {}
        self._lock = threading.Lock()

    def container(self, name: str) -> Container:
        """Raises MissingResourceError, and UnsupportedError for one that is no blob container."""
        with self._lock:
            if name not in self._known:
                self._known[name] = self._look(name)
            return self._known[name]

    def ways_into(self, name: str, account: str, container: str) -> Iterator[Container]:
        """Any container of a datastore's account, with what may open it, the best first.

        account: its name, or its host. None for an account that is not the datastore's: it gets no
        credential. Raises as :meth:`container` does, and for what no container can be called.
        """
        own = self.container(name)
        host = urlsplit(own.url).netloc
        if account.lower() not in (host.lower(), host.partition(".")[0].lower(), name.lower()):
            return
        account, _, endpoint = host.partition(".blob.")
        url = hosts.container_url(name, account, container, endpoint, self._suffix)
        if url == own.url or not _is_token(own.credential):
            yield Container(url=url, credential=own.credential, renew=own.renew)
        if self._credential is not None and own.credential is not self._credential:
            yield Container(url=url, credential=self._credential)
        if url != own.url and _is_token(own.credential):  # a SAS opens one container, a key all
            yield Container(url=url, credential=self._secret(name, account, {}))

    def checked(self, url: str) -> str:
        """The same URL, for an upload. Raises ServiceError where it is no storage of Azure's."""
        return hosts.require_storage(url, self._suffix)

    def _look(self, name: str) -> Container:
        there = self._arm.get(f"{self._parent}datastores/{name}").body["properties"]
        url = _url(name, there, self._suffix)
        kind = str((there.get("credentials") or {}).get("credentialsType", "")).lower()
        if kind in _WITHOUT_SECRETS:
            return Container(url=url, credential=self._credential)
        ask = functools.partial(self._secret, name, str(there["accountName"]), _EXPIRING)
        try:
            secret = ask()
        except ServiceError as refusal:
            if self._credential is None or (refusal.status or 500) >= 500:
                raise
            # The workspace may not give secrets out, or not to this account, which may all the
            # same be allowed to write by itself: storage will say.
            return Container(url=url, credential=self._credential)
        return Container(url=url, credential=secret, renew=ask if _is_token(secret) else None)

    def _secret(self, name: str, account: str, wanted: Json) -> Any:
        """A SAS token, or the account's key."""
        from azure.core.credentials import AzureNamedKeyCredential

        secret = self._arm.post(f"{self._parent}datastores/{name}/listSecrets", wanted).body
        if token := secret.get("sasToken"):
            return str(token).removeprefix("?")
        return AzureNamedKeyCredential(account, str(secret["key"]))


def _is_token(secret: Any) -> bool:
    """A SAS, which expires, and opens no other container."""
    return isinstance(secret, str)


def _url(name: str, properties: Json, suffix: str) -> str:
    """Data Lake storage answers as blob storage, too."""
    kind = str(properties["datastoreType"])
    if kind.lower() not in _CONTAINER_OF:
        raise UnsupportedError(
            f"Datastore {name} is of the type {kind}, to which files cannot be uploaded.",
            "Name a datastore of the type AzureBlob.",
        )
    hosts.require_https(name, str(properties.get("protocol") or "https"))
    account, container = properties["accountName"], properties[_CONTAINER_OF[kind.lower()]]
    endpoint = str(properties.get("endpoint") or suffix)
    return hosts.container_url(name, str(account), str(container), endpoint, suffix)
