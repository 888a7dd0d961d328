"""Where uploads go: the container of a datastore, and what opens it."""

from __future__ import annotations

import functools
import threading
from typing import Any

from azext_ml_endpoint.cloud import hosts
from azext_ml_endpoint.cloud.contract import Arm, Container, Json
from azext_ml_endpoint.errors import ServiceError, UnsupportedError

_SECRETS = {"expirableSecret": True, "expireAfterHours": 1}
_WITHOUT_SECRETS = frozenset({"none", "aad"})
_CONTAINER_OF = {"azureblob": "containerName", "azuredatalakegen2": "filesystem"}


class Datastores:
    """The datastores of one workspace. Called from any thread; asks for each of them once.

    credential: the caller's own, with ``get_token``, for datastores that give no secrets out.
    suffix: of the cloud's storage accounts.
    """

    def __init__(
        self, arm: Arm, credential: Any = None, suffix: str = hosts.PUBLIC_STORAGE
    ) -> None:
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

    def checked(self, url: str) -> str:
        """The same URL, for an upload. Raises ServiceError where it is no storage of Azure's."""
        return hosts.require_storage(url, self._suffix)

    def _look(self, name: str) -> Container:
        there = self._arm.get(f"datastores/{name}").body["properties"]
        url = _url(name, there, self._suffix)
        kind = str((there.get("credentials") or {}).get("credentialsType", "")).lower()
        if kind in _WITHOUT_SECRETS:
            return Container(url=url, credential=self._credential)
        ask = functools.partial(self._secret, name, str(there["accountName"]))
        try:
            secret = ask()
        except ServiceError as refusal:
            if self._credential is None or (refusal.status or 500) >= 500:
                raise
            # The workspace may not give secrets out, or not to this account, which may all the
            # same be allowed to write by itself: storage will say.
            return Container(url=url, credential=self._credential)
        return Container(url=url, credential=secret, renew=ask if _expires(secret) else None)

    def _secret(self, name: str, account: str) -> Any:
        """A SAS token, or the account's key."""
        from azure.core.credentials import AzureNamedKeyCredential

        secret = self._arm.post(f"datastores/{name}/listSecrets", _SECRETS).body
        if token := secret.get("sasToken"):
            return str(token).removeprefix("?")
        return AzureNamedKeyCredential(account, str(secret["key"]))


def _expires(secret: Any) -> bool:
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
