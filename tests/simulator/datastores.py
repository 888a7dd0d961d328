"""Where a client may put content: datastores with their secrets, and pending uploads of code."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta, timezone

from tests.simulator import fields
from tests.simulator.addresses import DATASTORE
from tests.simulator.backend import Backend
from tests.simulator.message import Json, Reply, json_reply
from tests.simulator.refusal import user_error
from tests.simulator.resources import timestamp
from tests.simulator.routes import WORKSPACE, Call, Route

EXPIRING = ("2024-10-01-preview", "2025-12-01", "2026-05-01")
"""The api-versions whose listSecrets can give out a secret that expires."""
STORES = WORKSPACE + "/datastores"


class Datastores:
    """``credentials``: AccountKey, Sas or None, what the datastore is registered with; with None
    there are no secrets. A pending upload of a code version has a container of its own."""

    def __init__(self, backend: Backend) -> None:
        self.credentials = "AccountKey"
        self._backend = backend
        self._uploads: dict[str, str] = {}
        backend.storage.create_container(backend.world.container)

    def routes(self) -> list[Route]:
        upload = WORKSPACE + "/codes/{name}/versions/{version}/startPendingUpload"
        return [
            Route("GET", STORES, self._list),
            Route("GET", STORES + "/{datastore}", self._get),
            Route("POST", STORES + "/{datastore}/listSecrets", self._list_secrets),
            Route("POST", upload, self._start_upload),
        ]

    def _list(self, call: Call) -> Reply:
        hidden = call.query.get("isdefault", "true").lower() == "false"
        names = call.query.get("names", DATASTORE).lower().split(",")
        return self._backend.page(call, [] if hidden or DATASTORE not in names else [self._store()])

    def _get(self, call: Call) -> Reply:
        self._require(call)
        return json_reply(200, self._store())

    def _list_secrets(self, call: Call) -> Reply:
        self._require(call)
        wanted = call.optional_body(fields.SECRET_EXPIRY)
        if self.credentials == "None":
            raise user_error("The datastore has no credentials: access is by identity.")
        expires = wanted.get("expirableSecret") and call.api_version in EXPIRING
        if not expires and self.credentials == "AccountKey":
            return json_reply(200, {"secretsType": "AccountKey", "key": self._backend.storage.key})
        hours = wanted.get("expireAfterHours", 1)
        container = self._backend.world.container
        return json_reply(
            200, {"secretsType": "Sas", "sasToken": self._sas(call, container, "racwl", hours)}
        )

    def _start_upload(self, call: Call) -> Reply:
        """Gives the container that the version got the first time, if it is asked again."""
        wanted = call.optional_body(fields.PENDING_UPLOAD)
        version = f"{call.names['name']}:{call.names['version']}".lower()
        container = self._uploads.setdefault(version, f"{uuid.uuid4()}")
        self._backend.storage.create_container(container)
        world, account = self._backend.world, self._backend.storage.account
        uri = f"https://{world.blob_host(account)}/{container}"
        sas = f"{uri}?{self._sas(call, container, 'rcwl', 24)}"
        answer = {
            "pendingUploadId": wanted.get("pendingUploadId", container),
            "pendingUploadType": "TemporaryBlobReference",
            "blobReferenceForConsumption": {
                "blobUri": uri,
                "storageAccountArmId": f"{world.group_id}/providers/Microsoft.Storage"
                f"/storageAccounts/{account}",
                "credential": {"credentialType": "SAS", "sasUri": sas},
            },
        }
        return json_reply(200, answer)

    def _sas(self, call: Call, container: str, permissions: str, hours: int) -> str:
        begin = datetime.fromtimestamp(call.now, timezone.utc)
        return self._backend.storage.sas(container, permissions, begin + timedelta(hours=hours))

    def _require(self, call: Call) -> None:
        name = call.names["datastore"]
        if name.lower() != DATASTORE:
            raise user_error(f"Not found: datastore {name}", 404)

    def _store(self) -> Json:
        world = self._backend.world
        return {
            "id": f"{world.workspace_id}/datastores/{DATASTORE}",
            "name": DATASTORE,
            "type": "Microsoft.MachineLearningServices/workspaces/datastores",
            "properties": {
                "description": None,
                "tags": {},
                "properties": None,
                "isDefault": True,
                "credentials": {"credentialsType": self.credentials},
                "datastoreType": "AzureBlob",
                "accountName": self._backend.storage.account,
                "containerName": world.container,
                "endpoint": world.storage_suffix,
                "protocol": "https",
                "resourceGroup": world.group,
                "subscriptionId": world.subscription,
                "serviceDataAccessAuthIdentity": "None",
            },
            "systemData": {"createdAt": timestamp(0), "createdBy": "A User"},
        }
